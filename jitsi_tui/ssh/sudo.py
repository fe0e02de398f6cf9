"""Becoming root for one command, without the password ever reaching anything but sudo.

One exec channel does it: a line of sh looks whether we are root already and calls sudo otherwise,
with a random prompt. sudo and the line itself speak on standard error, which is read here until a
random mark says that the command begins; only then its input is sent. Under NOPASSWD sudo asks
nothing and would hand a password sent blindly to the program as its first line.
"""

from __future__ import annotations

import os
import threading
from enum import Enum
from typing import NamedTuple

from jitsi_tui.visible import visible

from .command import Command, Root, Secret
from .deadline import Deadline
from .host import HostError, SudoError
from .pipes import Pipes
from .prompts import Prompts

_TRIES = 3
_STARTING = 20.0
"""Seconds until a login shell that was given our command counts as one that runs something else:
what it runs then waits on its input, for ever."""

_SILENCE = 60.0
"""Seconds that sudo may take to say something: wrong passwords and directories are slow."""

_MOST_TALK = 64 * 1024
"""Bytes that are read before the command begins: lectures are short."""

# No backslash, quote or newline: the login shell that reads this may be fish or csh.
_OUTER = (
    'n=$1; i=$2; shift 2; printf %s "here-$n" >&2; '
    'if [ "$(id -u)" = 0 ]; then printf %s "root-$n" >&2; exec "$@"; fi; '
    'command -v sudo >/dev/null 2>&1 || { printf %s "none-$n" >&2; exit 127; }; '
    'exec env LC_ALL=C sudo -S -p "ask-$n" -- sh -c "$i" sudo- "$n" "$@"'
)
# The mark is put together only when it runs: sudo's refusal repeats the arguments.
_INNER = 'unset LC_ALL; m=$0$1; shift; printf %s "$m" >&2; exec "$@"'
_FIRST_INNER = '/bin/sh -c : 2>/dev/null || { printf %s "alone-$1" >&2; exit 126; }; ' + _INNER
"""Under noexec what sudo runs may start nothing else."""


class Refusal(Enum):
    """Why sudo did not make us root."""

    NO_PASSWORD = "no password"  # noqa: S105 - no password indeed
    WRONG = "wrong password"
    NOT_ALLOWED = "not allowed"
    MISSING = "missing"
    NO_TERMINAL = "no terminal"
    NO_PROGRAMS = "no programs"
    OTHER = "other"


