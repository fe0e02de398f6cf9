"""A client in a process of its own, to be killed: arguments are address, key, known_hosts."""

from __future__ import annotations

import sys
from pathlib import Path

from jitsi_tui.instance import facts
from jitsi_tui.instance.model import Step
from jitsi_tui.instance.transaction import apply
from jitsi_tui.ssh import client, destination
from jitsi_tui.ssh.prompts import NoPrompts

from .asked import prove
from .byhand import plan_by_hand


def main(address: str, key: str, known_hosts: str) -> None:
    """Applies the plan, and says each step as it begins."""
    where = destination.resolve(
        f"root@{address}", identity=Path(key), known_hosts=Path(known_hosts)
    )
    host = client.connect(where, prompts=NoPrompts())
    instance = facts.gather(host)
    plan = plan_by_hand(instance)

    def say(step: Step) -> None:
        if step.seconds is None:
            print(step.name, flush=True)

    apply.run(
        host,
        instance,
        plan,
        who="ada@desk",
        prove=lambda: prove(host, plan),
        decide=None,
        on_step=say,
        confirm_timeout=3.0,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
