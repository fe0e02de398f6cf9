"""A connection made ahead: in a thread, while whoever wants it loads what he wants it for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from queue import SimpleQueue
from typing import TypeAlias, TypeVar

from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import Host
from jitsi_tui.ssh.prompts import Prompts

from .turns import short_turns

_T = TypeVar("_T")
_Question: TypeAlias = "tuple[Callable[[Prompts], object], Future[object]]"


class Ahead:
    """One connection under way. Its questions wait for ``wait``."""

    def __init__(self, connect: Callable[[Prompts], Host]) -> None:
        self._connect = connect
        self._prompts = _Deferred()
        self._made: Future[Host] = Future()
        threading.Thread(target=self._run, name="ahead", daemon=True).start()

    def wait(self, prompts: Prompts) -> Host:
        """The connection, once it stands; ``prompts`` answers, in this thread, what it asks.

        Raises what connecting raised.
        """
        try:
            self._prompts.answer(prompts)
            return self._made.result()
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Nobody will want it: it is closed, now or as soon as it stands."""
        self._prompts.refuse()
        self._made.add_done_callback(_close)

    def _run(self) -> None:
        try:
            with short_turns():
                host = self._connect(self._prompts)
            self._made.set_result(host)
        except BaseException as error:
            self._made.set_exception(error)
        finally:
            self._prompts.end()


def _close(made: Future[Host]) -> None:
    if made.exception() is None:
        made.result().close()


class _Deferred:
    """Questions that are kept until somebody is there to answer them (``Prompts``)."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[_Question | None] = SimpleQueue()
        self._direct: Prompts | None = None
        self._refused = False
        self._lock = threading.Lock()

    def answer(self, prompts: Prompts) -> None:
        """Answer until ``end``; what is asked later goes to ``prompts`` itself."""
        while (asked := self._asked.get()) is not None:
            question, answer = asked
            try:
                answer.set_result(question(prompts))
            except BaseException:
                answer.cancel()
                raise
        self._direct = prompts

    def end(self) -> None:
        """Nothing more is asked by whoever connects."""
        self._asked.put(None)

    def refuse(self) -> None:
        """Answer "no" to what is asked and will be."""
        with self._lock:
            self._refused = True
        while not self._asked.empty():
            if (asked := self._asked.get()) is not None:
                asked[1].cancel()

    def unknown_host_key(self, host: str, key_type: str, fingerprint: str) -> bool:
        return self._ask(lambda who: who.unknown_host_key(host, key_type, fingerprint)) or False

    def passphrase(self, path: str) -> Secret | None:
        return self._ask(lambda who: who.passphrase(path))

    def password(self, user: str, host: str) -> Secret | None:
        return self._ask(lambda who: who.password(user, host))

    def answers(
        self, title: str, instructions: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[Secret] | None:
        return self._ask(lambda who: who.answers(title, instructions, prompts))

    def sudo_password(self, user: str, host: str, again: bool) -> Secret | None:
        return self._ask(lambda who: who.sudo_password(user, host, again))

    def _ask(self, question: Callable[[Prompts], _T]) -> _T | None:
        if self._direct is not None:
            return question(self._direct)
        answer: Future[_T] = Future()
        with self._lock:
            if self._refused:
                return None
            self._asked.put((question, answer))  # type: ignore[arg-type]
        try:
            return answer.result()
        except CancelledError:
            return None
