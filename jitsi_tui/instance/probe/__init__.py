"""Asks the running server what a browser would ask: who can log in, who can open a room.

Prosody over BOSH (XEP-0124, XEP-0206) through a connection that starts on the server, and Jicofo's
``/debug`` and ``/stats``. A room is asked for only where refusal is expected: elsewhere one would
come to be.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import Host, HostError

from .. import facts
from ..accounts.names import account
from ..model import (
    Absent,
    Fact,
    Failed,
    Instance,
    InstanceError,
    JicofoAuthority,
    Known,
    Verdict,
    known,
)
from ..posture import Settings, settings
from .bosh import Bosh, LoginRefusedError, NoSuchHostError
from .http import (
    ForbiddenError,
    Http,
    Talk,
    TalkError,
    alone,
    together,
)
from .judgement import judge as judge

_NOT_YET = frozenset({"remote-server-timeout", "remote-server-not-found", "service-unavailable"})
"""What Prosody says of a Jicofo that is not connected (yet)."""

_ANSWERED = "the request for a room was answered: "
_NO_FOCUS = "no room was asked for: Prosody's files have no "
_PAUSE = 0.2
_AUTHORITIES: dict[str, JicofoAuthority] = {
    "XMPPDomainAuthAuthority": "xmpp",
    "ExternalJWTAuthority": "jwt",
    "null": "off",
}


class ProbeError(InstanceError):
    """The running server could not be asked."""

    kind = "probe"


@dataclass(frozen=True)
class LoginCheck:
    """Whether a name and a password let one in, and open meetings."""

    login: bool
    opens_room: bool | None
    detail: str = ""
    """The same as a sentence, with why not, or why it is not known."""


@dataclass(frozen=True)
class _Door:
    """What one virtual host offers, and whether a stranger gets through."""

    mechanisms: Fact[tuple[str, ...]]
    lets_strangers_in: bool | None
    doubt: str = ""
    session: Bosh | None = None


@dataclass(frozen=True)
class _Focus:
    """What Jicofo says of itself."""

    authority: JicofoAuthority = "unknown"
    conferences: int | None = None
    participants: int | None = None
    doubt: str = ""


@dataclass(frozen=True)
class _Look:
    """One look: whom we ask, about what, and how long we wait for what is not up yet."""

    host: Host
    instance: Instance
    settings: Settings
    deadline: float
    patient_until: float

    def http(self, name: str, port: int) -> Http:
        return Http(self.host, port, name, self.deadline)

    def bosh(self, domain: str) -> Bosh:
        http = self.http("Prosody", self.instance.prosody.http_port)
        return Bosh(http, self.instance.domain, domain)

    def still_waiting(self) -> bool:
        if time.monotonic() + _PAUSE >= min(self.patient_until, self.deadline):
            return False
        time.sleep(_PAUSE)
        return True


def look(
    host: Host,
    instance: Instance,
    *,
    guest_domain: str | None = None,
    expect_rooms_closed: bool | None = None,
    timeout: float = 30.0,
    patience: float | None = None,
) -> Verdict:
    """Ask, and never raise: what can't be asked is a doubt.

    ``guest_domain`` and ``expect_rooms_closed`` (``True``: refusal is expected) are what an apply
    wants; by default the running server's own answers decide. ``patience`` is how long to wait for
    services that come up (seconds; by default ``timeout`` after an apply, and not at all else).
    """
    after_apply = expect_rooms_closed is not None
    waiting = patience if patience is not None else (timeout if after_apply else 0.0)
    now = time.monotonic()
    ask = _Look(host, instance, settings(instance), now + timeout, now + waiting)
    guest = guest_domain or ask.settings.guest_domain or _guess_guest_domain(instance)
    main_door, guest_door, focus = _knock(ask, guest)
    if focus.authority == "unknown":
        focus = _by_its_log(ask, focus, fresh=after_apply)
    rooms, room_doubt = _rooms(ask, main_door, guest_door, focus, expect_rooms_closed)
    for door in (main_door, guest_door):
        if door.session is not None:
            door.session.close()
    doubts = (main_door.doubt, guest_door.doubt, focus.doubt, room_doubt)
    return Verdict(
        domain=instance.domain,
        guest_domain=guest if guest_door.lets_strangers_in else None,
        taken=datetime.now(UTC),
        main=main_door.mechanisms,
        guest=guest_door.mechanisms,
        strangers_log_in=main_door.lets_strangers_in,
        strangers_open_rooms=rooms,
        guests_log_in=guest_door.lets_strangers_in,
        authority=focus.authority,
        conferences=focus.conferences,
        participants=focus.participants,
        doubts=tuple(dict.fromkeys(doubt for doubt in doubts if doubt)),
    )


def _guess_guest_domain(instance: Instance) -> str | None:
    """Where the files can't be read, the usual name is tried."""
    unreadable = isinstance(instance.prosody.effective, Failed) or instance.prosody.unreadable
    return f"guest.{instance.domain}" if unreadable else None


