"""The process that holds a connection: makes it, and serves those who run something over it."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jitsi_tui.ssh import client, destination
from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import HostError

from .talk import Talk, hang_up, pack

if TYPE_CHECKING:
    from jitsi_tui.ssh.sshhost import SshHost

_LAST_WORD_SECONDS = 0.5
_LOOK_SECONDS = 0.25


def serve() -> None:
    """Talk by standard input, to its end. Nothing of ours is left when it returns: it does not."""
    gc.disable()
    door = Talk(socket.socket(fileno=os.dup(0)))
    # What the user's ssh configuration starts must not read along.
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    connected = threading.Event()
    _thread(_end_with, door, connected)
    try:
        host = _connect(door)
        connected.set()
        if host is not None:
            gc.freeze()
            gc.enable()
            _Server(host).serve(door)
            host.close()
    finally:
        os._exit(0)


def _end_with(door: Talk, connected: threading.Event) -> None:
    """While nobody listens at the door: end at once where nobody stands before it any more."""
    poll = select.poll()
    poll.register(door.end, 0)  # what is always told: that it was hung up
    while not connected.is_set():
        if poll.poll(_LOOK_SECONDS * 1000) and not connected.is_set():
            os._exit(0)


def _connect(door: Talk) -> SshHost | None:
    heard = door.hear()
    if heard is None:
        return None
    wish = heard[0]
    try:
        where = destination.resolve(
            wish["typed"],
            identity=_path(wish["identity"]),
            port=wish["port"],
            known_hosts=_path(wish["known_hosts"]),
            ssh_config=_path(wish["ssh_config"]),
        )
        host = client.connect(
            where,
            prompts=_Asking(door),
            accept_new=wish["accept_new"],
            timeout=wish["timeout"],
        )
    except Exception as error:
        door.say(_told(error))
        return None
    door.say({"name": host.name, "user": host.user, "alias": where.alias, "via": host.via})
    return host


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


def _told(error: Exception) -> dict[str, object]:
    if not isinstance(error, HostError):
        error = HostError(f"something of ours failed: {type(error).__name__}")
    return pack(error)


class _Asking:
    """``Prompts`` that are asked through the door."""

    def __init__(self, door: Talk) -> None:
        self._door = door

    def unknown_host_key(self, host: str, key_type: str, fingerprint: str) -> bool:
        return self._ask("unknown_host_key", host, key_type, fingerprint) is True

    def passphrase(self, path: str) -> Secret | None:
        return self._secret("passphrase", path)

    def password(self, user: str, host: str) -> Secret | None:
        return self._secret("password", user, host)

    def answers(
        self, title: str, instructions: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[Secret] | None:
        given = self._ask("answers", title, instructions, prompts)
        return None if given is None else [Secret(each) for each in given]

    def sudo_password(self, user: str, host: str, again: bool) -> Secret | None:
        return self._secret("sudo_password", user, host, again)

    def _secret(self, question: str, *about: object) -> Secret | None:
        given = self._ask(question, *about)
        return None if given is None else Secret(given)

    def _ask(self, question: str, *about: object) -> Any:
        self._door.say({"ask": question, "about": about})
        heard = self._door.hear()
        if heard is None:
            sys.exit()  # nobody wants the connection any more
        return heard[0]


class _Server:
    """Serves an open connection."""

    def __init__(self, host: SshHost) -> None:
        self._host = host
        self._served: list[tuple[threading.Thread, Talk]] = []

    def serve(self, door: Talk) -> None:
        """Until nobody is there any more."""
        while (heard := door.hear()) is not None:
            wish, files = heard
            end, *ends = (socket.socket(fileno=number) for number in files)
            talk = Talk(end)
            self._served = [each for each in self._served if each[0].is_alive()]
            self._served.append((_thread(self._answer, wish, talk, ends), talk))
        for thread, talk in self._served:
            if talk.ended:
                # Its command is being told to end: that must be said before the connection is.
                thread.join(_LAST_WORD_SECONDS)

    def _answer(self, wish: dict[str, Any], talk: Talk, ends: list[socket.socket]) -> None:
        try:
            match wish:
                case {"run": line}:
                    self._run(line, talk, *ends)
                case {"tcp": [address, port, timeout]}:
                    self._forward(address, port, timeout, talk, *ends)
                case {"ping": timeout}:
                    talk.say({"seconds": self._host.ping(timeout)})
        except OSError:
            pass  # nobody waits for it any more
        except Exception as error:
            with contextlib.suppress(OSError):
                talk.say(_told(error))
        finally:
            talk.close()
            for end in ends:
                hang_up(end)

    def _run(self, line: str, talk: Talk, data: socket.socket, said: socket.socket) -> None:
        from .pump import Pump  # noqa: PLC0415 - it knows paramiko

        with contextlib.closing(self._host.start(line)) as pipes:
            talk.say({"open": True})
            Pump(pipes, data, said, talk).run()

    def _forward(
        self, address: str, port: int, timeout: float, talk: Talk, data: socket.socket
    ) -> None:
        from .pump import feed, fetch  # noqa: PLC0415

        tcp = self._host.connect_tcp(address, port, timeout=timeout)
        tcp.settimeout(None)
        talk.say({"open": True})
        _thread(_quietly, feed, tcp, data)
        try:
            fetch(tcp, data)
        finally:
            tcp.close()
        talk.say({"exit": 0})


def _quietly(move: Callable[..., None], *of: object) -> None:
    """How it failed is told by the other direction."""
    with contextlib.suppress(HostError, OSError):
        move(*of)


def _thread(work: Callable[..., None], *of: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=of, daemon=True)
    thread.start()
    return thread
