"""One look at a server: what all that is done there starts with."""

from __future__ import annotations

from dataclasses import dataclass

from jitsi_tui.instance import facts, findings, probe
from jitsi_tui.instance.asking import Told
from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import Finding, Instance, Posture, Verdict
from jitsi_tui.instance.posture import Settings, posture, settings
from jitsi_tui.ssh.host import Host


@dataclass(frozen=True)
class Look:
    """One look at a server: its files, its answers, and what we make of both."""

    instance: Instance
    verdict: Verdict | None
    posture: Posture
    findings: tuple[Finding, ...]
    settings: Settings
    """What its files want."""


def look(
    host: Host,
    layout: Layout,
    *,
    domain: str | None = None,
    ask_server: bool = True,
    told: Told | None = None,
) -> Look:
    """Gather the facts, ask the server as a browser would, and judge; ``told``: see ``gather``."""
    instance = facts.gather(host, domain=domain, layout=layout, told=told)
    verdict = probe.look(host, instance) if ask_server and instance.docker is None else None
    return Look(
        instance,
        verdict,
        posture(instance, verdict),
        findings.findings(instance, verdict),
        settings(instance),
    )
