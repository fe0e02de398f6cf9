"""``moderators invite``, ``invitations`` and ``revoke``. Prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from jitsi_tui import text
from jitsi_tui.commands import report
from jitsi_tui.commands.changes import install_invitations
from jitsi_tui.commands.context import Context
from jitsi_tui.commands.report import Answer, Json
from jitsi_tui.instance import invitations
from jitsi_tui.instance.accounts.names import account
from jitsi_tui.instance.invitations import Invitation, Invited
from jitsi_tui.instance.invitations import setup as invitations_setup
from jitsi_tui.session import engine
from jitsi_tui.session.look import Look
from jitsi_tui.session.target import Target
from jitsi_tui.ssh.host import Host, HostError


def _invite(context: Context, host: Host, target: Target, seen: Look) -> Answer:
    """Install what is missing, if that is wanted; then make the link."""
    arguments, instance = context.arguments, seen.instance
    valid = arguments.valid
    if arguments.name:
        account(arguments.name, instance.domain)
    if arguments.dry_run:
        return install_invitations(context, host, target)
    name, reset = arguments.name, arguments.reset
    context.begun.append("an invitation")
    made = engine.invite(host, seen, name, reset=reset, valid=valid)
    if isinstance(made, Invited):
        outdated = invitations_setup.is_outdated(instance)
        return _invited(context, instance.domain, made, None, outdated=outdated)
    context.begun.clear()  # it waits for what is asked about now
    answer = install_invitations(context, host, target)
    for line in answer.lines:
        context.say(line)
    context.begun.append("an invitation")
    with _alive(context, host, target) as alive:
        made = invitations.create(alive, instance, name, reset=reset, valid=valid)
    return _invited(context, instance.domain, made, answer.data, outdated=False)


@contextmanager
def _alive(context: Context, host: Host, target: Target) -> Iterator[Host]:
    """The connection, or a new one: it may have broken while the change went on by itself."""
    try:
        host.ping()
    except HostError:
        with closing(target.open(context.prompts)) as again:
            yield again
    else:
        yield host


def _invited(
    context: Context, domain: str, made: Invited, installed: Json | None, *, outdated: bool
) -> Answer:
    invitation, destination = made.invitation, context.arguments.destination
    data: Json = {
        **_json(invitation),
        "jid": f"{invitation.name}@{domain}" if invitation.name else None,
        "link": made.link.reveal(),
        "token": made.token.reveal(),
        "installed": installed.get("backup") if installed else None,
    }
    lines = [
        f"● {describe(invitation)}, {until(invitation)}",
        f"  {made.link.reveal()}",
        "  Whoever opens it first chooses the password: hand it over on a way that you trust.",
        f"  Take it back with: jitsi-tui moderators {destination} revoke {invitation.id}",
    ]
    if outdated:
        lines.append("▲ The page there is of another version: invite --dry-run shows the update.")
    return Answer(data, tuple(map(text.visible, lines)))


def _list(context: Context, host: Host, target: Target, seen: Look) -> Answer:
    del context, target
    invitations.refuse_where_impossible(seen.instance)
    found = invitations.outstanding(host, seen.instance)
    data: Json = {
        "domain": seen.instance.domain,
        "invitations": [_json(invitation) for invitation in found],
    }
    lines = [f"{i.id}  {describe(i)}, {until(i)}" for i in found]
    return Answer(data, tuple(map(text.visible, lines or ["No invitation is outstanding."])))


def _revoke(context: Context, host: Host, target: Target, seen: Look) -> Answer:
    del target
    invitations.refuse_where_impossible(seen.instance)
    wanted = list(dict.fromkeys(context.arguments.ids))
    context.begun.append("taking invitations back")
    gone = invitations.revoke(host, seen.instance, wanted)
    stayed = [identifier for identifier in wanted if identifier not in gone]
    lines = [f"● {identifier} was taken back: its link works no more" for identifier in gone]
    lines += [f"✖ {identifier} is still there" for identifier in stayed]
    data: Json = {"revoked": list(gone), "failed": stayed}
    return Answer(data, tuple(map(text.visible, lines)), 1 if stayed else 0)


def _json(invitation: Invitation) -> Json:
    return {
        "id": invitation.id,
        "kind": invitation.kind,
        "name": invitation.name or None,
        "created": report.time(invitation.created),
        "expires": report.time(invitation.expires),
    }


def describe(invitation: Invitation) -> str:
    """What it lets somebody do, in a few words."""
    if invitation.kind == "reset":
        return f"a new password for {invitation.name}"
    if invitation.kind == "contact":
        return "an account and a contact"
    return f"an account for {invitation.name}" if invitation.name else "an account of any name"


def until(invitation: Invitation) -> str:
    """How long it is valid."""
    if invitation.expires is None:
        return "valid until nobody knows"
    return f"valid until {invitation.expires:%Y-%m-%d %H:%M} UTC"


RUN: dict[str, Callable[[Context, Host, Target, Look], Answer]] = {
    "invite": _invite,
    "invitations": _list,
    "revoke": _revoke,
}
