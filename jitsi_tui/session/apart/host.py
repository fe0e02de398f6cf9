"""A server whose connection is another process's: our end of it, as the Host protocol has it."""

from __future__ import annotations

import contextlib
import errno
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jitsi_tui
from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import ConnectError, Tcp
from jitsi_tui.ssh.prompts import Prompts
from jitsi_tui.ssh.runner import Runner
from jitsi_tui.ssh.sudo import Keeper

from .pipes import Ending, Forwarded, SocketPipes, ended
from .talk import Talk, unpack

_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; "
    "from jitsi_tui.session.apart.process import serve; serve()"
)
_LEAVING_SECONDS = 1.0
"""In which a connection that is closed should have said so to its server."""


class Away:
    """A connection being made by a process of its own. What it asks waits for ``wait``."""

    def __init__(self, wish: dict[str, object], sudo_password: Secret | None) -> None:
        """Raises ``OSError`` where no process can be started."""
        if not sys.executable:
            raise FileNotFoundError(errno.ENOENT, "Python does not know where it is")
        ours, its = socket.socketpair()
        self._door = Talk(ours)
        self._sudo_password = sudo_password
        path = [str(Path(jitsi_tui.__file__).parents[1]), *filter(None, sys.path)]
        with its:
            try:
                # The terminal's signals are for whoever talks to people: it ends when we do.
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    [sys.executable, "-c", _PROGRAM, *path],
                    stdin=its.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except BaseException:
                ours.close()
                raise
        with contextlib.suppress(OSError):  # it ended at once: told by ``wait``
            self._door.say(wish)

    def wait(self, prompts: Prompts) -> ApartHost:
        """The connection, once it stands; ``prompts`` answers, in this thread, what it asks.

        Raises what connecting raised.
        """
        try:
            word = self._outcome(prompts)
        except BaseException:
            self.abandon()
            raise
        keeper = Keeper(prompts, word["user"], word["alias"], self._sudo_password)
        return ApartHost(self._door, self._process, word, keeper)

    def _outcome(self, prompts: Prompts) -> dict[str, Any]:
        while (heard := self._door.hear()) is not None:
            word: dict[str, Any] = heard[0]
            if "error" in word:
                raise unpack(word["error"])
            if "ask" not in word:
                return word
            answer = _answer(prompts, word["ask"], word["about"])
            with contextlib.suppress(OSError):  # it ended meanwhile: heard next
                self._door.say(answer)
        raise ConnectError("the process that should connect ended", "try again")

    def abandon(self) -> None:
        """Nobody will want it."""
        self._process.kill()
        self._door.close()
        self._process.wait()


def _answer(prompts: Prompts, question: str, about: Sequence[Any]) -> object:
    """A person's answer, in plain words."""
    given = getattr(prompts, question)(*about)
    if isinstance(given, Secret):
        return given.reveal()
    return [each.reveal() for each in given] if isinstance(given, list) else given


class ApartHost(Runner):
    """An open connection that another process holds. Safe to use from several threads at once."""

    def __init__(
        self, door: Talk, process: subprocess.Popen[bytes], about: dict[str, Any], keeper: Keeper
    ) -> None:
        super().__init__(keeper)
        self._door = door
        self._asking = threading.Lock()
        self._process = process
        self._name: str = about["name"]
        self._user: str = about["user"]
        self._via: tuple[str, ...] = tuple(about["via"])

    @property
    def name(self) -> str:
        """See ``Host.name``."""
        return self._name

    @property
    def user(self) -> str:
        """See ``Host.user``."""
        return self._user

    @property
    def via(self) -> tuple[str, ...]:
        """See ``Host.via``."""
        return self._via

    def connect_tcp(self, address: str, port: int, *, timeout: float = 5.0) -> Tcp:
        """See ``Host.connect_tcp``."""
        ours, its = socket.socketpair()
        with its:
            end = self._ask({"tcp": [address, port, timeout]}, its)
        try:
            _first_word(end)
        except BaseException:
            ours.close()
            raise
        ours.settimeout(timeout)
        return Forwarded(ours, Ending(end))

    def ping(self, timeout: float = 5.0) -> float:
        """See ``Host.ping``."""
        end = self._ask({"ping": timeout})
        with contextlib.closing(end):
            return float(_first_word(end)["seconds"])

    def close(self) -> None:
        """See ``Host.close``."""
        with self._asking:
            self._door.close()
        try:
            self._process.wait(_LEAVING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _open(self, argv: tuple[str, ...]) -> SocketPipes:
        ours, its = socket.socketpair()
        said, saying = socket.socketpair()
        with its, saying:
            end = self._ask({"run": shlex.join(argv)}, its, saying)
        try:
            _first_word(end)
        except BaseException:
            ours.close()
            said.close()
            raise
        return SocketPipes(ours, said, Ending(end))

    def _ask(self, wish: dict[str, object], *ends: socket.socket) -> Talk:
        """Have something begun; the conversation about it. Raises ``ConnectionLostError``."""
        ours, its = socket.socketpair()
        with its:
            try:
                with self._asking:
                    self._door.say(wish, its.fileno(), *(end.fileno() for end in ends))
            except OSError:
                ours.close()
                raise ended() from None
        return Talk(ours)


def _first_word(end: Talk) -> dict[str, Any]:
    """How what was asked for began. Raises what it failed with; the conversation is over then."""
    heard = end.hear()
    word: dict[str, Any] = heard[0] if heard is not None else {}
    if word and "error" not in word:
        return word
    end.close()
    raise unpack(word["error"]) if word else ended()
