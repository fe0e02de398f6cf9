"""Attempts to get in, put together from what nginx, Prosody, Jicofo and the bridge log."""
