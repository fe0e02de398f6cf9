"""Findings about Jicofo's settings, and whether the running services have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from ..model import SourceFile, known
from ..posture import LEGACY_URL
from .subject import SECURE, Found, Subject, Table

_TABLE = Table()
rule = _TABLE.rule

_TYPES = ("XMPP", "JWT", "NONE")
_CLOCK = timedelta(seconds=3)
"""File times and process starts are whole seconds, by different clocks."""


@rule(
    "jicofo-no-type",
    "error",
    "Jicofo's authentication is enabled without a type, which leaves it off.",
    "The server looks closed, and guests can still open rooms.",
)
def jicofo_no_type(s: Subject) -> Iterator[Found]:
    if s.now.jicofo_dialect == "hocon" and s.now.jicofo_enabled and s.now.jicofo_type is None:
        yield Found(
            "Jicofo's authentication has no type, so it is off",
            f"{s.jicofo_at('enabled')}: enabled, and no type",
            SECURE,
        )


@rule(
    "jicofo-wrong-type",
    "error",
    "Jicofo's authentication has a type that it does not know.",
    "Jicofo does not start.",
)
def jicofo_wrong_type(s: Subject) -> Iterator[Found]:
    kind = s.now.jicofo_type
    if s.now.jicofo_dialect == "hocon" and s.now.jicofo_enabled and kind and kind not in _TYPES:
        yield Found(
            f"Jicofo does not start: its type {kind!r} is none (XMPP, in capitals, is)",
            f"{s.jicofo_at('type')}: {kind}",
            SECURE,
        )


@rule(
    "jicofo-no-login-url",
    "error",
    "Jicofo's authentication is on without a login domain.",
    "Jicofo does not start.",
)
def jicofo_no_login_url(s: Subject) -> Iterator[Found]:
    now = s.now
    if now.jicofo_enabled and now.jicofo_type in ("XMPP", "JWT") and not now.jicofo_login_url:
        yield Found(
            "Jicofo does not start: its authentication has no login-url",
            f"{s.jicofo_at('type', 'enabled')}: enabled, and no login-url",
            SECURE,
        )


@rule(
    "jicofo-login-url",
    "error",
    "Jicofo takes accounts of another domain than the one that people log in on.",
    "Moderators log in, and Jicofo still refuses to open a room.",
)
def jicofo_login_url(s: Subject) -> Iterator[Found]:
    login = s.now.jicofo_login_url
    if s.now.authdomain and login == s.domain:
        return  # told by authdomain-differs
    if s.now.authority == "xmpp" and login and login != (s.now.authdomain or s.domain):
        yield Found(
            f"Jicofo takes accounts of {login}, people log in on {s.now.authdomain or s.domain}",
            f"{s.jicofo_at('login-url')}: login-url {login}",
            SECURE,
        )


@rule(
    "jicofo-legacy-property",
    "warning",
    "Jicofo's old property overrides jicofo.conf.",
    "Changes of jicofo.conf have no effect, whatever it says.",
)
def jicofo_legacy_property(s: Subject) -> Iterator[Found]:
    from ..readings import JicofoReading  # noqa: PLC0415 - loads the parsers

    if s.now.legacy_url is None or known(s.instance.jicofo.hocon) is None:
        return
    reading = JicofoReading(s.instance)
    overridden = [
        key
        for key in ("enabled", "type", "login-url")
        if reading.text("jicofo", "authentication", key) is not None
    ]
    if overridden:
        yield Found(
            f"{LEGACY_URL} overrides the authentication in jicofo.conf",
            f"{s.jicofo_at()}: {s.now.legacy_url}",
            f"remove {LEGACY_URL} from {s.jicofo_path} and restart jicofo",
        )


@rule(
    "jicofo-client-proxy",
    "error",
    "Jicofo does not know the proxy through which people reach it.",
    "Jicofo refuses everyone: requests seem to come from the proxy itself.",
)
def jicofo_client_proxy(s: Subject) -> Iterator[Found]:
    focus = s.now.focus
    if s.options(focus).get("component_module") != "client_proxy":
        return
    if known(s.instance.jicofo.hocon) is None or s.now.jicofo_dialect is None:
        return
    if s.now.client_proxy == focus or s.proxy_undecided:
        return
    named = f"names {s.now.client_proxy}" if s.now.client_proxy else "names none"
    yield Found(
        f"Jicofo does not know its proxy {focus}",
        f"{s.proxy_at()}: jicofo.xmpp.client.client-proxy {named}",
        f'set jicofo.xmpp.client.client-proxy: "{focus}" and restart jicofo',
    )


@rule(
    "focus-missing",
    "error",
    "Prosody has no component through which people reach Jicofo.",
    "Requests for rooms go nowhere: nobody can open a meeting.",
)
def focus_missing(s: Subject) -> Iterator[Found]:
    if s.domain not in s.hosts or s.now.focus in s.hosts:
        return
    yield Found(
        f"Prosody has no component {s.now.focus}: requests for rooms don't reach Jicofo",
        f'{s.main_path} has no Component "{s.now.focus}"',
        f'put Component "{s.now.focus}" "client_proxy" with target_address ='
        f' "focus@auth.{s.domain}" into {s.main_path} and restart prosody',
    )


@rule(
    "auth-host-missing",
    "error",
    "Prosody lacks the host on which Jicofo and the videobridge log in.",
    "Without Jicofo nobody can open a meeting.",
)
def auth_host_missing(s: Subject) -> Iterator[Found]:
    if s.domain not in s.hosts or known(s.instance.jicofo.hocon) is None:
        return
    host, place = s.jicofo_host
    if host and host not in s.hosts:
        yield Found(
            f"Prosody does not have {host}, on which Jicofo logs in",
            place,
            f'put VirtualHost "{host}" with authentication = "internal_hashed" into {s.main_path}'
            " and restart prosody",
        )


@rule(
    "jicofo-unreachable",
    "error",
    "Jicofo runs, and requests for rooms don't reach it.",
    "Nobody can open a meeting.",
)
def jicofo_unreachable(s: Subject) -> Iterator[Found]:
    jicofo = s.instance.service("jicofo")
    if jicofo is None or jicofo.state != "running":
        return
    for doubt in s.verdict.doubts if s.verdict is not None else ():
        if doubt.startswith("the request for a room was answered: "):
            yield Found(
                "Requests for rooms don't reach Jicofo",
                f"{doubt} (asked {s.now.focus})",
                "look at Jicofo's log: jitsi-tui logs DEST jicofo",
            )


@rule(
    "not-restarted",
    "error",
    "A service runs with older settings than its files have.",
    "What the files say is not what happens.",
)
def not_restarted(s: Subject) -> Iterator[Found]:
    verdict = s.verdict
    if verdict is None:
        return
    prosody = list(s.instance.prosody.files.values())
    if verdict.strangers_log_in is not None and s.now.main_authentication and not s.now.token:
        if verdict.strangers_log_in is not s.now.open:
            says = "lets strangers in" if verdict.strangers_log_in else "asks for an account"
            yield _differs(s, "prosody", prosody, f"Prosody still {says}")
        elif _guests_differ(s):
            yield _differs(s, "prosody", prosody, f"Prosody has no {s.now.guest_domain} yet")
    jicofo = [f for f in map(known, (s.instance.jicofo.hocon, s.instance.jicofo.properties)) if f]
    if "unknown" not in (verdict.authority, s.now.authority) and (
        verdict.authority != s.now.authority
    ):
        place = _told_at_start(s)
        if place:
            yield Found(
                "Jicofo is told otherwise when it starts than by its files",
                f"{place}: JAVA_SYS_PROPS sets what wins over them",
                f"take it out of {place.rpartition(':')[0]} and restart jicofo",
            )
            return
        says = "asks nobody" if verdict.authority == "off" else f"runs with {verdict.authority}"
        yield _differs(s, "jicofo", jicofo, f"Jicofo still {says}")


_AT_START = re.compile(r"^(?!\s*#).*-D(?:jicofo\.authentication\.|org\.jitsi\.jicofo\.auth\.URL=)")


def _told_at_start(s: Subject) -> str:
    """``file:12`` where Jicofo's start script hands it settings of its own; else empty."""
    file = known(s.instance.jicofo.config)
    lines = file.text.splitlines() if file is not None else []
    at = next((n for n, line in enumerate(lines, 1) if _AT_START.search(line)), 0)
    return f"{file.real}:{at}" if file is not None and at else ""


