"""One file a widget, its messages nested inside."""
