"""The way to a server: SSH, or this machine. Knows nothing of Jitsi."""
