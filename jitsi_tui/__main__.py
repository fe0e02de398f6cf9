"""``python -m jitsi_tui``."""

from jitsi_tui.cli import entry

if __name__ == "__main__":
    entry()
