"""What goes out on a channel, in an order that the server accepts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from paramiko.common import cMSG_CHANNEL_CLOSE

if TYPE_CHECKING:
    import paramiko

    from .link import Link


class UntilClosed:
    """One channel's way to the connection, on which nothing follows the close (RFC 4254, 5.3).

    paramiko's own thread answers the server's close at any time, also between another thread's
    look whether the channel is open and what that thread then sends; and a message to a channel
    that is gone makes sshd end the whole connection.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._sending = threading.Lock()
        self._closed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)

    def _send_user_message(self, message: paramiko.Message) -> None:
        with self._sending:
            if self._closed:
                return
            self._closed = message.asbytes().startswith(cMSG_CHANNEL_CLOSE)
            self._link._send_user_message(message)
