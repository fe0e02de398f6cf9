"""How single findings are mended: each an edit of files, a mode, or a restart.

A mend asks for one state of the server and edits only what says otherwise, so that it changes
nothing where it is run again. What it can't do, it raises in words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ..coming_up import refuse_restart
from ..findings.subject import Subject
from ..model import SERVICES, Finding, Instance, RefusedError, ServiceName, Verdict
from ..plan.edits import Editor
from ..posture import ANONYMOUS_METHODS

_RESTART = re.compile(r"jitsi-tui services DEST restart ([\w-]+)(?=\Z|,)", re.ASCII)


@dataclass
class Bench:
    """A server while it is being mended on paper."""

    instance: Instance
    verdict: Verdict | None
    finding: Finding
    restarts: set[ServiceName] = field(default_factory=set)
    starts: set[ServiceName] = field(default_factory=set)
    modes: dict[str, int] = field(default_factory=dict)
    """File (real path) to its wanted permission bits."""

    guests: bool = False
    """Guests can log in afterwards."""

    closed: bool = False
    """Strangers no longer log in on the main host."""

    rooms: bool = False
    """A guest's request for a room is refused afterwards."""

    reads_aside: bool = False
    """Prosody reads files afterwards that take no part now."""

    forbidden: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.subject = Subject(self.instance, self.verdict)
        self.now = self.subject.now
        self.editor = Editor(self.instance, self.now)

    def warnings_told(self) -> list[str]:
        """What people should know beside the diff."""
        return [*self.warnings, *self.editor.warnings]

    def by_hand(self, why: str) -> RefusedError:
        """What is said where we can't mend it."""
        fix = self.finding.fix or ""
        return RefusedError(f"{self.finding.id}: {why}", f"by hand: {fix}" if fix else "")


Mend = Callable[[Bench], None]


def restart(bench: Bench) -> None:
    """Restart the service that the finding names, or start one that is down."""
    found = _RESTART.search(bench.finding.fix or "")
    name = next((s for s in SERVICES if found is not None and s == found[1]), None)
    service = bench.instance.service(name or "")
    if name is None or service is None:
        raise bench.by_hand("its service is not known")
    try:
        refuse_restart(bench.instance, name)
    except RefusedError as error:
        why = f"{bench.finding.id}: {error.message}"
        raise RefusedError(why, f"by hand: {error.hint}") from None
    _refuse_to_open(bench, name)
    if service.masked:
        raise bench.by_hand(f"{name} is masked: systemctl unmask {name}")
    (bench.starts if service.state in ("stopped", "failed") else bench.restarts).add(name)


def _refuse_to_open(bench: Bench, name: ServiceName) -> None:
    """A restart that would let in whom the running server keeps out is nobody's mend."""
    verdict, now = bench.verdict, bench.now
    if verdict is None:
        return
    door = name == "prosody" and verdict.strangers_log_in is False and now.open
    rooms = name == "jicofo" and verdict.authority == "xmpp" and now.authority != "xmpp"
    if door or (rooms and not now.token):
        what = "strangers log in" if door else "everybody open rooms"
        raise RefusedError(
            f"{bench.finding.id}: its files would let {what}, which the running server does not",
            "by hand: jitsi-tui secure DEST makes the files agree with it",
        )


def close(bench: Bench) -> None:
    """The whole of ``secure``: accounts at the door and for rooms, guests as they are meant."""
    now, domain = bench.now, bench.instance.domain
    if now.token:
        raise bench.by_hand("tokens decide here, and jitsi-tui leaves a token server as it is")
    guests = now.guests or not now.secured
    guest_domain = (now.guest_domain or f"guest.{domain}") if guests else None
    bench.editor.close(guest_domain)
    bench.guests, bench.rooms = guests, True
    bench.forbidden.add("OAUTHBEARER")


def no_oauthbearer(bench: Bench) -> None:
    """Accounts as before, without the mechanism that Jitsi's client takes for a token."""
    bench.editor.turn_oauthbearer_off()
    bench.forbidden.add("OAUTHBEARER")


def guest_host(bench: Bench) -> None:
    """One guest host, that lets guests in and that config.js names."""
    now, domain = bench.now, bench.instance.domain
    wanted = now.guest_domain if now.guest_domain != domain else None
    if wanted is None or (now.guest_authentication is None and not wanted.endswith(f".{domain}")):
        wanted = f"guest.{domain}"
    bench.editor.let_guests_in(wanted)
    bench.guests = True


