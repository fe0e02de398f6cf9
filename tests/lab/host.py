"""A real Debian host with a Jitsi Meet: boots in a few seconds and leaves nothing behind."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from . import generations, rootfs, workedout
from .cache import client_key
from .errors import LabError
from .inroot import InRoot
from .slots import Slot, claim, pids_in

_FILES = Path(__file__).parent / "files"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_BOOT_SECONDS = 120.0
LOG_KILOBYTES = 256 * 1024

Prepare = Callable[[InRoot], None]


@dataclass(frozen=True)
class Spec:
    """What kind of host is wanted."""

    release: str = "bookworm"
    """``bullseye``, ``bookworm`` or ``trixie``."""

    generation: str | None = "debian-2026"
    """A folder of the corpus, ``fixture`` (the lab's own files), ``docker``, or no Jitsi at all."""

    domain: str = "meet.example.org"

    systemd: bool = True
    """Without it: sshd and init scripts alone."""

    free_kilobytes: Mapping[str, int] = field(default_factory=dict)
    """Folders that lie on a small file system, and how much is free in each when the host is up."""

    persistent: bool = False
    """Changes lie on an ext4 image, so that ``power_cut`` and ``boot`` bring the same host back."""

    tcp_forwarding: bool = True
    kill_user_processes: bool = False

    prepare: Prepare | None = None
    """Last touches on the host's files before it boots."""

    behind: LabHost | None = None
    """A host through which alone this one can be reached."""


class LabHost:
    """One host, from ``start`` to ``stop``; as a context manager too."""

    def __init__(self, spec: Spec | None = None) -> None:
        self.spec = spec or Spec()
        self.key = client_key()
        self._slot: Slot | None = None
        self._process: subprocess.Popen[str] | None = None
        self._leader = 0
        self.booted = datetime.min.replace(tzinfo=UTC)
        """When its last boot began."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def slot(self) -> Slot:
        if self._slot is None:
            raise LabError("the host was not started")
        return self._slot

    @property
    def name(self) -> str:
        return self.slot.name

    @property
    def address(self) -> str:
        """Where sshd, nginx and the rest listen."""
        return self.slot.address

    @property
    def domain(self) -> str:
        return self.spec.domain

    @property
    def leader(self) -> int:
        """The host's first process, as this machine counts."""
        return self._leader

    @property
    def known_hosts(self) -> Path:
        """A known_hosts file that has this host's key."""
        return self.slot.notes / "known_hosts"

    @property
    def console(self) -> str:
        """What the host said while booting."""
        return (self.slot.notes / "console.log").read_text(errors="replace")

    @property
    def image(self) -> Path:
        """The ext4 image under a persistent host."""
        return self.slot.image

    @property
    def files(self) -> InRoot:
        """The host's files while it runs."""
        return InRoot(Path(f"/proc/{self._leader}/root"))

    def start(self) -> None:
        """Make the host, boot it, and wait until ssh and its Jitsi answer."""
        base = rootfs.build(self.spec.release)
        self._slot = claim()
        try:
            self.slot.notes.mkdir(exist_ok=True)
            if self.spec.persistent:
                self._make_image()
            self._boot(base, fresh=True)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End everything that belongs to the host. Safe to call twice."""
        with suppress(OSError, LabError):  # it may have ended, or never begun
            workedout.keep(self.files, self.spec.release)
        self._end_process()
        if self._slot is not None:
            self._slot.release()
            self._slot = None

    def power_cut(self) -> None:
        """Stop the host without a word to anything on it."""
        self.slot.clear()
        self._end_process()

    def power_off(self) -> None:
        """Shut the host down as ``poweroff`` does."""
        self.run(["systemctl", "poweroff", "--no-block"], check=False)
        if self._process is not None:
            self._process.wait(timeout=60)
        self.power_cut()

    def boot(self) -> None:
        """Boot a persistent host again, with all that was on its disk."""
        if not self.spec.persistent:
            raise LabError("only a host with persistent=True can boot twice")
        self.slot.prepare()
        self._boot(rootfs.build(self.spec.release), fresh=False)

    def run(
        self,
        command: str | Sequence[str],
        *,
        user: str = "root",
        text: str | None = None,
        check: bool = True,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Run something inside without ssh. Raises ``LabError`` on failure if ``check``."""
        argv = ["sh", "-c", command] if isinstance(command, str) else list(command)
        if user != "root":
            argv = ["runuser", "-u", user, "--", *argv]
        inside = ["nsenter", "--target", str(self._leader), "--mount", "--uts", "--ipc", "--net"]
        inside += ["--pid", "--root", "--wd", "env", "-i", f"PATH={_PATH}", "LC_ALL=C.UTF-8"]
        done = subprocess.run(
            [*inside, *argv],
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
        if check and done.returncode:
            said = (done.stderr or done.stdout)[-2000:]
            raise LabError(f"{shlex.join(argv)}: exit {done.returncode}: {said}")
        return done

    def ssh_argv(self, user: str = "root") -> list[str]:
        """OpenSSH's client up to the command, with the lab's key."""
        options = [
            *("BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes"),
            f"UserKnownHostsFile={self.known_hosts}",
        ]
        flags = [word for option in options for word in ("-o", option)]
        return ["ssh", "-F", "none", *flags, "-i", str(self.key), f"{user}@{self.address}"]

    def processes(self) -> dict[int, str]:
        """Every process of the host as this machine counts, with its command line."""
        found = {}
        for pid in {pid for group in self.slot.cgroups for pid in pids_in(group)}:
            try:
                line = Path(f"/proc/{pid}/cmdline").read_bytes()
            except OSError:
                continue
            found[pid] = line.replace(b"\0", b" ").decode(errors="replace").strip()
        return found

    def jicofos(self) -> list[str]:
        """Those that run or begin: its init script does not wait for the one that it stops."""
        signs = (b"standin", b"/usr/share/jicofo/jicofo.sh")
        found = []
        for path in Path(f"/proc/{self._leader}/root/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):  # it ended meanwhile
                line = path.read_bytes()
                found += [line.decode(errors="replace")] if any(it in line for it in signs) else []
        return found

    def listening(self) -> set[int]:
        """The TCP ports on which something listens inside."""
        return {_port(fields[1]) for fields in self._sockets() if fields[3] == "0A"}

    def _sockets(self) -> Iterator[list[str]]:
        """The fields of proc(5) of every TCP socket inside."""
        for table in ("tcp", "tcp6"):
            for line in Path(f"/proc/{self._leader}/net/{table}").read_text().splitlines()[1:]:
                yield line.split()

    def authorize(self, user: str, public_key: str) -> None:
        """Let a further key in."""
        home = "/root" if user == "root" else f"/home/{user}"
        path = self.files.path(f"{home}/.ssh/authorized_keys")
        with path.open("a") as handle:
            handle.write(public_key.rstrip("\n") + "\n")

    def wait_for(
        self,
        what: str,
        condition: Callable[[], bool],
        seconds: float = 90,
        *,
        pause: float = 0.02,
    ) -> None:
        """Wait until something holds; raises ``LabError`` that names it."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise LabError(
                    f"{self.name}: no {what} after {seconds:.0f} s\n{self._last_words()}"
                )
            if self._process is not None and self._process.poll() is not None:
                raise LabError(f"{self.name} ended while waiting for {what}\n{self._last_words()}")
            time.sleep(pause)

    def wait_for_jitsi(self, seconds: float = 120) -> None:
        """Wait until every service listens and jicofo has logged in to Prosody."""
        self._wait_for_jicofo(seconds)
        wanted = generations.ports(self.spec.generation)
        self._wait_for_ports("listening services", wanted, seconds)
        self._wait_for_jicofo(seconds)  # What its log said before may be of the boot before.

    def _wait_for_jicofo(self, seconds: float) -> None:
        if generations.has_jicofo(self.spec.generation):
            self.wait_for("jicofo at Prosody", self._jicofo_is_registered, seconds)

    def _wait_for_ports(self, what: str, ports: Set[int], seconds: float) -> None:
        """With pauses: the kernel walks through all of its tables for each question."""
        self.wait_for(what, lambda: ports <= self.listening(), seconds, pause=0.1)

    def _jicofo_is_registered(self) -> bool:
        """By its log, and by what there is: the log may end before what happened last."""
        log = "/var/log/jitsi/jicofo.log"
        text = self.files.read(log) if self.files.exists(log) else ""
        text = text.rpartition("Starting jicofo")[2]
        ways = {"#251: ": 5222}
        if self.spec.generation == "debian-2020":
            ways["#251: Component: "] = 5347
        said = all(text.rfind(f"{it}Registered.") > text.rfind(f"{it}Disconnected") for it in ways)
        return said and self._jicofo_reaches(set(ways.values())) and len(self.jicofos()) == 1

    def _jicofo_reaches(self, ports: set[int]) -> bool:
        """Whether its connections stand: not those to a Prosody that was stopped."""
        uid = str(generations.JICOFO_UID)
        its = [fields for fields in self._sockets() if fields[7] == uid and fields[3] == "01"]
        return ports <= {_port(fields[2]) for fields in its}

    def _boot(self, base: Path, *, fresh: bool) -> None:
        self.booted = datetime.now(UTC)
        self._process = subprocess.Popen(
            [
                "unshare",
                "--mount",
                "--net",
                "--propagation",
                "slave",
                "sh",
                str(_FILES / "boot.sh"),
            ],
            env=self._environment(base),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        pid = self._process.pid
        assert self._process.stdin and self._process.stdout and self._process.stderr
        if self._process.stdout.readline() != "ready\n":
            raise LabError(f"the host's tree could not be made: {self._process.stderr.read()}")
        self._cable(pid)
        if fresh:
            tree = InRoot(Path(f"/proc/{pid}/root{self.slot.folder}/root"))
            generations.install(tree, self.spec, self.slot.notes, self.address)
        self._process.stdin.write("go\n")
        self._process.stdin.close()
        self.wait_for("first process", self._find_leader, _BOOT_SECONDS)
        self.wait_for_jitsi(_BOOT_SECONDS)  # sshd too: it is one of the ports

    def _environment(self, base: Path) -> dict[str, str]:
        small = dict(self.spec.free_kilobytes)
        if not self.spec.persistent:
            small = {"/var/log": LOG_KILOBYTES} | small
        return {
            "PATH": _PATH,
            "LAB_NAME": self.name,
            "LAB_HOSTNAME": self.domain.split(".", 1)[0],
            "LAB_FOLDER": str(self.slot.folder),
            "LAB_CGROUPS": " ".join(map(str, self.slot.cgroups)),
            "LAB_BASE": str(base),
            "LAB_IMAGE": str(self.image) if self.spec.persistent else "",
            "LAB_TMPFS": " ".join(f"{path}={size}" for path, size in small.items()),
            "LAB_CONSOLE": str(self.slot.notes / "console.log"),
            "LAB_SYSTEMD": "yes" if self.spec.systemd else "no",
            "LAB_PLAIN_INIT": str(_FILES / "plain-init.sh"),
        }

    def _cable(self, pid: int) -> None:
        """A cable from this machine, or from the host that this one is behind."""
        slot = self.slot
        near = str(self.spec.behind.leader) if self.spec.behind else str(os.getpid())
        _ip(near, f"link add {slot.link} type veth peer name eth0 netns {pid}")
        _ip(near, f"addr add {slot.near}/30 dev {slot.link}", f"link set {slot.link} up")
        _ip(
            str(pid),
            "link set lo up",
            f"addr add {slot.address}/30 dev eth0",
            "link set eth0 up",
            f"route add default via {slot.near}",
        )

    def _find_leader(self) -> bool:
        for pid in {pid for group in self.slot.cgroups for pid in pids_in(group)}:
            try:
                status = Path(f"/proc/{pid}/status").read_text()
            except OSError:
                continue
            numbers = status.split("NSpid:", 1)[1].splitlines()[0].split()
            if len(numbers) == 2 and numbers[1] == "1":
                self._leader = pid
                return os.path.ismount(f"/proc/{pid}/root/run")
        return False

    def _make_image(self) -> None:
        self.image.parent.mkdir(parents=True, exist_ok=True)
        with self.image.open("wb") as handle:
            handle.truncate(1024 * 1024 * 1024)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self.image)], check=True)

    def _end_process(self) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.kill()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        self._process.wait(timeout=60)
        self._process = None

    def _last_words(self) -> str:
        try:
            return self.console[-2000:]
        except OSError:
            return ""


def _port(address: str) -> int:
    """Of an address as proc(5) has it."""
    return int(address.rpartition(":")[2], 16)


def _ip(pid: str, *commands: str) -> None:
    """Run ``ip`` commands in the network namespace of a process."""
    done = subprocess.run(
        ["nsenter", "--target", pid, "--net", "ip", "-batch", "-"],
        input="".join(f"{command}\n" for command in commands),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise LabError(f"ip: {done.stderr}")
