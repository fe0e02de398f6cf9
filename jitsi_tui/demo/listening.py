"""The ports on which the pretended server listens, in the words of /proc/net/tcp (proc(5))."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

ANY, LOOPBACK = "00000000", "0100007F"

PORTS: dict[str, tuple[tuple[str, int], ...]] = {
    "sshd": ((ANY, 22),),
    "prosody": ((ANY, 5222), (ANY, 5269), (LOOPBACK, 5280)),
    "jicofo": ((LOOPBACK, 8888),),
    "jitsi-videobridge2": ((LOOPBACK, 8080), (ANY, 9090)),
    "nginx": ((ANY, 80), (ANY, 443)),
}
_HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  inode"


def write(root: Path, services: Iterable[str]) -> None:
    """Say what these services listen on."""
    sockets = [socket for name in ("sshd", *services) for socket in PORTS[name]]
    lines = [
        f"{number:4}: {address}:{port:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000"
        f"     0        0 {1000 + port} 1 0000000000000000 100 0 0 10 0"
        for number, (address, port) in enumerate(sockets)
    ]
    try:
        (root / "proc/net/tcp").write_text("\n".join([_HEAD, *lines]) + "\n", "ascii")
    except OSError:
        return  # The folder is being removed.