class SudoRefusedError(SudoError):
    """``SudoError`` with its reason, for whoever can do without root."""

    def __init__(self, reason: Refusal, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.reason = reason


class NotRunError(HostError):
    """Something else than our command runs, or nothing: root or not makes no difference."""

    kind = "connection"


class Keeper:
    """What one connection knows about sudo: the password, or that it is of no use to try."""

    def __init__(self, prompts: Prompts, user: str, host: str, password: Secret | None) -> None:
        self.is_root = user == "root"
        self.denied = False
        """Whether ``Root.IF_POSSIBLE`` found that root is not to be had."""

        self.runs_programs = False
        """Whether what sudo runs was seen to start another program."""

        self.refusal = ""
        """Why root is not to be had, with what to do; ``""`` where it was not refused in words."""

        self.user = user
        self.host = host
        self._prompts = prompts
        self._password = password
        self._wrong: Secret | None = None
        self._declined = False
        self._asking = threading.Lock()

    def password(self, *, needed: bool) -> Secret | None:
        """The one in memory, or else what a person answers; several askers share one question.

        Who has once given no answer is asked again only where root is ``needed``.
        """
        with self._asking:
            if self._password is None and (needed or not self._declined):
                again = self._wrong is not None
                self._password = self._prompts.sudo_password(self.user, self.host, again)
                self._declined = self._password is None
            return self._password

    def forget(self, password: Secret) -> None:
        """It was wrong; another that was given meanwhile stays."""
        with self._asking:
            self._wrong = password
            if self._password == password:
                self._password = None

    def deny(self, refusal: SudoRefusedError) -> None:
        """Root is not to be had, as far as we know; where a password would do that is no news."""
        self.denied = True
        told = refusal.reason is not Refusal.NO_PASSWORD
        self.refusal = f"{refusal.message}: {refusal.hint}" if told else ""

    def proved(self, already_root: bool) -> None:
        """A command became root's."""
        self.is_root = self.is_root or already_root
        self.denied = False
        self.refusal = ""
        self.runs_programs = True
        self._wrong = None


class Elevation(NamedTuple):
    """One attempt: the words to run, and the marks to look for."""

    argv: tuple[str, ...]
    nonce: str
    needed: bool

    @classmethod
    def of(cls, command: Command, keeper: Keeper) -> Elevation:
        nonce = os.urandom(16).hex()  # all that ``secrets`` would do, without its libraries
        inner = _INNER if keeper.runs_programs else _FIRST_INNER
        return cls(
            ("sh", "-c", _OUTER, "sh", nonce, inner, *command.argv),
            nonce,
            command.root is Root.YES,
        )

    def wait_for_root(self, pipes: Pipes, keeper: Keeper) -> None:
        """Speak with sudo until the command begins.

        Raises ``SudoRefusedError``, and ``NotRunError`` where it never came to sudo.
        """
        talk = _Talk(pipes, keeper.host)
        words = ("root", "sudo", "alone", "none", "ask")
        marks = {word: f"{word}-{self.nonce}".encode() for word in words}
        if talk.next_of({"here": f"here-{self.nonce}".encode()}, _STARTING) != "here":
            raise _not_run(talk.text() or _text(pipes.take_stdout(_MOST_TALK)), keeper)
        given: Secret | None = None
        asked = 0
        while True:
            word = talk.next_of(marks, _SILENCE)
            if word is None:
                raise talk.stuck("waits for something that can't be answered")
            if word in ("root", "sudo"):
                keeper.proved(word == "root")
                return
            if word == "alone":
                raise SudoRefusedError(
                    Refusal.NO_PROGRAMS,
                    f"sudo on {keeper.host} lets no program start another (noexec)",
                    f"allow it there: Defaults:{keeper.user} !noexec",
                )
            if word == "none":
                raise SudoRefusedError(
                    Refusal.MISSING,
                    f"{keeper.host} has no sudo",
                    "log in as root, or install sudo there",
                )
            if word != "ask":
                raise _why(talk.text(), keeper, given)
            if given is not None:
                keeper.forget(given)
            asked += 1
            given = keeper.password(needed=self.needed) if asked <= _TRIES else None
            if given is None:
                raise _no_password(keeper, wrong=asked > 1)
            talk.answer(given)


class _Talk:
    """What comes on standard error before the command begins."""

    def __init__(self, pipes: Pipes, host: str) -> None:
        self._pipes = pipes
        self._host = host
        self._said = bytearray()

    def next_of(self, marks: dict[str, bytes], seconds: float) -> str | None:
        """The word whose mark comes next, ``""`` at the end without one, ``None`` if none came."""
        silence = Deadline(seconds)
        while True:
            mark = self._pipes.mark()
            # Byte by byte, as what follows the mark is the command's own standard error.
            while data := self._pipes.take_stderr(1):
                self._said += data
                for word, end in marks.items():
                    if self._said.endswith(end):
                        self._said.clear()
                        return word
                if len(self._said) > _MOST_TALK:
                    raise self.stuck("never comes to an end")
            if self._pipes.stderr_ended:
                self._pipes.check()
                return ""
            if silence.over:
                return None
            self._pipes.wait(mark, silence.at_most(0.25), output=False)

    def stuck(self, how: str) -> SudoRefusedError:
        return SudoRefusedError(
            Refusal.OTHER,
            f"sudo on {self._host} {how}: {_last(self.text())}",
            "try sudo there by hand; a one-time code for sudo is not supported",
        )

    def answer(self, password: Secret) -> None:
        self._said.clear()
        line = memoryview(password.reveal().encode() + b"\n")
        while line:
            mark = self._pipes.mark()
            try:
                sent = self._pipes.send(line)
            except BrokenPipeError:
                return  # sudo ended; its last words say why
            line = line[sent:]
            if line and not sent:
                self._pipes.wait(mark, 0.25, to_send=True, output=False)

    def text(self) -> str:
        return _text(self._said)


def _text(said: bytes | bytearray) -> str:
    return said.decode("utf-8", "replace")


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return visible(lines[-1])[:200] if lines else "it says nothing"


def _not_run(said: str, keeper: Keeper) -> NotRunError:
    return NotRunError(
        f"the login shell of {keeper.user} on {keeper.host} did not run our command"
        + (f": {_last(said)}" if said.strip() else ""),
        f"look at that shell, at what {keeper.user}'s .bashrc starts, and at ForceCommand there",
    )


def _no_password(keeper: Keeper, *, wrong: bool) -> SudoRefusedError:
    if wrong:
        return SudoRefusedError(
            Refusal.WRONG,
            f"sudo on {keeper.host} did not accept the password of {keeper.user}",
            "give the password of your own account there",
        )
    return SudoRefusedError(
        Refusal.NO_PASSWORD,
        f"sudo on {keeper.host} asks for the password of {keeper.user}",
        "give it with --ask-sudo or --sudo-password-stdin, or log in as root",
    )


def _why(text: str, keeper: Keeper, given: Secret | None) -> SudoRefusedError:
    """sudo ended without running anything; its words (LC_ALL=C) say why."""
    user, host = keeper.user, keeper.host
    if "incorrect password attempt" in text or (given is not None and "try again" in text):
        if given is not None:
            keeper.forget(given)
        return _no_password(keeper, wrong=True)
    if "must have a tty" in text:
        return SudoRefusedError(
            Refusal.NO_TERMINAL,
            f"sudo on {host} wants a terminal",
            f"allow it without one there: Defaults:{user} !requiretty",
        )
    if "not in the sudoers file" in text or "not allowed to" in text or "may not run" in text:
        return SudoRefusedError(
            Refusal.NOT_ALLOWED,
            f"sudo on {host} does not let {user} become root",
            f"add {user} to the group sudo there, or log in as another user",
        )
    if "password is required" in text:
        return _no_password(keeper, wrong=False)
    return SudoRefusedError(
        Refusal.OTHER,
        f"sudo on {host} failed: {_last(text)}",
        "try sudo there by hand",
    )
