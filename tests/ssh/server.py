"""A real OpenSSH server on loopback, with keys and a configuration of its own."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.destination import Agent, Destination
from tests.ports import free_port
from tests.stopping import until_stopped

SSHD = shutil.which("sshd", path=f"/usr/sbin:/usr/local/sbin:{os.environ.get('PATH', '')}")


def keygen(path: Path, kind: str = "ed25519", passphrase: str = "", *options: str) -> Path:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", path, "-C", path.name, *options],
        check=True,
    )
    return path


@dataclass
class Server:
    """One sshd, run by the current user, in a folder of its own."""

    folder: Path
    options: dict[str, str] = field(default_factory=dict)
    key_types: tuple[str, ...] = ("ed25519",)
    port: int = 0

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        self.user_key = self.folder / "user_key"
        if not self.user_key.exists():
            keygen(self.user_key)
        self.authorized = self.folder / "authorized_keys"
        self.authorized.write_bytes(self.user_key.with_suffix(".pub").read_bytes())
        self.host_keys = [self._host_key(kind) for kind in self.key_types]
        self.known_hosts = self.folder / "known_hosts"
        self.trust_host_keys()
        self._process: subprocess.Popen[bytes] | None = None

    def _host_key(self, kind: str) -> Path:
        path = self.folder / f"host_{kind}"
        return path if path.exists() else keygen(path, kind)

    @property
    def name(self) -> str:
        """As known_hosts calls it."""
        return f"[127.0.0.1]:{self.port}"

    def public(self, kind: str = "ed25519") -> str:
        """Type and key of a host key, as in a known_hosts line."""
        words = (self.folder / f"host_{kind}.pub").read_text().split()
        return " ".join(words[:2])

    def trust_host_keys(self) -> None:
        self.known_hosts.write_text(
            "".join(f"{self.name} {self.public(kind)}\n" for kind in self.key_types)
        )

    def start(self) -> Server:
        config = self.folder / "sshd_config"
        settings = {
            "Port": str(self.port),
            "ListenAddress": "127.0.0.1",
            "AuthorizedKeysFile": str(self.authorized),
            "PidFile": "none",
            "StrictModes": "no",
            "UsePAM": "no",
            "PermitRootLogin": "yes",
            "PasswordAuthentication": "no",
            "KbdInteractiveAuthentication": "no",
            "LogLevel": "VERBOSE",
        } | self.options
        lines = [f"HostKey {path}" for path in self.host_keys]
        lines += [f"{name} {value}" for name, value in settings.items()]
        config.write_text("\n".join(lines) + "\n")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd's own demand of root
        assert SSHD is not None
        self.log = self.folder / "log"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [SSHD, "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stderr=log
            )
        self._wait_until_it_listens()
        return self

    def _wait_until_it_listens(self) -> None:
        assert self._process is not None
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 10):
                    return
            except OSError:
                assert self._process.poll() is None, self.log.read_text()
                time.sleep(0.01)
        raise AssertionError(f"sshd does not listen: {self.log.read_text()}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)
            self._process = None
            self._wait_until_it_refuses()

    def _wait_until_it_refuses(self) -> None:
        """A child that sshd had just forked listens too, until it comes to close what it got."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(ConnectionResetError, TimeoutError):
                try:
                    socket.create_connection(("127.0.0.1", self.port), 10).close()
                except ConnectionRefusedError:
                    return
            time.sleep(0.01)
        raise AssertionError(f"somebody still listens: {self.log.read_text()}")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def cut_connections(self, how: signal.Signals = signal.SIGKILL) -> int:
        """Kill (or stop) the processes that serve the open connections; how many there were."""
        found = _descendants(self.pid)
        for pid in found:
            # sshd's own child ends by itself as soon as its parent is gone.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        if how == signal.SIGSTOP:
            for pid in found:
                until_stopped(Path(f"/proc/{pid}"))
        return len(found)

    def destination(self, **changes: object) -> Destination:
        """The way here with this server's own key and known_hosts, and nothing of the user's."""
        values: dict[str, object] = {
            "typed": f"127.0.0.1:{self.port}",
            "alias": "127.0.0.1",
            "host": "127.0.0.1",
            "port": self.port,
            "user": getpass.getuser(),
            "identity_files": (self.user_key,),
            "agent": Agent(None),
            "known_hosts": (self.known_hosts,),
        }
        return Destination(**(values | changes))  # type: ignore[arg-type]


def _descendants(pid: int) -> list[int]:
    """sshd's processes below ``pid``, not what they run for users."""
    found = []
    for child in _read(pid, f"task/{pid}/children").split():
        if _read(int(child), "comm").startswith("sshd"):
            found += [int(child), *_descendants(int(child))]
    return found


def _read(pid: int, name: str) -> str:
    """What /proc says of a process; nothing of one that is gone meanwhile."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/{name}").read_text()
    return ""


@dataclass
class Answers:
    """A person who answers as told, and remembers what was asked."""

    trust: bool = False
    passphrases: list[str] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)
    codes: list[list[str]] = field(default_factory=list)
    sudo: list[str] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def unknown_host_key(self, host: str, key_type: str, fingerprint: str) -> bool:
        self.asked.append(("key", host, key_type, fingerprint))
        return self.trust

    def passphrase(self, path: str) -> Secret | None:
        self.asked.append(("passphrase", path))
        return Secret(self.passphrases.pop(0)) if self.passphrases else None

    def password(self, user: str, host: str) -> Secret | None:
        self.asked.append(("password", user, host))
        return Secret(self.passwords.pop(0)) if self.passwords else None

    def answers(self, title: str, instructions: str, prompts: object) -> list[Secret] | None:
        self.asked.append(("answers", title, instructions, repr(prompts)))
        return [Secret(text) for text in self.codes.pop(0)] if self.codes else None

    def sudo_password(self, user: str, host: str, again: bool) -> Secret | None:
        self.asked.append(("sudo", user, host, str(again)))
        return Secret(self.sudo.pop(0)) if self.sudo else None
