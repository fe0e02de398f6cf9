"""A real server under a change: what it was, what it is, and what a run left on it."""

from __future__ import annotations

import dataclasses
import re
import shlex
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from jitsi_tui.instance import facts
from jitsi_tui.instance.model import Applied, Instance, Outcome, Plan, Step, Verdict
from jitsi_tui.instance.transaction import apply
from jitsi_tui.ssh import client, destination
from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import ForwardError, Host
from jitsi_tui.ssh.prompts import NoPrompts
from tests.lab.host import LabHost
from tests.lab.rootfs import ADMIN_PASSWORD

from .asked import posture, prove
from .byhand import plan_by_hand

Decide = Callable[[tuple[str, ...], float], bool]
Proof = tuple[Outcome, Verdict | None, tuple[str, ...]]
SERVICES = ("prosody", "jicofo", "jitsi-videobridge2", "nginx")
RUN = "/run/jitsi-tui"
BACKUPS = "/var/backups/jitsi-tui"


@dataclass(frozen=True)
class Snapshot:
    """What must be as before: files with all that belongs to them, and the services."""

    files: str
    services: str


@contextmanager
def connection(lab: LabHost, user: str = "root") -> Iterator[Host]:
    """A connection of our own kind to a lab host."""
    where = destination.resolve(
        f"{user}@{lab.address}", identity=lab.key, known_hosts=lab.known_hosts
    )
    password = Secret(ADMIN_PASSWORD)
    host = client.connect(where, prompts=NoPrompts(), sudo_password=password, timeout=60)
    try:
        yield host
    finally:
        host.close()


@dataclass
class World:
    """One lab host, one connection, one plan."""

    lab: LabHost
    host: Host
    instance: Instance
    plan: Plan
    steps: list[Step] = field(default_factory=list)
    hooks: dict[tuple[str, str], Callable[[], object]] = field(default_factory=dict)
    """What happens when a step begins or ends: ``("begin", "restart prosody")`` to an act."""

    backup: str = ""
    meta: str = ""
    """The id of the run, once it is known."""

    user: str = "root"
    opened: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def look(cls, lab: LabHost, host: Host) -> World:
        instance = facts.gather(host)
        return cls(lab, host, instance, plan_by_hand(instance))

    def prove(self) -> Proof:
        """Asked of the running server, by other means than the app's."""
        return prove(self.host, self.plan)

    def posture(self, seconds: float = 60.0) -> str:
        """``open`` or ``secure`` once the services are up, else what they say at the end."""
        end = time.monotonic() + seconds
        while True:
            try:
                now = posture(self.host, self.plan.domain)
            except (ForwardError, OSError) as error:
                now = str(error)
            if now in ("open", "secure") or time.monotonic() > end:
                return now
            time.sleep(0.2)

    def apply(
        self,
        prove: Callable[[], Proof] | None = None,
        *,
        who: str = "ada@desk",
        confirm: float = 60.0,
        cancel: threading.Event | None = None,
        restart_all: bool = False,
        decide: Decide | None = None,
        when_idle: bool = False,
    ) -> Applied:
        return apply.run(
            self.host,
            self.instance,
            self.plan,
            who=who,
            prove=prove or self.prove,
            decide=decide,
            on_step=self._on_step,
            confirm_timeout=confirm,
            cancel=cancel,
            restart_all=restart_all,
            when_idle=when_idle,
        )

    def _on_step(self, step: Step) -> None:
        self.steps.append(step)
        when = "begin" if step.seconds is None else "end"
        act = self.hooks.pop((when, step.name), None)
        if act:
            act()

    def replan(self) -> None:
        """Look again and plan anew."""
        self.instance = facts.gather(self.host)
        self.plan = plan_by_hand(self.instance)

    def snapshot(self) -> Snapshot:
        """Bytes, owner, mode, ACL, attributes and links of each file; which services run."""
        quoted = " ".join(shlex.quote(change.path) for change in self.plan.changes)
        files = self.lab.run(
            f"for f in {quoted}; do sha256sum $f; stat -c '%U:%G %a %h %F' $f;"
            " getfacl -cp $f; getfattr -d -m - $f 2>/dev/null; lsattr $f 2>/dev/null; done"
        ).stdout
        return Snapshot(files, self.services())

    def services(self) -> str:
        """Which services have a process; not which one."""
        found = []
        for name, sign in PROCESSES.items():
            running = self.lab.run(["pgrep", "-f", sign], check=False).returncode == 0
            found.append(f"{name} {'runs' if running else 'is down'}")
        return ", ".join(found)

    def contents(self) -> dict[str, bytes]:
        return {
            change.path: self.lab.files.path(change.path).read_bytes()
            for change in self.plan.changes
        }

    def is_old(self) -> bool:
        return self.contents() == {c.path: c.before for c in self.plan.changes}

    def is_new(self) -> bool:
        return self.contents() == {c.path: c.after for c in self.plan.changes}

    def strays(self, seconds: float = 60.0) -> list[str]:
        """What is left of a run a moment after its end: files, units, processes, locks."""
        end = time.monotonic() + seconds
        while (found := self._strays()) and time.monotonic() < end:
            time.sleep(0.1)
        return found

    def _strays(self) -> list[str]:
        said = self.lab.run(
            "find /etc /run /tmp /dev/shm /root -xdev -name '*jitsi-tui*' 2>/dev/null;"
            f"find {BACKUPS} -name 'phase.*' -o -name program -o -name proof -o -name '*.part'"
            " 2>/dev/null;"
            "systemctl list-units --all --no-legend 'jitsi-tui*' 2>/dev/null;"
            "pgrep -af '[a]pply.pl'",
            check=False,
        ).stdout
        return [line for line in said.splitlines() if line]

    def running_id(self) -> str:
        """The id of the run that is going on."""
        said = self.lab.run(f"ls {RUN}").stdout
        return str(re.findall(r"\d{8}T\d{6}Z-\d+", said)[-1])

    def wait_until_over(self, seconds: float = 90.0) -> None:
        """Until no run is left on the server, however it ended."""
        over = f"! {{ ls {RUN}/*/process || ls {BACKUPS}/*/phase.*; }} >/dev/null 2>&1"
        done = lambda: self.lab.run(over, check=False).returncode == 0  # noqa: E731
        self.lab.wait_for("end of the run", done, seconds)

    def reconnect(self) -> None:
        """A new connection in the place of the old one."""
        self.host = self.opened.enter_context(connection(self.lab, self.user))

    def run_pid(self) -> int:
        """The process of the run that is going on."""
        said = self.lab.run(f"cat {RUN}/*/process").stdout
        return int(said.split()[0])

    def backups(self) -> list[str]:
        said = self.lab.run(f"ls {BACKUPS} 2>/dev/null", check=False).stdout
        return re.findall(r"\S+", said)

    def with_plan(self, **changes: object) -> World:
        self.plan = dataclasses.replace(self.plan, **changes)  # type: ignore[arg-type]
        return self


PROCESSES = {
    "prosody": "/usr/bin/[p]rosody",
    "jicofo": "[s]tandin",
    "jitsi-videobridge2": "[v]ideobridge",
    "nginx": "[n]ginx: master",
}
