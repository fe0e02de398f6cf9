"""Findings about guests: their host, and whether config.js and Prosody agree on it."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import known
from ..posture import ANONYMOUS_METHODS
from .subject import SECURE, Found, Subject, Table, module_missing

_TABLE = Table()
rule = _TABLE.rule


@rule(
    "guest-host-missing",
    "error",
    "config.js sends guests to a host that Prosody does not have.",
    "Guests get a grey page or wait for ever.",
)
def guest_host_missing(s: Subject) -> Iterator[Found]:
    named = s.now.anonymousdomain
    if named is None or s.domain not in s.hosts or named in s.hosts:
        return
    evidence = f"{s.meet_at('hosts', 'anonymousdomain')} names {named}"
    other = s.now.guest_domain if s.now.guest_domain != named else None
    if other:
        yield Found(
            f"config.js sends guests to {named}, Prosody's guest host is {other}", evidence, SECURE
        )
    else:
        yield Found(
            f"config.js sends guests to {named}, which Prosody does not have", evidence, SECURE
        )


@rule(
    "guest-host-unused",
    "warning",
    "Prosody has a guest host that config.js does not name.",
    "Guests are asked for an account, though they were meant to get in.",
)
def guest_host_unused(s: Subject) -> Iterator[Found]:
    guest = s.now.guest_domain
    seen = known(s.instance.meet) is not None and s.meet_path not in s.now.problems
    named = s.now.anonymousdomain is not None or s.now.anonymousdomain_computed
    if guest and seen and not named and not s.now.open:
        yield Found(
            f"Guests can't use {guest}: config.js does not name it",
            f"{s.meet_path} has no hosts.anonymousdomain",
            SECURE,
        )


@rule(
    "guest-host-asks",
    "error",
    "The guest host asks for accounts.",
    "Guests are asked for a password that they don't have.",
)
def guest_host_asks(s: Subject) -> Iterator[Found]:
    named = s.now.anonymousdomain
    if named is None or named not in s.hosts:
        return
    if named == s.domain:
        yield Found(
            "config.js names the main domain as the domain of guests",
            f"{s.meet_at('hosts', 'anonymousdomain')} names {named}",
            SECURE,
        )
        return
    method = str(s.options(named).get("authentication", "internal_hashed"))
    if method not in ANONYMOUS_METHODS:
        yield Found(
            f"The guest host {named} asks for accounts ({method})",
            f"{s.at(named, 'authentication')}: its authentication is {method}",
            SECURE,
        )


@rule(
    "guest-host-encryption",
    "error",
    "The guest host wants encryption that a browser's connection through the web server lacks.",
    "Prosody then offers guests no way to log in.",
)
def guest_host_encryption(s: Subject) -> Iterator[Found]:
    guest = s.now.guest_domain
    if guest is None or guest not in s.hosts:
        return
    asked = known(s.verdict.guest) if s.verdict is not None else None
    if asked:
        return
    options = s.options(guest)
    secure = bool(options.get("consider_bosh_secure"))
    if asked is None and (s.prosody_major < (0, 12) or secure):
        return
    if asked == () and (secure or options.get("c2s_require_encryption") is False):
        return  # told by guest-host-no-mechanism
    if asked == () or options.get("c2s_require_encryption", True) is not False:
        yield Found(
            f"Guests can't log in on {guest}: it wants encryption from the web server itself",
            f"{s.host_at(guest)}: no c2s_require_encryption = false",
            SECURE,
        )


@rule(
    "guest-host-no-mechanism",
    "error",
    "The guest host offers no way to log in, and encryption is not the reason.",
    "Guests get a grey page or wait for ever.",
)
def guest_host_no_mechanism(s: Subject) -> Iterator[Found]:
    guest = s.now.guest_domain
    if guest is None or s.verdict is None or known(s.verdict.guest) != ():
        return
    options = s.options(guest)
    if options.get("consider_bosh_secure") or options.get("c2s_require_encryption") is False:
        method = s.now.guest_authentication
        yield Found(
            f"Guests can't log in on {guest}: it offers no way to",
            f"Prosody's BOSH lists no SASL mechanism; {s.at(guest, 'authentication')}: {method}",
            module_missing(method),
        )


@rule(
    "guest-host-took-options",
    "error",
    "The guest host stands between the main host and its options.",
    "The options that follow now belong to the guest host; the main host has lost them.",
)
def guest_host_took_options(s: Subject) -> Iterator[Found]:
    guest = s.now.guest_domain
    if guest is None or guest not in s.hosts or s.domain not in s.hosts:
        return
    taken = [
        name
        for name in ("modules_enabled", "main_muc", "lobby_muc", "breakout_rooms_muc", "ssl")
        if s.own(guest, name) is not None and s.own(s.domain, name) is None
    ]
    if "modules_enabled" in taken:
        yield Found(
            f"{guest} stands above options of {s.domain} and has taken them",
            f"{s.host_at(guest)}: {', '.join(taken)} belong to it",
            f"move VirtualHost {guest!r} and its options below those of {s.domain}",
        )


@rule(
    "guest-lobby",
    "warning",
    "The guest host loads muc_lobby_rooms itself.",
    "The lobby belongs to the main host; loaded twice, guests hang in it.",
)
def guest_lobby(s: Subject) -> Iterator[Found]:
    guest = s.now.guest_domain
    if not guest or s.own(s.domain, "modules_enabled") is None:
        return  # told by guest-host-took-options
    listed = s.own(guest, "modules_enabled")
    if isinstance(listed, list) and "muc_lobby_rooms" in listed:
        yield Found(
            f"{guest} loads muc_lobby_rooms, which belongs to {s.domain} alone",
            f"{s.at(guest, 'modules_enabled')}: modules_enabled of {guest}",
            f'remove "muc_lobby_rooms" from {guest} and restart prosody',
        )


RULES = tuple(_TABLE.rules)
