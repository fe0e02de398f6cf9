"""paramiko's transport as we need it: liveness, a measured round trip, plain host keys."""

from __future__ import annotations

import logging
import signal
import threading
from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

import paramiko
from paramiko.common import (
    MSG_CHANNEL_DATA,
    MSG_CHANNEL_EXTENDED_DATA,
    MSG_CHANNEL_REQUEST,
    MSG_REQUEST_FAILURE,
    MSG_REQUEST_SUCCESS,
    cMSG_CHANNEL_OPEN,
    cMSG_CHANNEL_REQUEST,
    cMSG_GLOBAL_REQUEST,
)
from paramiko.packet import Packetizer

from jitsi_tui import __version__
from jitsi_tui.visible import visible

from .deadline import Deadline
from .dial import DEAD_AFTER, Wire
from .host import ConnectionLostError
from .ordered import UntilClosed

# What goes wrong is told by exceptions; paramiko's log would write over the screen.
logging.getLogger("paramiko").addHandler(logging.NullHandler())
logging.getLogger("paramiko").setLevel(logging.CRITICAL + 1)

_ASK_AFTER = 3.0
"""Seconds of silence after which the peer is asked whether it is there."""

_MOST_PACKET = 256 * 1024
"""Bytes; OpenSSH's own limit."""

GONE = (EOFError, OSError, paramiko.SSHException)
"""What paramiko raises where a connection, or a channel, is there no more."""

_PROBE = "keepalive@openssh.com"


