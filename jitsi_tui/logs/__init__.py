"""Remote log files, as records."""
