"""What a Jitsi Meet server is, and how it changes."""
