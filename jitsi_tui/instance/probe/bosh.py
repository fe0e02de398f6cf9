"""XMPP over BOSH (XEP-0124, XEP-0206, RFC 6120), as Jitsi's web client speaks it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from jitsi_tui.ssh.command import Secret

from .http import Http, Talk, TalkError
from .sasl import SaslError, Scram, plain
from .stanza import Element, XmlError, escape, parse

_BIND = "urn:ietf:params:xml:ns:xmpp-bind"
_SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
_FOCUS = "http://jitsi.org/protocol/focus"
_POLLS = 40
_WAIT = 5  # seconds that Prosody holds a request for which it has no answer
_SCRAMS = ("SCRAM-SHA-256", "SCRAM-SHA-1")


class NoSuchHostError(TalkError):
    """Prosody serves no host of that name."""


class LoginRefusedError(TalkError):
    """Prosody refused the login: ``condition`` (RFC 6120, 6.5) and its words for it."""

    def __init__(self, condition: str, text: str) -> None:
        super().__init__(f"{condition}: {text}" if text else condition)
        self.condition = condition
        self.text = text


@dataclass(frozen=True)
class Answer:
    """What an IQ was answered: a result, or an error's condition."""

    ok: bool
    condition: str = ""
    payload: Element | None = None


class Bosh:
    """One session with one virtual host. Every method is a ``Talk`` and raises ``TalkError``."""

    def __init__(self, http: Http, site: str, domain: str) -> None:
        self.domain = domain
        self.mechanisms: tuple[str, ...] = ()
        self.jid = ""
        self._http = http
        self._site = site
        self._rid = secrets.randbelow(2**40) + 1
        self._sid = ""
        self._iq = 0

    def open(self) -> Talk[tuple[str, ...]]:
        """Start the session; the SASL mechanisms that the host offers, in its order."""
        attributes = (
            f"to='{escape(self.domain)}' wait='{_WAIT}' hold='1' ver='1.6' xml:lang='en' "
            "content='text/xml; charset=utf-8' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'"
        )
        body = yield from self._post(attributes, "")
        self._sid = body.get("sid") or ""
        if not self._sid:
            raise TalkError("Prosody's BOSH opened no session")
        features = yield from self._await(body, "features")
        listed = features.first("mechanisms")
        offered = listed.children if listed is not None else []
        self.mechanisms = tuple(m.text.strip()[:64] for m in offered if m.name == "mechanism")[:32]
        return self.mechanisms

    def log_in_anonymously(self) -> Talk[None]:
        """SASL ANONYMOUS to its end: tokens are refused inside of it (``LoginRefusedError``)."""
        answer = yield from self._auth(f"<auth xmlns='{_SASL}' mechanism='ANONYMOUS'/>")
        if answer.name == "challenge":
            answer = yield from self._auth(f"<response xmlns='{_SASL}'/>")
        _check(answer)

    def log_in(self, name: str, password: Secret) -> Talk[None]:
        """SCRAM, else PLAIN, to its end. Raises ``LoginRefusedError``."""
        mechanism = next((m for m in _SCRAMS if m in self.mechanisms), None)
        if mechanism is None:
            if "PLAIN" not in self.mechanisms:
                raise TalkError(f"{self.domain} takes no passwords")
            word = plain(name, password)
            _check((yield from self._auth(_auth_word("PLAIN", word))))
            return
        scram = Scram(mechanism, name, password)
        try:
            answer = yield from self._auth(_auth_word(mechanism, scram.first()))
            _check(answer, name="challenge")
            reply = scram.answer(answer.text.strip())
            answer = yield from self._auth(f"<response xmlns='{_SASL}'>{reply}</response>")
            _check(answer)
            scram.check(answer.text.strip())
        except SaslError as error:
            raise TalkError(f"the login with {mechanism} failed: {error}") from error

    def bind(self) -> Talk[str]:
        """Restart the stream after a login and get a full JID."""
        body = yield from self._post(
            f"to='{escape(self.domain)}' xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'", ""
        )
        yield from self._await(body, "features")
        answer = yield from self.ask("", f"<bind xmlns='{_BIND}'/>")
        found = answer.payload.first("jid") if answer.payload is not None else None
        if not answer.ok or found is None:
            raise TalkError(f"{self.domain} bound no address: {answer.condition}")
        self.jid = found.text.strip()[:3071]
        return self.jid

    def request_conference(self, focus: str, room: str) -> Talk[Answer]:
        """Ask Jicofo for a room, as a client does before it joins.

        Asked again while no answer comes: a Jicofo that is ending takes the question with it.
        """
        machine = secrets.token_hex(16)
        return self.ask(
            focus,
            f"<conference xmlns='{_FOCUS}' room='{escape(room)}' machine-uid='{machine}'/>",
            insist=True,
        )

    def ask(self, to: str, payload: str, *, insist: bool = False) -> Talk[Answer]:
        """One IQ of type ``set`` and its answer; with ``insist`` sent again with every poll."""
        self._iq += 1
        identifier = f"q{self._iq}"
        address = f" to='{escape(to)}'" if to else ""
        iq = f"<iq xmlns='jabber:client' type='set' id='{identifier}'{address}>{payload}</iq>"
        body = yield from self._post("", iq)
        answer = yield from self._await(body, "iq", identifier, poll=iq if insist else "")
        if answer.get("type") == "result":
            return Answer(True, payload=next(iter(answer.children), None))
        error = answer.first("error")
        conditions = [c.name for c in error.children if c.name != "text"] if error else []
        return Answer(False, condition=next(iter(conditions), "undefined-condition")[:64])

    def close(self) -> None:
        """End the session; nothing is waited for."""
        if self._sid:
            body = self._body("type='terminate'", "")
            self._http.post_and_close("/http-bind", host=self._site, body=body)
            self._sid = ""
        else:
            self._http.close()

    def _auth(self, word: str) -> Talk[Element]:
        body = yield from self._post("", word)
        return (yield from self._await(body, "success", "failure", "challenge"))

    def _await(self, body: Element, *wanted: str, poll: str = "") -> Talk[Element]:
        """The first child that is wanted (by name; an IQ by its id), polling where none came."""
        for _ in range(_POLLS):
            for child in body.children:
                if child.name in wanted and (child.name != "iq" or child.get("id") in wanted):
                    return child
            body = yield from self._post("", poll)
        raise TalkError(f"Prosody's BOSH never sent {wanted[0]}")

    def _body(self, attributes: str, payload: str) -> bytes:
        self._rid += 1
        sid = f" sid='{escape(self._sid)}'" if self._sid else ""
        return (
            f"<body xmlns='http://jabber.org/protocol/httpbind' rid='{self._rid}'{sid} "
            f"{attributes}>{payload}</body>"
        ).encode()

    def _post(self, attributes: str, payload: str) -> Talk[Element]:
        response = yield from self._http.request(
            "POST", "/http-bind", host=self._site, body=self._body(attributes, payload)
        )
        if response.status == 404:
            raise TalkError(f"Prosody serves no BOSH for {self._site} (mod_bosh)")
        if response.status != 200:
            raise TalkError(f"Prosody's BOSH answered {response.status}")
        try:
            body = parse(response.body)
        except XmlError as error:
            raise TalkError(str(error)) from error
        if body.name != "body":
            raise TalkError("what answers is no BOSH")
        if body.get("type") in ("terminate", "error"):
            self._sid = ""
            raise self._ended(body)
        return body

    def _ended(self, body: Element) -> TalkError:
        condition = (body.get("condition") or "no reason")[:64]
        inner = next((c.name for e in body.children if e.name == "error" for c in e.children), "")
        if condition in ("improper-addressing", "host-unknown", "host-gone") or inner in (
            "host-unknown",
            "host-gone",
        ):
            return NoSuchHostError(f"Prosody serves no host {self.domain}")
        return TalkError(f"Prosody ended the session with {self.domain}: {inner or condition}")


def _auth_word(mechanism: str, word: str) -> str:
    return f"<auth xmlns='{_SASL}' mechanism='{mechanism}'>{word}</auth>"


def _check(answer: Element, name: str = "success") -> None:
    if answer.name == name:
        return
    if answer.name != "failure":
        raise TalkError(f"the login went wrong: {answer.name} came")
    text = answer.first("text")
    conditions = [child.name for child in answer.children if child.name != "text"]
    raise LoginRefusedError(
        next(iter(conditions), "not-authorized")[:64], text.text.strip()[:200] if text else ""
    )
