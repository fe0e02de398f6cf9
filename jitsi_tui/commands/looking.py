"""``status`` and ``services``. Prints nothing."""

from __future__ import annotations

from jitsi_tui import text
from jitsi_tui.commands import report
from jitsi_tui.commands.context import Context, opened
from jitsi_tui.commands.report import Answer
from jitsi_tui.instance import calls, services
from jitsi_tui.session.look import look


def status(context: Context) -> Answer:
    """``status``."""
    with opened(context) as (host, target):
        seen = look(
            host,
            target.layout,
            domain=context.arguments.domain,
            ask_server=not context.arguments.no_probe,
        )
    return report.status(context.arguments.destination, seen)


def list_services(context: Context) -> Answer:
    """``services`` and ``services restart``."""
    with opened(context) as (host, target):
        seen = look(host, target.layout, domain=context.arguments.domain, ask_server=False)
        instance = seen.instance
        if context.arguments.action != "restart":
            return report.services(instance.services, instance.taken)
        restarted = []
        if calls.hits(context.arguments.names):
            counted = calls.count(host, target.layout)
            tone, whom = text.whom_it_hits(context.arguments.names, counted)
            context.say(f"{text.mark(tone)} {whom[:1].upper()}{whom[1:]}.")
        for name in context.arguments.names:
            restarted.append(services.restart(host, instance, name))
            context.say(f"● {name} was restarted and is up")
    return report.services(tuple(restarted), instance.taken)
