"""Connecting to a server over SSH. Loads paramiko when it connects, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import Secret
from .destination import Destination
from .prompts import NoPrompts, Prompts

if TYPE_CHECKING:
    from .sshhost import SshHost

__all__ = ["NoPrompts", "Prompts", "connect"]


def connect(
    destination: Destination,
    *,
    prompts: Prompts,
    accept_new: bool = False,
    timeout: float = 10.0,
    sudo_password: Secret | None = None,
) -> SshHost:
    """Go to ``destination``, hop by hop, and log in.

    ``timeout`` is for each hop's connection and key exchange; people who are asked have their time.
    With ``accept_new`` the key of a host that no file knows is trusted and added. Raises
    ``ConnectError``, ``HostKeyError``, ``AuthError``.
    """
    from . import lean  # noqa: F401, PLC0415 - before whatever loads paramiko
    from .sshhost import open_host  # noqa: PLC0415 - paramiko takes 100 ms

    return open_host(
        destination,
        prompts=prompts,
        accept_new=accept_new,
        timeout=timeout,
        sudo_password=sudo_password,
    )
