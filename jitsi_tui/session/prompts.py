"""Questions of the connection, as events that carry a Future."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError

from jitsi_tui.ssh.command import Secret

from .events import Asked, Emit

_PATIENCE = 300.0
"""Seconds that a question waits for its answer; sshd's own login grace is shorter."""

Answer = tuple[Secret, ...] | bool | None


class SessionPrompts:
    """Hands each question to the app and waits for the answer in the asking thread."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._open: set[Future[Answer]] = set()

    def cancel(self) -> None:
        """Answer "no" to every open question, for a session that closes."""
        for future in list(self._open):
            future.cancel()

    def unknown_host_key(self, host: str, key_type: str, fingerprint: str) -> bool:
        """Whether to trust a key that no known_hosts file has."""
        answer = self._ask(
            "unknown-host-key",
            f"Do you know this key of {host}?",
            f"{key_type} key fingerprint is\n{fingerprint}",
            (),
        )
        return answer is True

    def passphrase(self, path: str) -> Secret | None:
        """The passphrase of an encrypted key file."""
        return self._one("passphrase", "Passphrase", f"The key {path} is locked.")

    def password(self, user: str, host: str) -> Secret | None:
        """The login password."""
        return self._one("password", "Password", f"Password of {user} on {host}")

    def sudo_password(self, user: str, host: str, again: bool) -> Secret | None:
        """The password that sudo asks for."""
        text = f"sudo on {host} asks for the password of {user}."
        return self._one("sudo-password", "sudo", f"That was wrong. {text}" if again else text)

    def answers(
        self, title: str, instructions: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[Secret] | None:
        """Keyboard-interactive questions, such as a one-time code (RFC 4256)."""
        answer = self._ask("answers", title or "Login", instructions, tuple(prompts))
        return list(answer) if isinstance(answer, tuple) else None

    def _one(self, kind: str, title: str, text: str) -> Secret | None:
        answer = self._ask(kind, title, text, (("Password", False),))
        return answer[0] if isinstance(answer, tuple) and answer else None

    def _ask(
        self, kind: str, title: str, text: str, prompts: tuple[tuple[str, bool], ...]
    ) -> Answer:
        future: Future[Answer] = Future()
        self._open.add(future)
        try:
            self._emit(Asked(kind, title, text, prompts, future))
            return future.result(_PATIENCE)
        except (CancelledError, FutureTimeoutError):
            return None
        finally:
            future.cancel()  # nobody waits for an answer any more
            self._open.discard(future)
