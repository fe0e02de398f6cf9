"""The SSH server of the practice server: one user, one key, commands and forwards, nothing else."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Mapping

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_FAILED_CONNECT_FAILED,
    OPEN_SUCCEEDED,
)

from . import forwarding
from .execution import Execution
from .processes import Processes

_LOG = "jitsi_tui.demo.ssh"
_MAX_SESSIONS = 10
"""What sshd allows on one connection (``MaxSessions``, sshd_config(5))."""

_ACCEPT_POLL = 5.0
"""Seconds after which a connection's end is noticed that nobody told us of."""

_CLOSE_TIMEOUT = 2.0


class Doorman(paramiko.ServerInterface):
    """Decides about one connection: who may come in, and what may be asked for.

    What isn't answered here (shells, terminals, environment, subsystems) paramiko refuses.
    """

    def __init__(self, server: SshServer) -> None:
        self._server = server
        # paramiko itself keeps only weak references, and a forgotten channel closes itself.
        self._sessions: dict[int, paramiko.Channel | None] = {}
        self.forwards: dict[int, socket.socket] = {}
        self._lock = threading.Lock()

    def get_allowed_auths(self, username: str) -> str:  # noqa: ARG002
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        known = username == self._server.user and key == self._server.client_key
        return AUTH_SUCCESSFUL if known else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        with self._lock:
            here = self._sessions.items()
            self._sessions = {n: c for n, c in here if c is None or not c.closed}
            if kind != "session":
                return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
            if len(self._sessions) >= _MAX_SESSIONS:
                return OPEN_FAILED_CONNECT_FAILED
            self._sessions[chanid] = None
            return OPEN_SUCCEEDED

    def opened(self, channel: paramiko.Channel) -> None:
        """A session or a forward stands now."""
        connection = self.forwards.pop(channel.chanid, None)
        if connection is not None:
            forwarding.carry(channel, connection)
        else:
            with self._lock:
                self._sessions[channel.chanid] = channel

    def check_channel_direct_tcpip_request(
        self,
        chanid: int,
        origin: tuple[str, int],  # noqa: ARG002
        destination: tuple[str, int],
    ) -> int:
        address, port = destination
        real = self._server.ports.get(port)
        if real is None or address not in ("127.0.0.1", "localhost", "::1"):
            return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        try:
            connection = socket.create_connection(("127.0.0.1", real), timeout=2.0)
        except OSError:
            return OPEN_FAILED_CONNECT_FAILED
        connection.settimeout(None)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.forwards[chanid] = connection
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        # Answered before it starts: paramiko sends the reply after this method returns.
        threading.Thread(
            target=self._server.execute, args=(channel, command), name="demo-exec", daemon=True
        ).start()
        return True


class SshServer:
    """Listens on an ephemeral port of 127.0.0.1 until ``close``."""

    def __init__(
        self,
        *,
        host_key: paramiko.PKey,
        client_key: paramiko.PKey,
        user: str,
        processes: Processes,
        env: Mapping[str, str],
        ports: Mapping[int, int],
    ) -> None:
        """``ports``: those of the pretended server and the real ones that they stand for."""
        self.client_key = client_key
        self.user = user
        self.ports = ports
        self._host_key = host_key
        self._processes = processes
        self._env = env
        self._connections: dict[paramiko.Transport, threading.Thread] = {}
        self._lock = threading.Lock()
        self._closing = False
        log = logging.getLogger(_LOG)
        log.propagate = False  # What a client does wrong is no news for our user's terminal.
        if not log.handlers:
            log.addHandler(logging.NullHandler())
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port: int = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, name="demo-sshd", daemon=True)
        self._accepting.start()

    def execute(self, channel: paramiko.Channel, command: bytes) -> None:
        """Run one command for a channel."""
        Execution(channel, command, self._processes, self._env).start()

    def close(self) -> None:
        """End every connection. Safe to call twice."""
        with self._lock:
            self._closing = True
            connections = dict(self._connections)
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for transport, thread in connections.items():
            transport.close()
            with transport.lock:
                transport.server_accept_cv.notify_all()
            thread.join(_CLOSE_TIMEOUT)
        self._accepting.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(
                target=self._serve, args=(connection,), name="demo-connection", daemon=True
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        doorman = Doorman(self)
        transport = paramiko.Transport(connection)
        transport.set_log_channel(_LOG)
        transport.add_server_key(self._host_key)
        with self._lock:
            if self._closing:
                transport.close()
                return
            self._connections[transport] = threading.current_thread()
        try:
            transport.start_server(server=doorman)
            while transport.is_active():
                channel = transport.accept(_ACCEPT_POLL)
                if channel is not None:
                    doorman.opened(channel)
        except (paramiko.SSHException, EOFError, OSError):
            pass
        finally:
            transport.close()
            for left in doorman.forwards.values():
                left.close()
            with self._lock:
                self._connections.pop(transport, None)
