"""One open server: its jobs, its logs, its prompts and its reconnecting."""
