"""Real Debian hosts with a Jitsi Meet of any generation, made on this machine for a test."""
