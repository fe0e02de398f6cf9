"""Findings about who gets in: the three places, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Absent, known
from ..posture import ANONYMOUS_METHODS
from .subject import SECURE, Found, Subject, Table

_TABLE = Table()
rule = _TABLE.rule


@rule(
    "open-server",
    "error",
    "Everyone may open meetings.",
    "Anyone who knows the address can use this server for meetings of his own.",
)
def open_server(s: Subject) -> Iterator[Found]:
    if s.posture == "open":
        evidence = f"{s.at(s.domain, 'authentication')}: {s.now.main_authentication}"
        if s.verdict is not None:
            evidence = (
                f"{s.domain} let us in without an account, and Jicofo runs without"
                f" authentication; {evidence}"
            )
        by_hand = f"set allow_empty_token = false in {s.main_path} and restart prosody"
        yield Found("Everyone may open meetings", evidence, by_hand if s.now.token else SECURE)


@rule(
    "everyone-is-moderator",
    "error",
    "Jicofo asks for accounts of the main host, which lets everyone in.",
    "Jicofo looks at the domain alone: every stranger may open rooms and is a moderator there.",
)
def everyone_is_moderator(s: Subject) -> Iterator[Found]:
    verdict = s.verdict
    running = verdict is not None and verdict.strangers_log_in and verdict.authority == "xmpp"
    by_files = verdict is None and s.now.open and s.now.authority == "xmpp"
    if running or by_files:
        yield Found(
            "Strangers become moderators: Jicofo trusts everyone of a host that lets anyone in",
            f"{s.at(s.domain, 'authentication')}: {s.now.main_authentication};"
            f" Jicofo's authentication is on for {s.now.jicofo_login_url or 'it'}",
            SECURE,
        )


@rule(
    "jicofo-asks-nobody",
    "error",
    "Prosody asks for an account, Jicofo doesn't: guests open rooms.",
    "The server looks closed, and whoever gets in as a guest can still start meetings.",
)
def jicofo_asks_nobody(s: Subject) -> Iterator[Found]:
    running = s.verdict.authority if s.verdict is not None else "unknown"
    authority = running if running != "unknown" else s.now.authority
    anyone = s.verdict is not None and s.verdict.strangers_log_in is True
    tokens_and_guests = s.now.token and s.now.anonymousdomain in s.hosts and not anyone
    if not (s.asks_for_accounts or tokens_and_guests) or authority != "off":
        return
    if s.now.authority in ("xmpp", "jwt"):
        return  # its files ask: told by not-restarted
    if s.now.jicofo_dialect == "hocon" and s.now.jicofo_enabled and not s.now.jicofo_type:
        return  # told by jicofo-no-type
    guests = s.verdict.guests_log_in if s.verdict is not None else s.now.guests
    yield Found(
        "Jicofo asks nobody for an account" + (", so guests open rooms" if guests else ""),
        f"{s.jicofo_path} turns no authentication on",
        SECURE,
        "error" if guests else "warning",
    )


@rule(
    "main-host-no-mechanism",
    "error",
    "The main host offers no way to log in.",
    "Nobody gets in at all.",
)
def main_host_no_mechanism(s: Subject) -> Iterator[Found]:
    if s.verdict is not None and known(s.verdict.main) == ():
        yield Found(
            f"{s.domain} offers no way to log in",
            "Prosody's BOSH lists no SASL mechanism",
            "set consider_bosh_secure = true and c2s_require_encryption = false,"
            " and restart prosody",
        )


@rule(
    "main-host-not-served",
    "error",
    "The running Prosody does not serve the main host.",
    "Nobody gets in at all.",
)
def main_host_not_served(s: Subject) -> Iterator[Found]:
    turned_off = s.options(s.domain).get("enabled") is False
    if turned_off or (s.verdict is not None and isinstance(s.verdict.main, Absent)):
        if turned_off:
            evidence = f"{s.at(s.domain, 'enabled')}: enabled = false"
            fix = "remove enabled = false there and restart prosody"
        else:
            evidence = "its BOSH knows no such host"
            fix = "jitsi-tui services DEST restart prosody, and look at its log"
        yield Found(f"Prosody does not serve {s.domain}", evidence, fix)


@rule(
    "oauthbearer",
    "error",
    "The main host asks for accounts and offers OAUTHBEARER too (Prosody 13).",
    "Jitsi's client then never asks for a password: visitors without an account loop for ever.",
)
def oauthbearer(s: Subject) -> Iterator[Found]:
    if not s.asks_for_accounts:
        return
    offered = known(s.verdict.main) if s.verdict is not None else None
    if offered is None:
        if s.prosody_major < (13, 0) or not s.hosts or "OAUTHBEARER" in s.now.disabled_mechanisms:
            return
        evidence = f"Prosody {known(s.instance.prosody.version)}, and {s.main_path} leaves it on"
    elif "OAUTHBEARER" in offered:
        evidence = f"BOSH on {s.domain} offers {', '.join(offered)}"
    else:
        return
    yield Found(
        "Logins loop: Prosody offers OAUTHBEARER, which Jitsi's client takes for a token",
        evidence,
        SECURE,
    )


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
    if asked == () or options.get("c2s_require_encryption", True) is not False:
        yield Found(
            f"Guests can't log in on {guest}: it wants encryption from the web server itself",
            f"{s.host_at(guest)}: no c2s_require_encryption = false",
            SECURE,
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


@rule(
    "authdomain-differs",
    "error",
    "config.js lets people log in on another domain than Jicofo takes.",
    "A moderator logs in, and Jicofo still refuses to open a room.",
)
def authdomain_differs(s: Subject) -> Iterator[Found]:
    login, named = s.now.jicofo_login_url, s.now.authdomain
    if named and login and s.now.authority == "xmpp" and named != login:
        yield Found(
            f"People log in on {named}, Jicofo takes accounts of {login}",
            f"{s.meet_at('hosts', 'authdomain')}; {s.jicofo_at('login-url')}",
            f"set hosts.authdomain in {s.meet_path} to {login}, or remove it",
        )


@rule(
    "conference-request-url",
    "error",
    "config.js asks for rooms over HTTP while Jicofo asks for accounts.",
    "Requests sent that way carry no account, so Jicofo refuses everyone.",
)
def conference_request_url(s: Subject) -> Iterator[Found]:
    if s.now.conference_request_url and s.now.authority == "xmpp":
        yield Found(
            "Nobody can open rooms: conferenceRequestUrl is set while Jicofo asks for accounts",
            s.meet_at("conferenceRequestUrl"),
            SECURE,
        )


@rule(
    "token-and-accounts",
    "error",
    "Prosody takes tokens while Jicofo asks for accounts.",
    "People with a token can't open meetings.",
)
def token_and_accounts(s: Subject) -> Iterator[Found]:
    running = s.verdict.authority if s.verdict is not None else "unknown"
    authority = running if running != "unknown" else s.now.authority
    if s.now.token and authority == "xmpp":
        yield Found(
            "Prosody takes tokens and Jicofo asks for accounts: nobody can open meetings",
            f"{s.at(s.domain, 'authentication')}; {s.jicofo_at('type', 'enabled')}",
            f"turn jicofo.authentication off in {s.jicofo_path} and restart jicofo",
        )


@rule(
    "jicofo-wants-tokens",
    "error",
    "Prosody asks for accounts while Jicofo wants tokens.",
    "People with an account can't open meetings.",
)
def jicofo_wants_tokens(s: Subject) -> Iterator[Found]:
    running = s.verdict.authority if s.verdict is not None else "unknown"
    authority = running if running != "unknown" else s.now.authority
    if authority == "jwt" and not s.now.token and s.now.main_authentication is not None:
        yield Found(
            "Jicofo wants tokens and Prosody gives none: nobody can open meetings",
            f"{s.jicofo_at('type')}; {s.at(s.domain, 'authentication')}",
            SECURE,
        )


@rule(
    "token-empty",
    "warning",
    "Prosody takes tokens, and lets people in without one.",
    "Anyone can open meetings.",
)
def token_empty(s: Subject) -> Iterator[Found]:
    if s.now.token and s.options(s.domain).get("allow_empty_token") is True:
        yield Found(
            "People without a token get in too",
            f"{s.at(s.domain, 'allow_empty_token')}: allow_empty_token = true",
            "set allow_empty_token = false and restart prosody",
        )


@rule(
    "accounts-on-auth",
    "warning",
    "People's accounts lie on the services' own domain.",
    "They can't log in with them: moderators live on the main domain.",
)
def accounts_on_auth(s: Subject) -> Iterator[Found]:
    host = f"auth.{s.domain}"
    services = {"focus", "jvb", "jigasi", "jibri", "recorder", "jvb2", "transcriber"}
    people = sorted(s.instance.account_names.get(host, frozenset()) - services)
    if people and known(s.instance.accounts) == 0 and s.asks_for_accounts:
        yield Found(
            f"Accounts were made on {host}, where nobody logs in",
            f"{host} has {', '.join(people[:5])}; {s.domain} has none",
            f"jitsi-tui moderators DEST add {people[0]}",
        )


@rule(
    "no-moderator",
    "warning",
    "The server asks for accounts and has none.",
    "Nobody can open a meeting.",
)
def no_moderator(s: Subject) -> Iterator[Found]:
    if s.asks_for_accounts and known(s.instance.accounts) == 0:
        yield Found(
            "Nobody can open a meeting yet: there is no moderator",
            f"{s.domain} has no accounts",
            "jitsi-tui moderators DEST add NAME",
        )


@rule(
    "open-registration",
    "error",
    "Anyone can make an account.",
    "Whoever makes himself an account is a moderator.",
)
def open_registration(s: Subject) -> Iterator[Found]:
    options = s.options(s.domain)
    modules = s.modules(s.domain)
    if not s.asks_for_accounts:
        return
    # mod_register loads mod_register_ibr where the option says so; loaded by name it asks nobody.
    by_option = options.get("allow_registration") is True and "register" in modules
    if not by_option and "register_ibr" not in modules:
        return
    if "invites_register" in modules and options.get("registration_invite_only", True) is not False:
        return
    message = "Anyone can make himself an account, and is a moderator then"
    if by_option:
        line = s.at(s.domain, "allow_registration")
        fix = "set allow_registration = false and restart prosody"
        yield Found(message, f"{line}: allow_registration = true", fix)
        return
    yield Found(
        message,
        f"{s.domain} loads mod_register_ibr without mod_invites_register",
        'take "register_ibr" out of modules_enabled, or add "invites_register" beside it, and'
        " restart prosody",
    )


RULES = tuple(_TABLE.rules)
