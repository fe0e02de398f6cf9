"""Connecting to a server over SSH. Loads paramiko when it connects, not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import Secret
from .destination import Destination
from .dial import reach
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
    nearest = destination.hops[0]
    with destination.blaming(nearest):
        # Before paramiko is there: a server takes its time to greet.
        reached = reach(nearest, timeout)
    load()
    from .sshhost import open_host  # noqa: PLC0415

    return open_host(
        destination,
        reached,
        prompts=prompts,
        accept_new=accept_new,
        timeout=timeout,
        sudo_password=sudo_password,
    )


def load() -> None:
    """Load what connecting needs: 100 ms that are lost where nobody connects."""
    from . import lean  # noqa: F401, PLC0415 - before whatever loads paramiko
    from .sshhost import SshHost  # noqa: F401, PLC0415
