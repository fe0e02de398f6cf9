"""config.js of Jitsi Meet: the `config` object and changes to it."""

from .file import MeetConfig

__all__ = ["MeetConfig"]
