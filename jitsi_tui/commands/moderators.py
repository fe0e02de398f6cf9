"""``moderators``: the accounts that open meetings, as commands. Prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from jitsi_tui import private_file, text
from jitsi_tui.commands import invitations as invitations_command
from jitsi_tui.commands import moderators_bulk as moderators_bulk_command
from jitsi_tui.commands.context import Context, confirm, interruptions, opened, show
from jitsi_tui.commands.looking import first_look
from jitsi_tui.commands.moderators_report import (
    kept_removals,
    listed,
    removed,
    restored,
    switched,
)
from jitsi_tui.commands.report import Answer
from jitsi_tui.commands.terminal import NoTerminalError, line_of_stdin, new_password
from jitsi_tui.instance import probe
from jitsi_tui.instance.accounts import changes as account_changes
from jitsi_tui.instance.accounts import export, keeper, moderators, passphrase
from jitsi_tui.instance.accounts.following import Listener
from jitsi_tui.instance.model import RefusedError
from jitsi_tui.instance.posture import settings as settings_of
from jitsi_tui.session import people
from jitsi_tui.session.aftermath import Aftermath, aftermath
from jitsi_tui.session.look import Look
from jitsi_tui.session.target import Target
from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import Host

_TELL_EVERY = 50


def run(context: Context) -> Answer:
    """``moderators``."""
    with opened(context) as (host, target):
        seen = first_look(context, host, target, ask_server=False)
        if context.arguments.action in invitations_command.RUN:
            return invitations_command.RUN[context.arguments.action](context, host, target, seen)
        if getattr(context.arguments, "from_file", None) is not None:
            return moderators_bulk_command.add(context, host, target, seen)
        if context.arguments.action in _CHANGES:
            keeper.refuse_changes(seen.instance.domain, settings_of(seen.instance))
        if context.arguments.action in _OF_MANY:
            return _OF_MANY[context.arguments.action](context, host, target, seen)
        return _ACTIONS[context.arguments.action](context, host, seen)


def _days(context: Context) -> int:
    return int(context.settings.removed_kept_days)


def _list(context: Context, host: Host, seen: Look) -> Answer:
    listing = people.look(host, seen.instance, keep_days=_days(context))
    return listed(listing, machines=context.arguments.machines)


def _add(context: Context, host: Host, seen: Look) -> Answer:
    instance, arguments = seen.instance, context.arguments
    return _with_password(
        context,
        lambda secret: moderators.add(
            host, instance.domain, instance.layout, arguments.name, secret
        ),
        "{} may open meetings",
    )


def _passwd(context: Context, host: Host, seen: Look) -> Answer:
    instance = seen.instance
    answer = _with_password(
        context,
        lambda secret: moderators.set_password(
            host, instance.domain, instance.layout, context.arguments.name, secret
        ),
        "{} has a new password",
    )
    after = _after(context, host, seen)
    return Answer({**answer.data, **after.data()}, (*answer.lines, *after.lines()), answer.exit)


def _with_password(context: Context, use: Callable[[Secret], str], done: str) -> Answer:
    arguments = context.arguments
    if arguments.generate:
        secret = passphrase.generate(arguments.bits or context.settings.passphrase_bits)
        context.begun.append(f"a password for {arguments.name}")
        jid = use(secret)
        return Answer(
            {"jid": jid, "password": secret.reveal()},
            (f"● {done.format(jid)}", f"  Password (shown once): {secret.reveal()}"),
        )
    secret = _typed_password(context)
    context.begun.append(f"a password for {arguments.name}")
    jid = use(secret)
    return Answer({"jid": jid}, (f"● {done.format(jid)}",))


def _typed_password(context: Context) -> Secret:
    if context.arguments.password_stdin:
        return line_of_stdin()
    return new_password(context.prompts, context.arguments.name)


def _after(context: Context, host: Host, seen: Look) -> Aftermath:
    """What goes on after an account changed; with ``--restart-jicofo`` it is ended."""
    after = aftermath(host, seen.instance)
    if context.arguments.restart_jicofo:
        return after.restarted(host, seen.instance)
    return after


def _remove(context: Context, host: Host, target: Target, seen: Look) -> Answer:
    instance = seen.instance
    names = account_changes.prepared(context.arguments.names, instance.domain)
    question = f"Remove {_named(names)} from {instance.domain}?"
    warnings = _warned(context, host, seen, names, question)
    with _heard(context, target, len(names)) as listener:
        context.begun.append(f"removing {_named(names)}")
        removals = people.remove(host, instance, names, keep_days=_days(context), listener=listener)
    after = _after(context, host, seen) if removals.went else None
    return removed(removals, after, _days(context), warnings)


@contextmanager
def _heard(context: Context, target: Target, total: int) -> Iterator[Listener]:
    """Says how far it is, stops at Ctrl-C, and connects anew to learn how it ended."""
    with ExitStack() as stack:
        cancel = stack.enter_context(interruptions())

        def on_done(count: int) -> None:
            if count % _TELL_EVERY == 0:
                context.say(f"  {count} of {total}")

        yield Listener(
            on_done,
            cancel,
            lambda: stack.enter_context(closing(target.open(context.prompts))),
        )


def _warned(
    context: Context, host: Host, seen: Look, names: tuple[str, ...], question: str
) -> tuple[str, ...]:
    """Make sure that these are meant; gives back what was said to keep in mind."""
    listing = moderators.listing(host, seen.instance.domain, seen.instance.layout)
    last = listing.nobody_left_without(names)
    warnings = ("nobody is left then who could open a meeting",) if last else ()
    if not context.arguments.yes:
        show(context, (f"▲ {warning}" for warning in warnings))
        _sure(context, names, question)
    return warnings


def _named(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else text.count(len(names), "moderator")


def _sure(context: Context, names: tuple[str, ...], question: str) -> None:
    """A few are confirmed by yes, many by typing how many they are."""
    if len(names) < account_changes.MANY:
        confirm(context, question)
        return
    if not context.prompts.interactive:
        raise NoTerminalError("this changes the server, and nobody is there to ask", "add --yes")
    show(context, (f"  {name}" for name in names[:20]))
    if len(names) > 20:
        show(context, [f"  and {len(names) - 20} more"])
    typed = context.prompts.line(f"{question} Type {len(names)} to do it: ")
    if typed.strip() != str(len(names)):
        raise RefusedError("nothing was changed", f"type {len(names)}, or add --yes")


def _disable(context: Context, host: Host, target: Target, seen: Look) -> Answer:
    instance = seen.instance
    account_changes.refuse_switch(instance)
    names = account_changes.prepared(context.arguments.names, instance.domain)
    warnings = _warned(context, host, seen, names, f"Disable {_named(names)} on {instance.domain}?")
    with _heard(context, target, len(names)) as listener:
        context.begun.append(f"disabling {_named(names)}")
        done = account_changes.set_enabled(host, instance, names, enabled=False, listener=listener)
    after = _after(context, host, seen) if any(s.done for s in done.accounts) else None
    return switched(done, after, enabled=False, warnings=warnings)


def _enable(context: Context, host: Host, target: Target, seen: Look) -> Answer:
    names = account_changes.prepared(context.arguments.names, seen.instance.domain)
    with _heard(context, target, len(names)) as listener:
        done = account_changes.set_enabled(
            host, seen.instance, names, enabled=True, listener=listener
        )
    return switched(done, None, enabled=True)


def _restore(context: Context, host: Host, seen: Look) -> Answer:
    instance, arguments = seen.instance, context.arguments
    if arguments.list:
        found = account_changes.kept(
            host, instance.domain, instance.layout, keep_days=_days(context)
        )
        return kept_removals(found, instance.domain)
    context.begun.append("bringing accounts back")
    done = account_changes.restore(
        host,
        instance.domain,
        instance.layout,
        arguments.names,
        identifier=arguments.id,
        keep_days=_days(context),
    )
    return restored(done, instance.domain)


def _check(context: Context, host: Host, seen: Look) -> Answer:
    if context.arguments.password_stdin:
        secret = line_of_stdin()
    else:
        typed = context.prompts.secret(f"Password of {context.arguments.name}: ")
        if typed is None:
            raise NoTerminalError("no password was given", "use --password-stdin")
        secret = typed
    name = context.arguments.name
    found = probe.check_login(host, seen.instance, name, secret, open_room=context.arguments.room)
    good = found.login and found.opens_room is not False
    jid = name if "@" in name else f"{name}@{seen.instance.domain}"
    return Answer(
        {"jid": jid, "login": found.login, "opens_room": found.opens_room},
        (text.visible(f"{text.mark('good' if good else 'bad')} {found.detail}"),),
        0 if good else 1,
    )


def _export(context: Context, host: Host, seen: Look) -> Answer:
    listing = moderators.listing(host, seen.instance.domain, seen.instance.layout)
    table = export.as_csv(listing)
    to: Path | None = context.arguments.to
    count = len(listing.moderators)
    if to is None:
        data = {"domain": listing.domain, "csv": table, "count": count}
        return Answer(data, tuple(map(text.visible, table.splitlines())))
    private_file.write_new(to, table)
    words = text.count(count, "moderator")
    data = {"domain": listing.domain, "file": str(to), "count": count}
    return Answer(data, (text.visible(f"● {words} written to {to}"),))


_CHANGES = frozenset({"add", "passwd", "remove", "disable", "enable"})
"""What goes through a Prosody that knows accounts."""

_OF_MANY: dict[str, Callable[[Context, Host, Target, Look], Answer]] = {
    "remove": _remove,
    "disable": _disable,
    "enable": _enable,
}
_ACTIONS: dict[str, Callable[[Context, Host, Look], Answer]] = {
    "list": _list,
    "add": _add,
    "passwd": _passwd,
    "restore": _restore,
    "check": _check,
    "export": _export,
}
