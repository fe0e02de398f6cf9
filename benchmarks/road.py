"""``status`` and ``secure`` on a lab host, beside ``ssh DEST true`` on the same host."""

from __future__ import annotations

import json
from pathlib import Path

from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import Access, Policy
from jitsi_tui.session import engine
from jitsi_tui.session.look import look
from jitsi_tui.session.target import Access as Way
from jitsi_tui.session.target import Target
from jitsi_tui.ssh.host import Host
from jitsi_tui.ssh.prompts import NoPrompts
from tests.lab.cli import argv, jitsi_tui
from tests.lab.host import LabHost, Spec

from . import table

WAITS = ("restart", "stable", "healthy")
"""Steps that are the services' own time."""


def main() -> None:
    """Boot a host, measure, print."""
    with LabHost(Spec(release="bookworm", generation="fixture")) as host:
        host.wait_for_jitsi()
        true = table.process([*host.ssh_argv(), "true"])
        status = table.process(argv(host, "status", "--json"), expect=(0, 1))
        looking, planning = commands(host)
        secure = json.loads(jitsi_tui(host, "secure", "--yes", "--json").out)
    steps = {step["name"]: step["seconds"] for step in secure["steps"]}
    table.show(
        ("what", "measured", "wanted"),
        [
            ("ssh DEST true", f"{true:.3f} s", ""),
            ("status", f"{status:.3f} s", "at most 0.6 s"),
            ("status / ssh true", f"{status / true:.1f}", "at most 3"),
            ("status, remote commands", str(looking), "at most 3"),
            ("secure, remote commands", str(planning), "at most 8"),
        ],
    )
    print()
    table.show(("step of secure", "seconds"), [(n, f"{s:.3f}") for n, s in steps.items()])
    print(f"\nall steps: {sum(steps.values()):.2f} s")


def commands(host: LabHost) -> tuple[int, int]:
    """Remote commands of a look, and of a whole apply (which is undone again)."""
    way = Way(
        f"root@{host.address}",
        identity=host.key,
        known_hosts=host.known_hosts,
        ssh_config=Path("/dev/null"),
    )
    opened: Host = Target(way).open(NoPrompts())
    try:
        seen = look(opened, Layout())
        looking = opened.commands_run
        planned = engine.plan_policy(opened, seen, Policy(Access.ACCOUNTS))
        engine.run_plan(opened, seen, planned, engine.ApplyOptions(who="benchmark"))
        total = opened.commands_run
        seen = look(opened, Layout())
        undone = engine.plan_undo(opened, seen, None)
        engine.run_plan(opened, seen, undone, engine.ApplyOptions(who="benchmark"))
    finally:
        opened.close()
    return looking, total


if __name__ == "__main__":
    main()
