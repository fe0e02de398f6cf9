"""The questions that a connection may have to ask a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from .command import Secret


class Prompts(Protocol):
    """Who answers. Called in the thread that connects or runs the command; ``None`` is "no answer".

    All texts but ``path``, ``user`` and ``host`` come from the server, and are hostile.
    """

    def unknown_host_key(self, host: str, key_type: str, fingerprint: str) -> bool:
        """Whether to trust a key that no known_hosts file has (``SHA256:…`` as ssh shows it)."""

    def passphrase(self, path: str) -> Secret | None:
        """The passphrase of an encrypted key file."""

    def password(self, user: str, host: str) -> Secret | None:
        """The login password."""

    def answers(
        self, title: str, instructions: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[Secret] | None:
        """Keyboard-interactive questions (RFC 4256), each with whether its answer may be seen."""

    def sudo_password(self, user: str, host: str, again: bool) -> Secret | None:
        """The password that sudo asks for; ``again`` after a wrong one."""


class NoPrompts:
    """Nobody is there to ask."""

    # ruff: noqa: ARG002 - the arguments are the protocol's

    def unknown_host_key(self, host: str, key_type: str, fingerprint: str) -> bool:
        return False

    def passphrase(self, path: str) -> Secret | None:
        return None

    def password(self, user: str, host: str) -> Secret | None:
        return None

    def answers(
        self, title: str, instructions: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[Secret] | None:
        return None

    def sudo_password(self, user: str, host: str, again: bool) -> Secret | None:
        return None
