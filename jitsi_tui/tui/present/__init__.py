"""What screens show, as pure functions from values to lines."""
