"""What goes wrong between us and an instance."""

from __future__ import annotations


class InstanceError(Exception):
    """What we were asked can't be done on this server. ``hint`` says what to do instead."""

    kind = "instance"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RefusedError(InstanceError):
    """A change that is not made; nothing was changed."""

    kind = "refused"