class OpenRefused(Exception):  # noqa: N818 - an answer, not a failure of ours
    """The server opened no channel; the codes are those of RFC 4254, 5.1, and 0 for no answer."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


def _channel_request(channel: paramiko.Channel, message: Any) -> None:
    """paramiko knows no exit-signal (RFC 4254, 6.10): a killed command would have no status."""
    if message.get_text() == "exit-signal":
        message.get_boolean()
        number = getattr(signal, f"SIG{message.get_text()}", 0)
        channel.exit_status = 128 + number
        channel.status_event.set()
        return
    message.rewind()
    message.get_int()
    channel._handle_request(message)  # type: ignore[attr-defined]


def _within_window(take: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """paramiko buffers whatever comes; honest servers keep to the window (RFC 4254, 5.2)."""

    def take_if_allowed(channel: Any, message: Any) -> None:
        waiting = len(channel.in_buffer) + len(channel.in_stderr_buffer)
        if waiting > channel.in_window_size + _MOST_PACKET:
            raise paramiko.SSHException("the server sends more than it may")
        take(channel, message)

    return take_if_allowed


class _Packets(Packetizer):
    """Never reads a packet of a size that no honest server sends; paramiko takes up to 4 GB."""

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:
        if n > _MOST_PACKET:
            raise paramiko.SSHException(f"a packet of {n} bytes is announced")
        return super().read_all(n, check_rekey)


class Link(paramiko.Transport):
    """One SSH connection. Its reading thread is paramiko's."""

    _CLIENT_ID = f"jitsi_tui_{__version__}"
    """What a server's log calls us, without a hyphen (RFC 4253, 4.2)."""

    _channel_handler_table: ClassVar[dict[int, Any]] = {
        **paramiko.Transport._channel_handler_table,  # type: ignore[attr-defined]
        MSG_CHANNEL_REQUEST: _channel_request,
        MSG_CHANNEL_DATA: _within_window(paramiko.Channel._feed),  # type: ignore[attr-defined]
        MSG_CHANNEL_EXTENDED_DATA: _within_window(
            paramiko.Channel._feed_extended  # type: ignore[attr-defined]
        ),
    }

    if TYPE_CHECKING:  # what we lean on and paramiko's stubs leave out
        active: bool
        server_extensions: dict[str, bytes | str]
        _channels: Any
        _handler_table: dict[int, Any]

        def _auth_trigger(self) -> None: ...
        def _filter_algorithm(self, kind: str) -> tuple[str, ...]: ...
        def _next_channel(self) -> int: ...
        def _send_message(self, message: paramiko.Message) -> None: ...
        def _send_user_message(self, message: paramiko.Message) -> None: ...

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire, packetizer_class=_Packets)  # type: ignore[arg-type]
        self.wire = wire
        self._asked: deque[threading.Event] = deque()
        self._asking = threading.Lock()
        self._disconnect_reason = ""
        self._refusals: dict[int, OpenRefused] = {}
        self._handler_table[MSG_REQUEST_SUCCESS] = self._answered
        self._handler_table[MSG_REQUEST_FAILURE] = self._answered

    @property
    def preferred_keys(self) -> tuple[str, ...]:
        """Plain host keys only: a certificate would be compared with keys, and never match."""
        return tuple(self._filter_algorithm("keys"))

    def watch(self) -> None:
        """From now on silence means that the peer is gone. Only after authentication."""
        self.wire.silence = 0.0
        self.wire.watched = True
        self.packetizer.set_keepalive(_ASK_AFTER, self._look)

    def ping(self, timeout: float) -> float:
        """Seconds until the peer answered a request; raises ``ConnectionLostError``."""
        start, waited = monotonic(), 0.0
        answered = self._ask()
        step = min(0.25, timeout)
        # Counted, as the wire's silence is: what stands before the answer may take longer.
        while not answered.wait(step):
            waited += step
            if not self.active or min(waited, self.wire.silence) >= timeout:
                break
        if not answered.is_set() or not self.active:
            raise self.lost(f"no answer within {timeout:g} s" if self.active else "")
        return monotonic() - start

    def get_exception(self) -> Exception | None:
        """What ended the connection; asking does not forget it, as it does in paramiko."""
        return self.saved_exception

    @property
    def gone(self) -> bool:
        """Whether the connection ended: paramiko closes its channels before it says so itself."""
        return not self.active or self.saved_exception is not None

    @property
    def dismissed(self) -> bool:
        """Whether the server said why it ended the connection."""
        return bool(self._disconnect_reason)

    @property
    def reason(self) -> str:
        """Why the connection ended, as far as anybody said; harmless for a terminal."""
        error = self.saved_exception
        if self._disconnect_reason or error is None or isinstance(error, EOFError):
            return self._disconnect_reason
        return visible(str(error))[:200]

    def lost(self, why: str = "") -> ConnectionLostError:
        """The error to raise now that the connection is gone."""
        reason = why or self.reason
        return ConnectionLostError(
            f"the connection broke{f': {reason}' if reason else ''}",
            "what ran on the server may go on; connect again to see",
        )

    def open_session(
        self, *_: object, timeout: float | None = None, **__: object
    ) -> paramiko.Channel:
        """A channel for one command. Raises ``OpenRefused`` and ``ConnectionLostError``."""
        return self._open("session", (), timeout)

    def open_tcp(self, address: str, port: int, timeout: float | None) -> paramiko.Channel:
        """A TCP connection that starts at the server (RFC 4254, 7.2). Raises the same."""
        return self._open("direct-tcpip", (address, port, "127.0.0.1", 0), timeout)

    def say(self, message: paramiko.Message) -> None:
        """Send once the keys allow it. Raises ``ConnectionLostError``.

        That a connection broke is told to whoever writes, maybe long before it is read.
        """
        try:
            self._send_user_message(message)
        except GONE:
            raise self.lost() from None

    def _open(
        self, kind: str, fields: tuple[str | int, ...], timeout: float | None
    ) -> paramiko.Channel:
        """Like paramiko's ``open_channel``, but each caller gets the reason of his own refusal."""
        opened = threading.Event()
        with self.lock:
            number = self._next_channel()
            channel = paramiko.Channel(number)
            self._channels.put(number, channel)
            self.channel_events[number] = opened
            self.channels_seen[number] = True
            channel._set_transport(UntilClosed(self))  # type: ignore[attr-defined]
            channel._set_window(  # type: ignore[attr-defined]
                self.default_window_size, self.default_max_packet_size
            )
        message = paramiko.Message()
        message.add_byte(cMSG_CHANNEL_OPEN)
        message.add_string(kind)
        message.add_int(number)
        message.add_int(self.default_window_size)
        message.add_int(self.default_max_packet_size)
        for field in fields:
            message.add_int(field) if isinstance(field, int) else message.add_string(field)
        self.say(message)
        deadline = Deadline(timeout)
        while not opened.wait(deadline.at_most(0.25)):
            if deadline.over or not self.active:
                break
        if not self.active:
            raise self.lost()
        refusal = self._refusals.pop(number, None)
        if refusal is not None:
            raise refusal
        if not opened.is_set():
            # A late answer finds the channel closed, and closes it on the server too.
            channel.close()
            raise OpenRefused(0, f"no answer within {timeout:.1f} s")
        return channel

    def _parse_channel_open_failure(self, message: Any) -> None:
        number, code, why = message.get_int(), message.get_int(), message.get_binary()
        self._refusals[number] = OpenRefused(code, visible(why.decode("utf-8", "replace"))[:200])
        with self.lock:
            self._channels.delete(number)
            opened = self.channel_events.pop(number, None)
        if opened is not None:
            opened.set()

    def signal_process(self, channel: paramiko.Channel, name: str) -> None:
        """Send a signal to what runs in ``channel`` (RFC 4254, 6.9); OpenSSH obeys since 7.9."""
        message = paramiko.Message()
        message.add_byte(cMSG_CHANNEL_REQUEST)
        message.add_int(channel.remote_chanid)
        message.add_string("signal")
        message.add_boolean(False)
        message.add_string(name)
        channel.get_transport()._send_user_message(message)  # type: ignore[attr-defined]

    def run(self) -> None:
        try:
            super().run()
        finally:
            while self._asked:
                self._asked.popleft().set()

    def stop_thread(self) -> None:
        super().stop_thread()
        # After a handshake that failed, paramiko's timer would keep the process alive for 15 s.
        self.packetizer.complete_handshake()

    def _ask(self) -> threading.Event:
        with self._asking:
            return self._send_probe(self.say)

    def _send_probe(self, send: Callable[[paramiko.Message], None]) -> threading.Event:
        """Ask for an answer; answers come in the order of the requests (RFC 4254, 4)."""
        message = paramiko.Message()
        message.add_byte(cMSG_GLOBAL_REQUEST)
        message.add_string(_PROBE)
        message.add_boolean(True)
        answered = threading.Event()
        self._asked.append(answered)
        send(message)
        return answered

    def _answered(self, _message: paramiko.Message) -> None:
        if self._asked:
            self._asked.popleft().set()

    def _look(self) -> None:
        """Called by the reading thread when nothing came and nothing was sent for a while."""
        if self.wire.silence > DEAD_AFTER:
            self._disconnect_reason = f"no answer for {DEAD_AFTER:g} s"
            raise EOFError
        # The reading thread must not wait: not for a new key, nor for a thread that waits for one.
        if self.clear_to_send.is_set() and self._asking.acquire(blocking=False):
            try:
                self._send_probe(self._send_message)
            finally:
                self._asking.release()

    def _parse_disconnect(self, message: Any) -> None:
        message.get_int()
        self._disconnect_reason = visible(message.get_binary().decode("utf-8", "replace"))[:200]
        self.saved_exception = EOFError()
