"""A server under a folder: real files, real processes, the real programs; no root needed."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import (
    Absent,
    Applied,
    Backup,
    Expectation,
    FileChange,
    Instance,
    Jicofo,
    Outcome,
    Plan,
    Prosody,
    Step,
)
from jitsi_tui.instance.transaction.manifest import parse
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import MAX_OUTPUT, CommandTimeoutError, Result, Tcp
from tests.ports import free_port

PROSODY = "/etc/prosody/conf.avail/meet.example.org.cfg.lua"
JICOFO = "/etc/jitsi/jicofo/jicofo.conf"
OPEN = b'VirtualHost "meet.example.org"\n    authentication = "jitsi-anonymous"\n'
SECURE = b'VirtualHost "meet.example.org"\n    authentication = "internal_hashed"\n'
JICOFO_OPEN = b"jicofo {\n  xmpp { client { password = hush } }\n}\n"
JICOFO_SECURE = (
    b"jicofo {\n  authentication { enabled: true }\n  xmpp { client { password = hush } }\n}\n"
)

SERVICE = """#!{python}
import os, signal, socket, subprocess, sys, time
ROOT = {root!r}
NAME, VERB = sys.argv[1:3]
PORTS = {ports!r}
FILES = {files!r}
PID = ROOT + ("/run/prosody/prosody.pid" if NAME == "prosody" else "/run/" + NAME + ".pid")
HOW = ROOT + "/how/" + NAME

def how():
    try:
        return open(HOW).read().split()
    except OSError:
        return []

def stop():
    if "stop-does-nothing" in how():
        return
    try:
        os.kill(int(open(PID).read()), signal.SIGTERM)
    except (OSError, ValueError):
        pass

def start():
    if "hangs" in how():
        time.sleep(600)
    if "start-does-nothing" in how():
        return
    text = open(ROOT + FILES[NAME]).read()
    log = ROOT + "/var/log/" + NAME + ".log"
    os.makedirs(os.path.dirname(log), exist_ok=True)
    if os.fork():
        return
    os.setsid()
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    if "BROKEN" in text:
        os._exit(1)
    with open(PID, "w") as out:
        out.write(str(os.getpid()))
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for _ in range(1200):
        try:
            server.bind(("127.0.0.1", PORTS[NAME]))
            break
        except OSError:
            time.sleep(0.05)
    server.listen(50)
    server.settimeout(0.2)
    end = time.monotonic() + 300
    while time.monotonic() < end:
        try:
            server.accept()[0].close()
            if "DIES" in text:
                os._exit(1)
        except TimeoutError:
            pass

if VERB in ("stop", "restart"):
    stop()
if VERB in ("start", "restart"):
    start()
