"""Tests of what a Jitsi server is and how it changes."""
