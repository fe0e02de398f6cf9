"""TCP connections through the SSH server (``direct-tcpip``, RFC 4254 section 7.2)."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paramiko import Channel

_PIECE = 64 * 1024


def hang_up(channel: Channel) -> None:
    """Close a channel, also one whose connection is gone already."""
    with contextlib.suppress(OSError, EOFError):
        channel.close()


def carry(channel: Channel, connection: socket.socket) -> None:
    """Two threads carry bytes both ways until both sides are done."""
    there = threading.Thread(
        target=_to_socket, args=(channel, connection), name="demo-tcp-in", daemon=True
    )
    back = threading.Thread(
        target=_to_channel, args=(channel, connection, there), name="demo-tcp-out", daemon=True
    )
    there.start()
    back.start()


def _to_socket(channel: Channel, connection: socket.socket) -> None:
    try:
        while data := channel.recv(_PIECE):
            connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        if channel.closed:
            connection.shutdown(socket.SHUT_RD)
    except OSError:
        hang_up(channel)


def _to_channel(channel: Channel, connection: socket.socket, there: threading.Thread) -> None:
    try:
        while data := connection.recv(_PIECE):
            channel.sendall(data)
        channel.shutdown_write()
    except (OSError, EOFError):
        pass
    finally:
        hang_up(channel)
        there.join()
        connection.close()