"""

PROSODYCTL = """#!/bin/sh
echo "Prosody was configured by somebody"
grep -q 'syntax error' {root}{file} && echo "Error: syntax error in {file}"
exit 1
"""


class ProcessStream:
    """A child's pipes as a ``Stream``."""

    as_root = False

    def __init__(self, command: Command) -> None:
        self.process = subprocess.Popen(
            command.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        self.write(command.stdin)

    def read(self, size: int = 65536, timeout: float | None = None) -> bytes:
        assert self.process.stdout
        if not select.select([self.process.stdout], [], [], timeout)[0]:
            raise CommandTimeoutError("nothing yet")
        return os.read(self.process.stdout.fileno(), size)

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        view = memoryview(data)
        while view:
            view = view[self.process.stdin.write(view) or 0 :]

    def close_input(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()

    def stderr(self) -> bytes:
        assert self.process.stderr
        return self.process.stderr.read() or b""

    def exit_status(self, timeout: float | None = None) -> int | None:
        return self.process.wait(timeout)

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe and not pipe.closed:
                pipe.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class ProcessHost:
    """This machine, without root: what a ``Host`` must be for the transaction."""

    name = "here"
    user = "somebody"
    via: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.streams: list[ProcessStream] = []

    @property
    def commands_run(self) -> int:
        return len(self.commands)

    def run(
        self, command: Command, *, timeout: float | None = None, limit: int = MAX_OUTPUT
    ) -> Result:
        self.commands.append(command)
        done = subprocess.run(
            command.argv, input=command.stdin, capture_output=True, timeout=timeout, check=False
        )
        return Result(done.returncode, done.stdout, done.stderr, False)

    def stream(self, command: Command) -> ProcessStream:
        self.commands.append(command)
        self.streams.append(ProcessStream(command))
        return self.streams[-1]

    def connect_tcp(self, address: str, port: int, *, timeout: float = 5.0) -> Tcp:
        return socket.create_connection((address, port), timeout)

    def ping(self, timeout: float = 5.0) -> float:
        return 0.0

    def close(self) -> None:
        pass


class Tree:
    """The server: its files, its two services, and how they misbehave."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ports = {"prosody": free_port(), "jicofo": free_port()}
        self.host = ProcessHost()
        self.steps: list[Step] = []
        for path, data in ((PROSODY, OPEN), (JICOFO, JICOFO_OPEN)):
            self.write(path, data)
        for name in ("run/prosody", "how", "bin", "etc/init.d", "var/backups"):
            (root / name).mkdir(parents=True, exist_ok=True)
        for name in self.ports:
            (root / "etc/init.d" / name).touch()
        files = {"prosody": PROSODY, "jicofo": JICOFO}
        service = SERVICE.format(
            python=sys.executable, root=str(root), ports=self.ports, files=files
        )
        self._script("service", service)
        self._script("prosodyctl", PROSODYCTL.format(root=root, file=PROSODY))

    def _script(self, name: str, text: str) -> None:
        path = self.root / "bin" / name
        # In the old one's place: what still starts somewhere can't be written to.
        fresh = path.with_name(f"{name}.new")
        fresh.write_text(text)
        fresh.chmod(0o755)
        fresh.rename(path)

    def under_strace(self, output: str, *options: str) -> None:
        """From now on the run goes under strace; ``output`` gets what it prints."""
        self._script(
            "perl",
            '#!/bin/sh\ncase " $* " in *" --mode=run "*)\n'
            f'exec strace -qq -y -o {output} {" ".join(options)} /usr/bin/perl "$@" ;; esac\n'
            'exec /usr/bin/perl "$@"\n',
        )

    def path(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def write(self, path: str, data: bytes) -> None:
        self.path(path).parent.mkdir(parents=True, exist_ok=True)
        self.path(path).write_bytes(data)

    def read(self, path: str) -> bytes:
        return self.path(path).read_bytes()

    def misbehave(self, service: str, *how: str) -> None:
        (self.root / "how" / service).write_text(" ".join(how))

    def service(self, name: str, verb: str) -> None:
        subprocess.run([self.root / "bin/service", name, verb], check=True)

    def start_services(self) -> None:
        for name, port in self.ports.items():
            self.service(name, "start")
            wait_until(lambda port=port: answers(port))

    def stop_services(self) -> None:
        for name in self.ports:
            pid = self.pid(name)
            if pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def pid(self, name: str) -> int | None:
        path = "run/prosody/prosody.pid" if name == "prosody" else f"run/{name}.pid"
        try:
            pid = int((self.root / path).read_text())
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (OSError, ValueError):
            return None
        return None if state == "Z" else pid

    def layout(self) -> Layout:
        return Layout(
            root=str(self.root),
            path_first=str(self.root / "bin"),
            manager="init",
            prosody_http=self.ports["prosody"],
            jicofo_http=self.ports["jicofo"],
            videobridge_http=1,
            stable_seconds=0.5,
        )

    def instance(self) -> Instance:
        absent = Absent()
        return Instance(
            hostname="here",
            domain="meet.example.org",
            domains=("meet.example.org",),
            taken=datetime.now(UTC),
            utc_offset=0,
            as_root=False,
            os="Debian",
            systemd=False,
            prosody=Prosody(absent, absent, {}, absent),
            meet=absent,
            jicofo=Jicofo(absent, absent),
            services=(),
            accounts=absent,
            layout=self.layout(),
        )

    def plan(self, *changes: FileChange, undoes: str | None = None) -> Plan:
        changes = changes or (
            FileChange(PROSODY, self.read(PROSODY), SECURE),
            FileChange(JICOFO, self.read(JICOFO), JICOFO_SECURE),
        )
        return Plan(
            domain="meet.example.org",
            summary="close meet.example.org to strangers",
            changes=changes,
            restarts=("prosody", "jicofo"),
            expectation=Expectation(False, False, "xmpp"),
            undoes=undoes,
        )

    def apply(self, plan: Plan | None = None, **more: object) -> Applied:
        from jitsi_tui.instance.transaction import apply

        options: dict[str, object] = {
            "who": "somebody@desk",
            "prove": lambda: (Outcome.PROVED, None, ()),
            "decide": None,
            "on_step": self.steps.append,
            "confirm_timeout": 20.0,
        }
        options.update(more)
        return apply.run(self.host, self.instance(), plan or self.plan(), **options)  # type: ignore[arg-type]

    def backups(self) -> list[Backup]:
        folder = self.root / "var/backups/jitsi-tui"
        return [parse(path.read_bytes()) for path in sorted(folder.glob("*/manifest"))]

    def strays(self) -> list[str]:
        """What an ended run must not have left."""
        found = [str(p) for p in (self.root / "etc").rglob("*jitsi-tui*")]
        found += [str(p) for p in (self.root / "run").rglob("*jitsi-tui*")]
        found += [str(p) for p in (self.root / "var/backups").rglob("phase.*")]
        found += [str(p) for p in (self.root / "var/backups").rglob("program")]
        return found


def answers(port: int) -> bool:
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def wait_until(holds, seconds: float = 60.0) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