def _knock(ask: _Look, guest: str | None) -> tuple[_Door, _Door, _Focus]:
    """Both doors and Jicofo at once."""
    main = _patiently(ask, lambda: _door(ask.bosh(ask.instance.domain)))
    jicofo = _patiently(ask, lambda: _jicofo(ask))
    talks: list[Talk[_Door | _Focus]] = [main, jicofo]
    if guest is not None:
        talks.append(_patiently(ask, lambda: _door(ask.bosh(guest))))
    results = together(*talks)
    main_door = _as_door(results[0])
    guest_door = _as_door(results[2]) if guest is not None else _Door(Absent("no guests"), False)
    focus = results[1]
    if isinstance(focus, _Focus):
        return main_door, guest_door, focus
    return main_door, guest_door, _Focus(doubt=str(focus))


def _patiently(
    ask: _Look, start: Callable[[], Generator[None, None, _Door | _Focus]]
) -> Talk[_Door | _Focus]:
    """Again and again while a service comes up, as long as there is patience."""
    while True:
        try:
            return (yield from start())
        except ForbiddenError:
            raise
        except TalkError:
            if not ask.still_waiting():
                raise


def _as_door(result: object) -> _Door:
    if isinstance(result, _Door):
        return result
    return _Door(Failed(str(result)), None, doubt=str(result))


def _door(session: Bosh) -> Talk[_Door | _Focus]:
    try:
        mechanisms = yield from session.open()
    except NoSuchHostError as error:
        return _Door(Absent(str(error)), False)
    offered = Known(mechanisms)
    if "ANONYMOUS" not in mechanisms:
        doubt = "" if mechanisms else f"{session.domain} offers no way to log in at all"
        return _Door(offered, False, doubt, session)
    try:
        yield from session.log_in_anonymously()
    except LoginRefusedError:
        return _Door(offered, False, session=session)
    except TalkError as error:
        return _Door(offered, None, str(error), session)
    return _Door(offered, True, session=session)


def _jicofo(ask: _Look) -> Talk[_Door | _Focus]:
    port = ask.instance.layout.jicofo_http
    http = ask.http("Jicofo", port)
    debug = yield from http.request("GET", "/debug", host="localhost")
    authority: JicofoAuthority = "unknown"
    doubt = ""
    if debug.status == 200:
        handler = _json(debug.body).get("conference_iq_handler")
        said = handler.get("auth_authority") if isinstance(handler, dict) else None
        authority = _AUTHORITIES.get(str(said), "unknown")
    if authority == "unknown":
        doubt = "Jicofo does not say on /debug whether it asks for accounts"
    stats = yield from http.request("GET", "/stats", host="localhost")
    http.close()
    counted = _json(stats.body) if stats.status == 200 else {}
    return _Focus(
        authority, _count(counted.get("conferences")), _count(counted.get("participants")), doubt
    )


