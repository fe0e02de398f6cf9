"""``status`` and ``services``. Prints nothing."""

from __future__ import annotations

from jitsi_tui import text
from jitsi_tui.commands import report
from jitsi_tui.commands.context import Context, opened
from jitsi_tui.commands.report import Answer
from jitsi_tui.instance import calls, services
from jitsi_tui.session.look import Look, look
from jitsi_tui.session.target import Target
from jitsi_tui.ssh.host import Host


def first_look(context: Context, host: Host, target: Target, *, ask_server: bool) -> Look:
    """What a command begins with; what the server said ahead of it counts."""
    domain = context.arguments.domain
    return look(host, target.layout, domain=domain, ask_server=ask_server, told=target.told())


def status(context: Context) -> Answer:
    """``status``."""
    with opened(context) as (host, target):
        seen = first_look(context, host, target, ask_server=not context.arguments.no_probe)
    return report.status(context.arguments.destination, seen)


def list_services(context: Context) -> Answer:
    """``services`` and ``services restart``."""
    with opened(context) as (host, target):
        seen = first_look(context, host, target, ask_server=False)
        instance = seen.instance
        if context.arguments.action != "restart":
            return report.services(instance.services, instance.taken)
        restarted = []
        if calls.hits(context.arguments.names):
            counted = calls.count(host, target.layout)
            tone, whom = text.whom_it_hits(context.arguments.names, counted)
            context.say(f"{text.mark(tone)} {whom[:1].upper()}{whom[1:]}.")
        for name in context.arguments.names:
            context.begun.append(f"the restart of {name}")
            restarted.append(services.restart(host, instance, name))
            context.say(f"● {name} was restarted and is up")
    return report.services(tuple(restarted), instance.taken)
