"""Close a Jitsi Meet server to strangers, manage its moderators and watch its logs."""

__version__ = "0.1.0"
