"""Configuration files: text in, text out, no input or output and no knowledge of servers."""