def jicofo_asks(bench: Bench) -> None:
    """Jicofo takes people of the domain on which they log in."""
    if bench.now.token:
        raise bench.by_hand("tokens decide here, and jitsi-tui leaves a token server as it is")
    bench.editor.let_jicofo_ask()
    bench.rooms = True


def one_login_domain(bench: Bench) -> None:
    """People log in where Jicofo takes their accounts: on the main domain."""
    authdomain, domain = bench.now.authdomain, bench.instance.domain
    if authdomain not in (None, domain):
        methods = bench.subject.options(authdomain)
        method = str(methods.get("authentication", "internal_hashed"))
        if methods and method not in ANONYMOUS_METHODS:
            raise bench.by_hand(
                f"{authdomain} is a host with accounts of its own: which domain is meant is yours"
            )
        bench.editor.edit_meet(lambda file: file.remove(("hosts", "authdomain")).document)
    bench.editor.let_jicofo_ask()


def no_conference_request_url(bench: Bench) -> None:
    """Rooms are asked for over XMPP, where requests carry an account."""
    bench.editor.edit_meet(lambda file: file.remove(("conferenceRequestUrl",)).document)


def tokens_alone(bench: Bench) -> None:
    """Jicofo leaves it to Prosody's tokens."""
    bench.editor.let_jicofo_rest()


def client_proxy(bench: Bench) -> None:
    """Jicofo knows the component through which people reach it."""
    focus = bench.now.focus
    path = ("jicofo", "xmpp", "client", "client-proxy")
    bench.editor.edit_hocon(lambda file: file.set(path, focus).document)


def no_legacy_property(bench: Bench) -> None:
    """jicofo.conf decides alone, and asks for accounts where the property did."""
    asked = bench.now.authority == "xmpp" or bench.subject.asks_for_accounts
    bench.editor.drop_legacy_url()
    if asked and not bench.now.token:
        bench.editor.set_jicofo_authentication()


def jicofo_port(bench: Bench) -> None:
    """Jicofo's HTTP listens on this machine alone."""
    path = ("jicofo", "rest", "host")
    bench.editor.edit_hocon(lambda file: file.set(path, "127.0.0.1").document)


def readable_secrets(bench: Bench) -> None:
    """Nobody but owner and group reads files that hold secrets."""
    from ..findings.prosody import holds_secret  # noqa: PLC0415 - in a circle

    users = {"/etc/prosody": {"prosody"}, "/etc/jitsi": {"jicofo", "jitsi", "jvb", "jigasi"}}
    for file in bench.subject.files:
        if not file.public or not holds_secret(file.data):
            continue
        allowed = next((u for folder, u in users.items() if file.real.startswith(folder)), set())
        group = file.group in allowed and file.mode & 0o040
        if not group and not (file.owner in allowed and file.mode & 0o400):
            raise bench.by_hand(
                f"{file.real} belongs to {file.owner}:{file.group}; its service reads it as"
                " everybody does: give it to the service's group first (chgrp)"
            )
        if file.real == bench.subject.meet_path:
            raise bench.by_hand(f"browsers read {file.real}, so no secret may stand in it")
        bench.modes[file.real] = file.mode & ~0o007


MENDS: dict[str, Mend] = {
    "oauthbearer": no_oauthbearer,
    "guest-host-missing": guest_host,
    "guest-host-unused": guest_host,
    "guest-host-asks": guest_host,
    "guest-host-encryption": guest_host,
    "jicofo-asks-nobody": jicofo_asks,
    "jicofo-no-type": jicofo_asks,
    "jicofo-wrong-type": jicofo_asks,
    "jicofo-no-login-url": jicofo_asks,
    "jicofo-wants-tokens": jicofo_asks,
    "jicofo-login-url": one_login_domain,
    "authdomain-differs": one_login_domain,
    "conference-request-url": no_conference_request_url,
    "token-and-accounts": tokens_alone,
    "jicofo-client-proxy": client_proxy,
    "jicofo-legacy-property": no_legacy_property,
    "jicofo-port-exposed": jicofo_port,
    "readable-secrets": readable_secrets,
    "not-restarted": restart,
    "changed-since-start": restart,
    "service-down": restart,
}
