"""jicofo.conf: HOCON, read with every span and edited in place."""

from .file import Hocon

__all__ = ["Hocon"]
