"""The practice server as a whole: started, reached, and gone without a trace."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from jitsi_tui.instance.layout import Layout
from jitsi_tui.ssh.host import HostError

from . import keys, leftovers, tree, world
from .hub import Hub
from .processes import Process, Processes

if TYPE_CHECKING:
    from .server import SshServer

_SERVICES = ("prosody", "jicofo", "jitsi-videobridge2", "nginx")
_START_TIMEOUT = 60.0
_STABLE = 1.0
"""Seconds; a restart in the story is over sooner than a real one."""

_PERL = "/usr/bin/perl"
_SSH_CONFIG = b"IdentityAgent none\nIdentitiesOnly yes\n"
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class DemoError(HostError):
    """The practice server could not be started."""

    kind = "demo"


class PracticeServer:
    """A Jitsi server to practise on: an SSH server of this process over a folder of its own.

    It is usable when the constructor returns. ``close`` it, or use it as a context manager; when
    this process dies, however that happens, it is gone too. Raises ``DemoError``.
    """

    address = "127.0.0.1"
    user = "root"
    """Who one is there; without being root of this machine."""

    domain = tree.DOMAIN

    def __init__(self, *, seed: int = 7) -> None:
        """``seed`` decides what the people of the story do."""
        self._undo = ExitStack()
        self._closing = threading.Lock()
        _check_machine()
        try:
            self._start(seed)
        except leftovers.NoPlaceError as error:
            self.close()
            raise DemoError(str(error), error.hint) from None
        except (OSError, TimeoutError) as error:
            self.close()
            raise DemoError(f"the practice server does not start: {error}") from error
        except BaseException:
            self.close()
            raise

    def _start(self, seed: int) -> None:
        undo = self._undo
        leftovers.remove_dead()
        folder, lock = leftovers.make_folder()
        undo.callback(os.close, lock)
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        self.root = folder / "root"
        processes = Processes(folder)
        undo.callback(processes.close)
        self.root.mkdir()
        tree.build(self.root, seed)
        hub = Hub()
        undo.callback(hub.close)
        here = hub.call(world.begin(self.root, seed))
        undo.callback(lambda: hub.call(here.close()))
        booting = self._boot(processes)
        self.layout = _layout(self.root, here.ports)
        self._listen(folder, processes, here.ports)
        if booting.wait(_START_TIMEOUT) != 0:
            raise DemoError("the services of the practice server do not start")
        hub.call(here.wait_until_up(_START_TIMEOUT), _START_TIMEOUT)

    def _boot(self, processes: Processes) -> Process:
        """Start the services side by side; what follows goes on meanwhile."""
        starts = "".join(f"service {name} start & p{n}=$!; " for n, name in enumerate(_SERVICES))
        waits = " && ".join(f"wait $p{n}" for n in range(len(_SERVICES)))
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            return processes.run(
                ("/bin/sh", "-c", starts + waits), self.environment, (null, null, null)
            )
        finally:
            os.close(null)

    def _listen(self, folder: Path, processes: Processes, ports: world.Ports) -> None:
        from .server import SshServer  # noqa: PLC0415 - paramiko takes 140 ms

        host_key = keys.ssh_key()
        self.identity = folder / "id_ed25519"
        """The client's private key, without a passphrase (0600)."""

        self.known_hosts = folder / "known_hosts"
        """Names the server's key, so that nobody has to be asked."""

        self.ssh_config = folder / "ssh_config"
        """For whoever goes there: the keys of the user's own agent are not offered."""

        keys.write_private(self.ssh_config, _SSH_CONFIG)
        client_key = keys.ssh_key(self.identity)
        mapped = {5280: ports.prosody, 8888: ports.jicofo, 8080: ports.bridge}
        server: SshServer = SshServer(
            host_key=host_key,
            client_key=client_key,
            user=self.user,
            processes=processes,
            env=self.environment,
            ports=mapped | {port: port for port in mapped.values()},
        )
        self._undo.callback(server.close)
        self.port = server.port
        line = f"[{self.address}]:{self.port} {host_key.get_name()} {host_key.get_base64()}\n"
        keys.write_private(self.known_hosts, line.encode())

    @property
    def environment(self) -> dict[str, str]:
        """What a command finds in its environment."""
        return {
            "HOME": str(self.root / "root"),
            "USER": self.user,
            "LOGNAME": self.user,
            "SHELL": "/bin/sh",
            "LANG": "C.UTF-8",
            "PATH": f"{self.root}/usr/bin:{_SYSTEM_PATH}",
            "TMPDIR": str(self.root / "tmp"),
        }

    def destination(self) -> str:
        """As one would type it: ``root@127.0.0.1:PORT``."""
        return f"{self.user}@{self.address}:{self.port}"

    def close(self) -> None:
        """End it, with everything that runs there. Safe to call twice."""
        with self._closing:
            self._undo.close()

    def __enter__(self) -> PracticeServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _check_machine() -> None:
    if sys.platform != "linux":
        raise DemoError(
            "the practice server needs Linux",
            "connect to a real server, or run jitsi-tui on a Linux machine",
        )
    if not os.access(_PERL, os.X_OK):
        raise DemoError(f"the practice server needs {_PERL}", "install perl-base")


def _layout(root: Path, ports: world.Ports) -> Layout:
    return Layout(
        root=str(root),
        path_first=str(root / "usr/bin"),
        manager="init",
        prosody_http=ports.prosody,
        jicofo_http=ports.jicofo,
        videobridge_http=ports.bridge,
        stable_seconds=_STABLE,
    )
