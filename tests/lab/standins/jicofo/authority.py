"""Who counts as logged in: sessions by JID domain, as jicofo's AbstractAuthAuthority keeps them."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from .log import log
from .settings import Auth


class RefusedError(Exception):
    """A request that is answered with an XMPP error."""

    def __init__(self, condition: str, text: str, session_invalid: bool = False) -> None:
        super().__init__(text)
        self.condition = condition
        self.text = text
        self.session_invalid = session_invalid


@dataclass
class Session:
    """A login that jicofo remembers; it outlives the password that made it."""

    machine: str
    identity: str
    room: str
    jid: str = ""
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    used: float = field(default_factory=time.monotonic)

    def __str__(self) -> str:
        return (
            f"AuthSession[ID={self.identity}, JID={self.jid}, SID={self.id}, MUID={self.machine}]"
        )


class Authority:
    """Trusts the JIDs of one domain, and every session that such a JID once made."""

    def __init__(self, auth: Auth, on_login: Callable[[str], None]) -> None:
        self.auth = auth
        self.external = auth.type == "JWT"
        self._sessions: dict[str, Session] = {}
        self._on_login = on_login

    @property
    def name(self) -> str:
        return "ExternalJWTAuthority" if self.external else "XMPPDomainAuthAuthority"

    def authenticate(
        self, jid: str, session_id: str | None, machine: str | None, room: str
    ) -> Session | None:
        """The session under which a request runs, if any. Raises ``RefusedError``."""
        self._expire()
        session = self._sessions.get(session_id or "")
        if session_id and session is None:
            raise RefusedError("not-acceptable", "invalid session", session_invalid=True)
        if session is not None and session.machine != machine:
            raise RefusedError("not-acceptable", "machine UID mismatch or empty")
        bare = jid.partition("/")[0]
        if session is None and bare.rpartition("@")[2] == self.auth.login_url:
            if not machine:
                raise RefusedError("not-acceptable", "Missing mandatory attribute 'machine-uid'")
            session = Session(machine, bare, room)
            self._sessions[session.id] = session
            text = f"Authentication session created for {bare} SID: {session.id}"
            log("INFO", "AbstractAuthAuthority.createNewSession#144", text)
        if session is not None:
            session.jid = jid
            session.used = time.monotonic()
            text = f"Authenticated jid: {jid} with session: {session}"
            log("INFO", "AbstractAuthAuthority.authenticateJidWithSession#332", text)
            self._on_login(jid)
        return session

    def knows(self, jid: str) -> bool:
        """Whether a full JID is logged in."""
        self._expire()
        return any(session.jid == jid for session in self._sessions.values())

    def log_out(self, session_id: str | None) -> None:
        if self._sessions.pop(session_id or "", None) is None:
            raise RefusedError("not-acceptable", "invalid session", session_invalid=True)

    def conference_ended(self, room: str) -> None:
        """Without automatic login a session ends with the conference that it was made for."""
        if not self.auth.auto_login:
            kept = {key: one for key, one in self._sessions.items() if one.room != room}
            self._sessions = kept

    def _expire(self) -> None:
        now = time.monotonic()
        for key, session in list(self._sessions.items()):
            if now - session.used > self.auth.lifetime:
                del self._sessions[key]
