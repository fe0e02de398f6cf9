"""Findings about who gets in: the three places, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Absent, known
from .subject import SECURE, Found, Subject, Table, module_missing

_TABLE = Table()
rule = _TABLE.rule


_NO_EMPTY_TOKENS = "set allow_empty_token = false and restart prosody"
_GUESTS_BESIDE_TOKENS = (
    "let Jicofo ask for tokens (jicofo.authentication: enabled true, type JWT, a login-url), or"
    " take hosts.anonymousdomain out of config.js"
)


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
            _NO_EMPTY_TOKENS if s.now.token else SECURE,
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
        _turned_off(s),
        _GUESTS_BESIDE_TOKENS if s.now.token else SECURE,
        "error" if guests else "warning",
    )


def _turned_off(s: Subject) -> str:
    place = s.jicofo_at("enabled", "type")
    if place == s.jicofo_path:
        return f"{place} turns no authentication on"
    return f"{place}: authentication is turned off there"


@rule(
    "main-host-no-mechanism",
    "error",
    "The main host offers no way to log in.",
    "Nobody gets in at all.",
)
def main_host_no_mechanism(s: Subject) -> Iterator[Found]:
    if s.verdict is not None and known(s.verdict.main) == ():
        evidence = "Prosody's BOSH lists no SASL mechanism"
        fix = (
            "set consider_bosh_secure = true and c2s_require_encryption = false,"
            " and restart prosody"
        )
        if s.options(s.domain).get("consider_bosh_secure") is True:
            evidence += f"; {s.at(s.domain, 'authentication')}: {s.now.main_authentication}"
            fix = module_missing(s.now.main_authentication)
        yield Found(f"{s.domain} offers no way to log in", evidence, fix)


@rule(
    "bosh-missing",
    "error",
    "Prosody serves no BOSH for the main host.",
    "That is how browsers log in: /http-bind leads nowhere.",
)
def bosh_missing(s: Subject) -> Iterator[Found]:
    asked = s.verdict.doubts if s.verdict is not None else ()
    running = any(doubt.startswith(f"Prosody serves no BOSH for {s.domain} ") for doubt in asked)
    # Where the guest host took the main host's modules, that is told.
    taken = "bosh" in s.modules(s.now.guest_domain or "")
    by_files = s.domain in s.hosts and "bosh" not in s.modules(s.domain) and not taken
    if not running and not by_files:
        return
    other = "websocket" in s.modules(s.domain) and bool(s.meet_words("websocket"))
    yield Found(
        "Browsers can't log in over BOSH: Prosody does not load it",
        f'{s.at(s.domain, "modules_enabled")}: no "bosh" in modules_enabled'
        if by_files
        else f"/http-bind of the running Prosody answers 404 for {s.domain}",
        f'put "bosh" into modules_enabled of {s.domain} and restart prosody',
        "warning" if other else None,
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