def _guests_differ(s: Subject) -> bool:
    """The files have a guest host, and the running server says that it has none."""
    verdict = s.verdict
    return (
        verdict is not None
        and s.now.guest_authentication is not None
        and verdict.guests_log_in is False
        and known(verdict.guest) is None
    )


def _differs(s: Subject, name: str, files: list[SourceFile], says: str) -> Found:
    service = s.instance.service(name)
    newest = max(files, key=lambda file: file.modified, default=None)
    times = []
    if newest is not None:
        times.append(f"{newest.real} was changed {newest.modified:%Y-%m-%d %H:%M:%S} UTC")
    if service is not None and service.since is not None:
        times.append(f"{name} runs since {service.since:%Y-%m-%d %H:%M:%S} UTC")
    return Found(
        f"{says}, its files say otherwise: it was not restarted",
        "; ".join(times) or says,
        f"jitsi-tui services DEST restart {name}",
    )


@rule(
    "changed-since-start",
    "info",
    "Files of a service were changed after it started.",
    "The next restart, or the weekly reload of Prosody, brings the change.",
)
def changed_since_start(s: Subject) -> Iterator[Found]:
    told = {one.message.split()[0].lower() for one in not_restarted(s)}
    jicofo = [f for f in map(known, (s.instance.jicofo.hocon, s.instance.jicofo.properties)) if f]
    for name, files in (("prosody", list(s.instance.prosody.files.values())), ("jicofo", jicofo)):
        service = s.instance.service(name)
        since = service.since if service is not None else None
        if since is None or name in told:
            continue
        newer = [file.real for file in files if file.modified > since + _CLOCK]
        if newer:
            yield Found(
                f"{name} has not read its files since they were changed",
                f"{', '.join(newer)}, changed after {since:%Y-%m-%d %H:%M:%S} UTC",
                f"jitsi-tui services DEST restart {name}",
            )


