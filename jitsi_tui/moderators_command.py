"""``moderators``: the accounts that open meetings, as commands. Prints nothing."""

from __future__ import annotations

from collections.abc import Callable

from jitsi_tui import invitations_command, report, text
from jitsi_tui.commands import Context, confirm, opened
from jitsi_tui.instance import moderators, passphrase, probe
from jitsi_tui.instance.model import RefusedError
from jitsi_tui.instance.posture import settings as settings_of
from jitsi_tui.report import Answer
from jitsi_tui.session import engine
from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import Host
from jitsi_tui.terminal import NoTerminalError, line_of_stdin, new_password


def run(context: Context) -> Answer:
    """``moderators``."""
    with opened(context) as (host, target):
        seen = engine.look(host, target.layout, domain=context.arguments.domain, ask_server=False)
        if context.arguments.action in invitations_command.RUN:
            return invitations_command.RUN[context.arguments.action](context, host, target, seen)
        return _MODERATORS[context.arguments.action](context, host, seen)


def _list(context: Context, host: Host, seen: engine.Look) -> Answer:
    del context
    instance = seen.instance
    return report.moderators(moderators.listing(host, instance.domain, instance.layout))


def _add(context: Context, host: Host, seen: engine.Look) -> Answer:
    instance = seen.instance
    if settings_of(instance).open:
        raise RefusedError(
            f"{instance.domain} is open: it knows no accounts yet",
            f"close it first: jitsi-tui secure {context.arguments.destination}",
        )
    return _with_password(
        context,
        lambda secret: moderators.add(
            host, instance.domain, instance.layout, context.arguments.name, secret
        ),
        "{} may open meetings",
    )


def _passwd(context: Context, host: Host, seen: engine.Look) -> Answer:
    instance = seen.instance
    return _with_password(
        context,
        lambda secret: moderators.set_password(
            host, instance.domain, instance.layout, context.arguments.name, secret
        ),
        "{} has a new password",
    )


def _with_password(context: Context, use: Callable[[Secret], str], done: str) -> Answer:
    arguments = context.arguments
    if arguments.generate:
        secret = passphrase.generate(context.settings.passphrase_bits)
        jid = use(secret)
        return Answer(
            {"jid": jid, "password": secret.reveal()},
            (f"● {done.format(jid)}", f"  Password (shown once): {secret.reveal()}"),
        )
    secret = _typed_password(context)
    jid = use(secret)
    return Answer({"jid": jid}, (f"● {done.format(jid)}",))


def _typed_password(context: Context) -> Secret:
    if context.arguments.password_stdin:
        return line_of_stdin()
    return new_password(context.prompts, context.arguments.name)


def _remove(context: Context, host: Host, seen: engine.Look) -> Answer:
    names = context.arguments.names
    instance = seen.instance
    if not context.arguments.yes:
        confirm(context, f"Remove {', '.join(names)} from {instance.domain}?")
    removals = moderators.remove(host, instance.domain, instance.layout, names)
    data = {
        "removed": [r.name for r in removals if r.existed and r.gone],
        "missing": [r.name for r in removals if not r.existed],
        "failed": [r.name for r in removals if r.existed and not r.gone],
    }
    lines = []
    for removal in removals:
        if not removal.existed:
            lines.append(f"○ {removal.name} was not there")
        elif removal.gone:
            lines.append(f"● {removal.name} is removed; open meetings of theirs go on")
        else:
            lines.append(f"✖ {removal.name} is still there: {removal.said}")
    bad = data["failed"] or data["missing"]
    return Answer(data, tuple(map(text.visible, lines)), 1 if bad else 0)


def _check(context: Context, host: Host, seen: engine.Look) -> Answer:
    if context.arguments.password_stdin:
        secret = line_of_stdin()
    else:
        typed = context.prompts.secret(f"Password of {context.arguments.name}: ")
        if typed is None:
            raise NoTerminalError("no password was given", "use --password-stdin")
        secret = typed
    name = context.arguments.name
    found = probe.check_login(host, seen.instance, name, secret, open_room=True)
    good = found.login and found.opens_room is not False
    jid = name if "@" in name else f"{name}@{seen.instance.domain}"
    return Answer(
        {"jid": jid, "login": found.login, "opens_room": found.opens_room},
        (text.visible(f"{text.mark('good' if good else 'bad')} {found.detail}"),),
        0 if good else 1,
    )


_MODERATORS: dict[str, Callable[[Context, Host, engine.Look], Answer]] = {
    "list": _list,
    "add": _add,
    "passwd": _passwd,
    "remove": _remove,
    "check": _check,
}
