"""Prosody's configuration files: what they say for each host, and changes to it."""

from .file import Block, ProsodyFile
from .files import Files, Held

__all__ = ["Block", "Files", "Held", "ProsodyFile"]
