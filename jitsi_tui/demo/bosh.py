"""Prosody over BOSH: who may log in, and what he may ask then (XEP-0124, XEP-0206, RFC 6120)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from xml.etree.ElementTree import Element, ParseError, fromstring

from . import invitations
from .accounts import Accounts
from .focus import FOCUS, Focus, Refused
from .invitations import Invitations, Invite
from .scram import Scram, ScramError, matches, plain
from .settings import ANONYMOUS, ProsodySettings, VirtualHost
from .web import NOT_FOUND, Request, Response, escape

_BODY = "http://jabber.org/protocol/httpbind"
_SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
_BIND = "urn:ietf:params:xml:ns:xmpp-bind"
_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
_CLIENT = "jabber:client"
_XBOSH = "urn:xmpp:xbosh"
_REGISTER = ("{jabber:iq:register}query", "{urn:xmpp:pars:0}preauth")
_SASL_TEXTS = {
    "not-authorized": "Unable to authorize you with the authentication credentials you sent.",
    "not-allowed": "token required",
}
_INACTIVITY = 60
_LONGEST_WAIT = 60.0
_MANY = 500


class Surroundings(Protocol):
    """What Prosody needs of the rest of the server."""

    accounts: Accounts
    invitations: Invitations

    def focus(self) -> Focus | None:
        """Jicofo, while it is connected to Prosody."""


@dataclass
class Session:
    """One client."""

    sid: str
    host: VirtualHost
    wait: float
    rid: int
    user: str | None = None
    jid: str = ""
    invite: Invite | None = None
    scram: Scram | None = None
    outbox: list[str] = field(default_factory=list)
    holding: asyncio.Event | None = None
    ended: bool = False
    expiry: asyncio.TimerHandle | None = None


class Bosh:
    """One run of Prosody: its sessions are gone with it."""

    def __init__(
        self,
        settings: ProsodySettings,
        around: Surroundings,
        log: Callable[[str, str, str], None],
    ) -> None:
        """``log(source, level, text)`` writes a line of Prosody's log."""
        self.settings = settings
        self._around = around
        self._log = log
        self._sessions: dict[str, Session] = {}

    async def answer(self, request: Request) -> Response:
        """One HTTP request to Prosody's port."""
        host = self.settings.hosts.get(request.host)
        if host is None or not host.bosh or request.path.partition("?")[0] != "/http-bind":
            return NOT_FOUND
        if request.method != "POST":
            return Response(body=b"<p>It works! Now point your BOSH client to this URL.</p>")
        said = (await self._answer_body(request.body)).encode()
        return Response(body=said, content_type="text/xml; charset=utf-8")

    async def _answer_body(self, data: bytes) -> str:
        try:
            body = fromstring(data)  # noqa: S314 - from this machine, and short
        except ParseError:
            return _terminate("bad-request")
        if body.tag != f"{{{_BODY}}}body":
            return _terminate("bad-request")
        sid = body.get("sid")
        if sid is None:
            return self._open(body)
        session = self._sessions.get(sid)
        return _terminate("item-not-found") if session is None else await self._next(session, body)

    def sessions(self) -> list[Session]:
        """Those who are connected."""
        return list(self._sessions.values())

    def close(self, user: str, host: str) -> int:
        """End the sessions of an account; how many there were."""
        mine = [s for s in self.sessions() if (s.user, s.host.name) == (user, host)]
        for session in mine:
            self._end(session)
        return len(mine)

    def stop(self) -> None:
        """Prosody goes: everyone is cut off."""
        for session in self.sessions():
            self._end(session)

    # -- sessions --------------------------------------------------------------------------------

    def _open(self, body: Element) -> str:
        host = self.settings.hosts.get(body.get("to", ""))
        if host is None:
            return _terminate("improper-addressing")
        if len(self._sessions) >= _MANY:
            return _terminate("policy-violation")
        wait = min(_number(body.get("wait"), 60), _LONGEST_WAIT)
        session = Session(secrets.token_hex(16), host, wait, int(_number(body.get("rid"), 0)))
        self._sessions[session.sid] = session
        self._touch(session)
        self._log("mod_bosh", "info", f"New BOSH session, assigned it sid '{session.sid}'")
        features = f"<stream:features>{self._mechanisms(host)}</stream:features>"
        return (
            f"<body sid='{session.sid}' from='{host.name}' wait='{wait:.0f}' ver='1.6' hold='1'"
            f" polling='5' inactivity='{_INACTIVITY}' requests='2' authid='{session.sid}'"
            f" secure='true' xmpp:version='1.0' xmpp:restartlogic='true' xmlns='{_BODY}'"
            f" xmlns:xmpp='{_XBOSH}' xmlns:stream='http://etherx.jabber.org/streams'>{features}</body>"
        )

    def _mechanisms(self, host: VirtualHost) -> str:
        offered = "".join(f"<mechanism>{name}</mechanism>" for name in self.offered(host))
        return f"<mechanisms xmlns='{_SASL}'>{offered}</mechanisms>" if offered else ""

    def offered(self, host: VirtualHost) -> list[str]:
        """The SASL mechanisms that a client is offered over BOSH."""
        secure = self.settings.bosh_secure
        if host.encryption_required and not secure:
            return []
        if host.authentication in ANONYMOUS or host.authentication == "token":
            names = ["ANONYMOUS"]
        else:
            names = ["SCRAM-SHA-1", "PLAIN"] if secure else ["SCRAM-SHA-1"]
        return [name for name in names if name not in host.disabled]

    async def _next(self, session: Session, body: Element) -> str:
        rid = int(_number(body.get("rid"), -1))
        if not session.rid < rid <= session.rid + 2:
            self._end(session)
            return _terminate("item-not-found")
        session.rid = rid
        self._touch(session)
        if session.holding is not None:
            session.holding.set()
            session.holding = None
        if body.get(f"{{{_XBOSH}}}restart") == "true":
            session.outbox.append(self._features(session))
        for stanza in body:
            self._take(session, stanza)
        if body.get("type") == "terminate":
            self._end(session)
            return _terminate()
        if not session.outbox and not session.ended:
            await self._hold(session)
        if session.ended and not session.outbox:
            return _terminate()
        said, session.outbox = "".join(session.outbox), []
        return (
            f"<body xmlns='{_BODY}' sid='{session.sid}'"
            f" xmlns:stream='http://etherx.jabber.org/streams'>{said}</body>"
        )

    async def _hold(self, session: Session) -> None:
        """A request is kept until there is something to say, the next one comes, or time is up."""
        holding = session.holding = asyncio.Event()
        try:
            await asyncio.wait_for(holding.wait(), session.wait)
        except TimeoutError:
            pass
        finally:
            if session.holding is holding:
                session.holding = None

    def _touch(self, session: Session) -> None:
        if session.expiry is not None:
            session.expiry.cancel()
        loop = asyncio.get_running_loop()
        session.expiry = loop.call_later(session.wait + _INACTIVITY, self._end, session)

    def _end(self, session: Session) -> None:
        if self._sessions.pop(session.sid, None) is None:
            return
        session.ended = True
        if session.expiry is not None:
            session.expiry.cancel()
        if session.holding is not None:
            session.holding.set()
        self._log(f"bosh{session.sid}", "info", "BOSH client disconnected: session close")

    # -- stanzas ---------------------------------------------------------------------------------

    def _features(self, session: Session) -> str:
        bind = f"<bind xmlns='{_BIND}'/>"
        inner = self._mechanisms(session.host) if session.user is None else bind
        return f"<stream:features>{inner}</stream:features>"

    def _take(self, session: Session, stanza: Element) -> None:
        namespace, _, name = stanza.tag.rpartition("}")
        if namespace == "{" + _SASL:
            session.outbox.append(self._sasl(session, name, (stanza.text or "").encode(), stanza))
        elif name == "iq":
            session.outbox.append(self._iq(session, stanza))
        elif session.user is None:
            self._end(session)

    def _sasl(self, session: Session, name: str, data: bytes, stanza: Element) -> str:
        try:
            if name == "auth":
                return self._begin(session, stanza.get("mechanism", ""), data)
            return self._continue(session, name, data)
        except ScramError as error:
            session.scram = None
            text = _SASL_TEXTS.get(error.condition, "")
            why = f"<text>{text}</text>" if text else ""
            return f"<failure xmlns='{_SASL}'><{error.condition}/>{why}</failure>"

    def _continue(self, session: Session, name: str, data: bytes) -> str:
        if name != "response" or session.scram is None:
            raise ScramError("malformed-request")
        said = session.scram.finish(data)
        self._authenticated(session, session.scram.user)
        return f"<success xmlns='{_SASL}'>{said.decode()}</success>"

    def _begin(self, session: Session, mechanism: str, data: bytes) -> str:
        host = session.host
        if mechanism not in self.offered(host):
            raise ScramError("invalid-mechanism")
        if mechanism == "ANONYMOUS":
            if host.authentication == "token":
                raise ScramError("not-allowed")
            self._authenticated(session, secrets.token_hex(8))
        elif mechanism == "PLAIN":
            user, password = plain(data)
            keys = self._around.accounts.keys(user, host.name)
            if keys is None or not matches(keys, password):
                raise ScramError("not-authorized")
            self._authenticated(session, user)
        else:
            session.scram = Scram(lambda user: self._around.accounts.keys(user, host.name))
            challenge = session.scram.challenge(data)
            return f"<challenge xmlns='{_SASL}'>{challenge.decode()}</challenge>"
        return f"<success xmlns='{_SASL}'/>"

    def _authenticated(self, session: Session, user: str) -> None:
        session.user = user
        session.scram = None
        self._log(f"bosh{session.sid}", "info", f"Authenticated as {user}@{session.host.name}")

    def _iq(self, session: Session, iq: Element) -> str:
        inner = next(iter(iq), None)
        number = escape(iq.get("id", ""))
        to = iq.get("to", session.host.name)
        if inner is None or iq.get("type") not in ("get", "set"):
            return ""
        said: str | Refused = Refused("cancel", "service-unavailable")
        if session.user is None:
            said = self._before_login(session, inner)
        elif inner.tag == f"{{{_BIND}}}bind":
            session.jid = f"{session.user}@{session.host.name}/{secrets.token_hex(6)}"
            said = f"<bind xmlns='{_BIND}'><jid>{session.jid}</jid></bind>"
        elif inner.tag == "{urn:xmpp:ping}ping":
            said = ""
        elif inner.tag == f"{{{FOCUS}}}conference":
            said = self._conference(session, to, inner)
        return _error(number, to, said) if isinstance(said, Refused) else _result(number, to, said)

    def _before_login(self, session: Session, inner: Element) -> str | Refused:
        """An invitation, and the account that it lets one make (XEP-0401, XEP-0077)."""
        host = session.host
        if inner.tag not in _REGISTER:
            return Refused("auth", "not-authorized")
        if not host.modules.issuperset(invitations.MODULES):
            return Refused("cancel", "service-unavailable")
        if inner.tag == _REGISTER[1]:
            session.invite = self._around.invitations.valid(host.name, inner.get("token", ""))
            if session.invite is None:
                return Refused("cancel", "forbidden", "The invite token is invalid or expired")
            return ""
        name = (inner.findtext("{jabber:iq:register}username") or "").lower()
        password = inner.findtext("{jabber:iq:register}password") or ""
        return self._register(session, name, password)

    def _register(self, session: Session, name: str, password: str) -> str | Refused:
        accounts, host, invite = self._around.accounts, session.host.name, session.invite
        if invite is None:
            only = "Registration on this server is through invitation only"
            return Refused("modify", "not-acceptable", only)
        if not name or not password or any(char in name for char in "\"&'/:<>@ "):
            return Refused("modify", "not-acceptable", "The requested username is invalid.")
        if accounts.exists(name, host) and not (invite.reset and invite.name == name):
            return Refused("cancel", "conflict", "The requested username already exists.")
        accounts.set(name, host, password)
        self._around.invitations.drop(host, invite.token)
        self._log("mod_register_ibr", "info", f"User account created: {name}@{host}")
        return ""

    def _conference(self, session: Session, to: str, inner: Element) -> str | Refused:
        """Handed on to Jicofo's account by the ``client_proxy`` component."""
        target = self.settings.targets.get(to)
        focus = self._around.focus()
        if not session.jid or target is None:
            return Refused("cancel", "service-unavailable")
        if focus is None or focus.settings.jid != target:
            return Refused("wait", "remote-server-timeout")
        if focus.settings.client_proxy != to:
            return Refused("auth", "not-authorized")
        return focus.request(session.jid, inner)


def _result(number: str, source: str, inner: str) -> str:
    sender = escape(source)
    return f"<iq xmlns='{_CLIENT}' type='result' id='{number}' from='{sender}'>{inner}</iq>"


def _error(number: str, source: str, why: Refused) -> str:
    namespace = FOCUS if why.condition == "session-invalid" else _STANZAS
    text = f"<text xmlns='{_STANZAS}'>{escape(why.text)}</text>" if why.text else ""
    return (
        f"<iq xmlns='{_CLIENT}' type='error' id='{number}' from='{escape(source)}'>"
        f"<error type='{why.type}'><{why.condition} xmlns='{namespace}'/>{text}</error></iq>"
    )


def _terminate(condition: str = "") -> str:
    why = f" condition='{condition}'" if condition else ""
    return f"<body xmlns='{_BODY}' type='terminate'{why}/>"


def _number(text: str | None, default: float) -> float:
    return float(text) if text is not None and text.isdigit() and len(text) < 17 else default
