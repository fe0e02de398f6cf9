"""The proof that invitations work: one is made, redeemed as the page would, and removed again."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import Host

from .. import invitations
from ..accounts import changes as account_changes
from ..model import Instance, InstanceError, Outcome
from ..probe.bosh import Answer, Bosh, LoginRefusedError
from ..probe.http import Http, TalkError, alone
from ..probe.stanza import escape
from ..probe.tls import TlsDialer
from . import PAGE, Invited, NotReadyError
from .page import blocked_by, page

Reasons = tuple[str, ...]

_PAUSE = 0.2
_SHORT = 600
"""Seconds for which the probe's own invitation is valid, should all else fail."""

_LISTEN = re.compile(rb"^\s*listen\s+(?:[\w.\[\]:*]*:)?(\d{1,5})\s[^;]*\bssl\b", re.M)
_VIRTUAL_HOST = re.compile(rb"^\s*<VirtualHost\s+[^>]*:(\d{1,5})>", re.M)


def prove(host: Host, instance: Instance, timeout: float = 30.0) -> tuple[Outcome, Reasons]:
    """Whether a person could redeem an invitation here now. Leaves nothing behind.

    Asks for the page as a browser would, and for an account without an invitation, which must be
    refused. The practice server has no web server to ask for the page.
    """
    deadline = time.monotonic() + timeout
    try:
        if not instance.layout.root:
            _ask_for_page(host, instance, deadline)
        with _probing(host, instance, deadline) as invited:
            _redeem(host, instance, invited, deadline)
    except _WrongError as error:
        return Outcome.WRONG, (str(error),)
    except InstanceError as error:
        return Outcome.UNPROVABLE, (f"an invitation could not be tried: {error.message}",)
    except TalkError as error:
        return Outcome.UNPROVABLE, (f"an invitation could not be redeemed: {error}",)
    return Outcome.PROVED, ()


class _WrongError(Exception):
    """The server answered, and not as it should."""


def _ask_for_page(host: Host, instance: Instance, deadline: float) -> None:
    port = _https_port(instance)
    dialer = TlsDialer(host, instance.domain, _address(instance, port))
    http = Http(dialer, port, "the web server", deadline)
    response = alone(http.request("GET", f"/static/{PAGE}", host=instance.domain))
    http.close()
    if response.status != 200:
        raise _WrongError(
            f"the web server answers {response.status} for https://{instance.domain}/static/{PAGE}"
        )
    if response.body != page():
        raise _WrongError(f"the web server shows something else as /static/{PAGE}")
    if blocked_by(response.headers.get("content-security-policy", "")):
        raise _WrongError("the web server's Content-Security-Policy forbids the page its script")


def _https_port(instance: Instance) -> int:
    """443 where a site listens on it, or where none says."""
    found = [
        int(port)
        for site in instance.web.values()
        for pattern in (_LISTEN, _VIRTUAL_HOST)
        for port in pattern.findall(site.data)
        if int(port) not in (80, 0)
    ]
    return 443 if 443 in found or not found else found[0]


def _address(instance: Instance, port: int) -> str:
    """Where the web server listens, if that is an address of its own and not every one."""
    there = [address for address, number in instance.listeners if number == port]
    everywhere = {"0.0.0.0", "::", "*", "127.0.0.1", "::1", ""}  # noqa: S104 - compared alone
    return "" if not there or everywhere & set(there) else there[0]


@contextmanager
def _probing(host: Host, instance: Instance, deadline: float) -> Iterator[Invited]:
    """An invitation for the length of the block; it and what was made of it are gone afterwards."""
    invited = _invite(host, instance, deadline)
    name = invited.invitation.name
    try:
        yield invited
    finally:
        left = {invitation.id for invitation in invitations.outstanding(host, instance)}
        if invited.invitation.id in left:
            invitations.revoke(host, instance, [invited.invitation.id])
        removals = account_changes.remove(
            host, instance.domain, instance.layout, [name], keep_days=0
        ).accounts
        if any(removal.existed and not removal.gone for removal in removals):
            raise _WrongError(
                f"the account {name}@{instance.domain}, made to try an invitation, is still there"
            )


def _invite(host: Host, instance: Instance, deadline: float) -> Invited:
    """Once Prosody is up again after its restart."""
    name = f"jitsi-tui-probe-{secrets.token_hex(6)}"
    while True:
        try:
            return invitations.create(host, instance, name, valid=_SHORT)
        except NotReadyError:
            if time.monotonic() + _PAUSE >= deadline:
                raise
            time.sleep(_PAUSE)


def _redeem(host: Host, instance: Instance, invited: Invited, deadline: float) -> None:
    name, password = invited.invitation.name, Secret(secrets.token_urlsafe(24))
    session = _session(host, instance, deadline)
    try:
        alone(session.open())
        if _register(session, name, password).ok:
            raise _WrongError("anybody can make an account, also without an invitation")
        token = escape(invited.token.reveal())
        answer = alone(session.ask("", f"<preauth xmlns='urn:xmpp:pars:0' token='{token}'/>"))
        if not answer.ok:
            raise _WrongError(f"Prosody does not take its own invitation: {answer.condition}")
        answer = _register(session, name, password)
        if not answer.ok:
            raise _WrongError(f"an invitation made no account: {answer.condition}")
    finally:
        session.close()
    login = _session(host, instance, deadline)
    try:
        alone(login.open())
        alone(login.log_in(name, password))
    except LoginRefusedError as error:
        raise _WrongError(f"who was invited can't log in: {error}") from None
    finally:
        login.close()


def _session(host: Host, instance: Instance, deadline: float) -> Bosh:
    http = Http(host, instance.prosody.http_port, "Prosody", deadline)
    return Bosh(http, instance.domain, instance.domain)


def _register(session: Bosh, name: str, password: Secret) -> Answer:
    return alone(
        session.ask(
            "",
            f"<query xmlns='jabber:iq:register'><username>{escape(name)}</username>"
            f"<password>{escape(password.reveal())}</password></query>",
        )
    )
