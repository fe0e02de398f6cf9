"""After an account was removed, disabled or got a new password: what goes on, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from jitsi_tui import text
from jitsi_tui.instance import probe, services
from jitsi_tui.instance.access import Remembered, remembered
from jitsi_tui.instance.model import Instance, InstanceError, Verdict
from jitsi_tui.ssh.host import Host, HostError


@dataclass(frozen=True)
class Aftermath:
    """What the people of changed accounts can still do, and what it costs to end it."""

    access: Remembered
    verdict: Verdict | None
    """With how many meetings and people are on now."""

    jicofo_restarted: bool = False
    problem: str = ""
    """Why Jicofo could not be restarted."""

    @property
    def goes_on(self) -> bool:
        """Whether there is anything to end."""
        return self.access.until is not None and not self.jicofo_restarted

    def data(self) -> dict[str, object]:
        """For JSON."""
        until = None if self.jicofo_restarted else self.access.until
        return {
            "may_open_until": None
            if until is None
            else until.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "jicofo_restarted": self.jicofo_restarted,
        }

    def lines(self) -> tuple[str, ...]:
        """For people."""
        if self.jicofo_restarted:
            return ("● Jicofo was restarted: it remembers no login any more",)
        if self.problem:
            return (f"✖ Jicofo was not restarted: {self.problem}", f"▲ {self.access.sentence}")
        if not self.access.sentence:
            return ()
        lines = [f"▲ {self.access.sentence}"]
        if self.goes_on:
            lines.append(f"  End it with --restart-jicofo ({self.cost()}).")
        return tuple(lines)

    def cost(self) -> str:
        """Whom a restart of Jicofo hits now."""
        calls = text.calls(self.verdict)
        if not calls:
            return "running meetings rejoin"
        return "no calls now" if calls == "no calls now" else f"{calls} rejoin"

    def restarted(self, host: Host, instance: Instance) -> Aftermath:
        """Restart Jicofo, which forgets every login; says so where it did not come back."""
        try:
            services.restart(host, instance, "jicofo")
        except (HostError, InstanceError) as error:
            return replace(self, problem=error.message)
        return replace(self, jicofo_restarted=True)


def aftermath(host: Host, instance: Instance) -> Aftermath:
    """Ask the running server how long it remembers logins."""
    verdict = probe.look(host, instance, timeout=10.0)
    return Aftermath(remembered(instance, verdict, datetime.now(UTC)), verdict)