def _json(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 10**9 else None


def _by_its_log(ask: _Look, focus: _Focus, *, fresh: bool) -> _Focus:
    """What Jicofo's log said at its last start; read anew where it was restarted since."""
    jicofo = ask.instance.jicofo
    said: JicofoAuthority = jicofo.logged_authority
    stopped = any(s.name == "jicofo" and s.state == "stopped" for s in ask.instance.services)
    if fresh and not stopped:
        try:
            said, _ = facts.jicofo_authority(ask.host, ask.instance.layout)
        except (HostError, InstanceError) as error:
            return replace(focus, doubt=f"{focus.doubt}; {error}")
    return focus if said == "unknown" else replace(focus, authority=said, doubt="")


# --- rooms --------------------------------------------------------------------------------------


def _rooms(
    ask: _Look, main: _Door, guest: _Door, focus: _Focus, expect_closed: bool | None
) -> tuple[bool | None, str]:
    """Whether strangers open rooms: asked as a guest where refusal is expected, else concluded."""
    closed = focus.authority in ("xmpp", "jwt")
    if main.lets_strangers_in:
        return _rooms_with_open_door(ask, focus)
    if main.lets_strangers_in is None or guest.lets_strangers_in is None:
        return None, ""
    if not guest.lets_strangers_in:
        return False, ""
    if focus.authority == "off" and not expect_closed:
        return True, ""
    if (closed or expect_closed) and guest.session is not None:
        return _ask_for_a_room(ask, guest.session)
    return None, ""


def _rooms_with_open_door(ask: _Look, focus: _Focus) -> tuple[bool | None, str]:
    """Jicofo looks at the domain alone: on an open main host everyone counts as its user."""
    if focus.authority == "off":
        return True, ""
    login = ask.instance.jicofo.logged_login_url or ask.settings.jicofo_login_url
    if focus.authority == "xmpp" and (login or "").lower() == ask.instance.domain:
        return True, ""
    return None, ""


def _ask_for_a_room(ask: _Look, session: Bosh) -> tuple[bool | None, str]:
    """A bound session leaves a file on servers that store bookmarks: bound only where we ask."""
    hosts = known(ask.instance.prosody.effective)
    if hosts and ask.settings.focus not in hosts:
        # Prosody would look for it on the network, for half a minute.
        return None, f"{_NO_FOCUS}{ask.settings.focus}"
    room = f"jitsi-tui-{secrets.token_hex(8)}@{ask.settings.muc}"
    while True:
        try:
            if not session.jid:
                alone(session.bind())
            answer = alone(session.request_conference(ask.settings.focus, room))
        except TalkError as error:
            return None, f"the request for a room was not answered: {error}"
        if answer.ok:
            return True, ""
        if answer.condition in ("not-authorized", "forbidden", "not-allowed"):
            return False, ""
        if answer.condition not in _NOT_YET or not ask.still_waiting():
            return None, f"{_ANSWERED}{answer.condition}"


# --- one account --------------------------------------------------------------------------------


def check_login(
    host: Host,
    instance: Instance,
    name: str,
    password: Secret,
    *,
    open_room: bool,
    timeout: float = 30.0,
) -> LoginCheck:
    """Log in as a browser would; with ``open_room`` ask for a room too (an empty one comes to be).

    Raises ``RefusedError`` for what is no account name, ``ProbeError`` where nobody could be asked.
    """
    now = time.monotonic()
    ask = _Look(host, instance, settings(instance), now + timeout, now + 5.0)
    session = ask.bosh(instance.domain)
    try:
        alone(session.open())
        alone(session.log_in(account(name, instance.domain), password))
    except LoginRefusedError as error:
        session.close()
        return LoginCheck(False, None, _why_refused(error))
    except TalkError as error:
        session.close()
        raise ProbeError(
            f"the login could not be tried: {error}", "is Prosody running? See: status"
        ) from None
    try:
        if not open_room:
            return LoginCheck(True, None, "the login works")
        opens, doubt = _ask_for_a_room(ask, session)
        said = "the login works, and opens meetings"
        if not opens:
            said = f"the login works; {doubt or 'Jicofo refused to open a meeting'}"
        return LoginCheck(True, opens, said)
    finally:
        session.close()


def _why_refused(error: LoginRefusedError) -> str:
    if error.condition == "not-authorized":
        return "Prosody refused: wrong password, or no such account"
    if error.condition == "account-disabled":
        return "Prosody refused: the account is disabled"
    return f"Prosody refused: {error}"
