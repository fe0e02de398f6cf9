"""What every lab host has, with or without a Jitsi: its name, its ssh keys, its people's keys."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from .cache import client_key
from .inroot import InRoot
from .rootfs import PEOPLE

if TYPE_CHECKING:
    from .host import Spec

_LAZY = "/usr/local/share/lab/lazy.lua"
_NEEDLESS = (
    *("cryptsetup", "debug", "gpt-auto", "hibernate-resume", "integritysetup"),
    *("rc-local", "run", "system-update", "veritysetup"),
)


def install_base(tree: InRoot, spec: Spec, notes: Path, address: str) -> None:
    """Give the host its identity, and write ``known_hosts`` for it into ``notes``."""
    short = spec.domain.split(".", 1)[0]
    tree.write("/etc/hostname", f"{short}\n")
    tree.write("/etc/machine-id", f"{uuid.uuid4().hex}\n", mode=0o444)
    tree.write(
        "/etc/hosts",
        f"127.0.0.1 localhost\n127.0.1.1 {spec.domain} {short}\n::1 localhost ip6-localhost\n",
    )
    _host_key(tree, notes, address)
    _sshd(tree, spec)
    public = client_key().with_suffix(".pub").read_text()
    for user in ("root", *PEOPLE):
        home = "/root" if user == "root" else f"/home/{user}"
        tree.folder(f"{home}/.ssh", mode=0o700, owner=user)
        tree.write(f"{home}/.ssh/authorized_keys", public, mode=0o600, owner=user)
    tree.write(_LAZY, (Path(__file__).parent / "files" / "lazy.lua").read_text())
    tree.write(
        "/etc/systemd/system.conf.d/lab.conf", f"[Manager]\nDefaultEnvironment=LUA_INIT=@{_LAZY}\n"
    )
    for name in _NEEDLESS:  # they look for disks and for words of a boot loader
        tree.link(f"/etc/systemd/system-generators/systemd-{name}-generator", "/dev/null")
    if spec.kill_user_processes:
        tree.write("/etc/systemd/logind.conf.d/lab.conf", "[Login]\nKillUserProcesses=yes\n")


def _host_key(tree: InRoot, notes: Path, address: str) -> None:
    key = notes / "ssh_host_ed25519_key"
    key.unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = key.with_suffix(".pub").read_text()
    tree.write("/etc/ssh/ssh_host_ed25519_key", key.read_bytes(), mode=0o600)
    tree.write("/etc/ssh/ssh_host_ed25519_key.pub", public)
    (notes / "known_hosts").write_text(f"{address} {' '.join(public.split()[:2])}\n")


def _sshd(tree: InRoot, spec: Spec) -> None:
    lines = ["HostKey /etc/ssh/ssh_host_ed25519_key", "PasswordAuthentication yes"]
    if not spec.tcp_forwarding:
        lines.append("AllowTcpForwarding no")
    tree.write("/etc/ssh/sshd_config.d/lab.conf", "\n".join(lines) + "\n")