@rule(
    "jigasi-no-account",
    "warning",
    "Jigasi has no account while the server asks for one.",
    "People who call in by telephone don't get into meetings.",
)
def jigasi_no_account(s: Subject) -> Iterator[Found]:
    from jitsi_tui.configs.document import ConfigError, decode  # noqa: PLC0415
    from jitsi_tui.configs.properties import Properties  # noqa: PLC0415

    file = known(s.instance.jigasi)
    if file is None or "jigasi" not in s.instance.extras or not s.asks_for_accounts:
        return
    try:
        read = Properties.parse(decode(file.data), file=file.real)
    except ConfigError:
        return
    prefix = "org.jitsi.jigasi.xmpp.acc."
    user, anonymous = read.get((prefix + "USER_ID",)), read.get((prefix + "ANONYMOUS_AUTH",))
    if user is None or anonymous is None or str(anonymous.value).strip().lower() != "false":
        yield Found(
            "Jigasi has no account, so calls by telephone don't get in",
            f"{file.real}: no {prefix}USER_ID, or ANONYMOUS_AUTH is not false",
            f"jitsi-tui moderators DEST add jigasi; set {prefix}USER_ID, PASS and"
            " ANONYMOUS_AUTH=false, and restart jigasi",
        )


RULES = tuple(_TABLE.rules)
