"""Logging in (RFC 4252, RFC 4256): keys, one-time codes, password, and several of them in a row."""

from __future__ import annotations

import queue
import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import paramiko
from paramiko.auth_handler import AuthHandler
from paramiko.common import (
    MSG_SERVICE_ACCEPT,
    MSG_USERAUTH_BANNER,
    MSG_USERAUTH_FAILURE,
    MSG_USERAUTH_INFO_REQUEST,
    MSG_USERAUTH_SUCCESS,
    cMSG_SERVICE_REQUEST,
    cMSG_USERAUTH_INFO_RESPONSE,
    cMSG_USERAUTH_REQUEST,
)

from jitsi_tui.visible import visible

from .command import Secret
from .deadline import Deadline
from .destination import Destination
from .host import AuthError, ConnectError, ConnectionLostError
from .identities import Identity, KeyUnusableError, find
from .link import Link
from .prompts import Prompts

_ANSWER_TIME = 30.0
"""Seconds for the server to judge one attempt; wrong passwords are slow on purpose."""

_OPTIONS = {
    "publickey": "pubkeyauthentication",
    "keyboard-interactive": "kbdinteractiveauthentication",
    "password": "passwordauthentication",
}
"""Methods in the order of ssh(1), and the option that turns each one off."""

_MOST_QUESTIONS = 32
_MOST_ROUNDS = 16
_SERVICE = "ssh-connection"
_PASSWORD_QUESTION = re.compile(r"(?i)^\s*(\(.*\)\s*)?(\S+'s )?password:?\s*$")
_CERTIFICATE = "-cert-v01@openssh.com"


class Success(NamedTuple):
    """The user is let in."""


class Failure(NamedTuple):
    """Not let in, or not yet: the methods that can continue (RFC 4252, section 5.1)."""

    methods: tuple[str, ...]
    partial: bool
    """The method itself succeeded; another one is wanted as well."""


class Acceptable(NamedTuple):
    """The server would take this key."""


class Questions(NamedTuple):
    """What is asked by keyboard-interactive (RFC 4256): each prompt, and whether it echoes."""

    title: str
    instructions: str
    prompts: tuple[tuple[str, bool], ...]


class Ready(NamedTuple):
    """The server takes login requests."""


class Gone(NamedTuple):
    """The connection ended."""


Reply = Success | Failure | Acceptable | Questions | Ready | Gone


class _Conversation(AuthHandler):
    """Requests out, replies in; all thinking is done in the thread that logs in."""

    def __init__(self, link: Link) -> None:
        super().__init__(link)
        self._link = link
        self._replies: queue.SimpleQueue[Reply] = queue.SimpleQueue()
        self._probing = False

    @property
    def _client_handler_table(self) -> dict[int, Any]:
        return {
            MSG_SERVICE_ACCEPT: lambda _m: self._replies.put(Ready()),
            MSG_USERAUTH_SUCCESS: self._on_success,
            MSG_USERAUTH_FAILURE: self._on_failure,
            MSG_USERAUTH_BANNER: lambda _m: None,
            MSG_USERAUTH_INFO_REQUEST: self._on_info,
        }

    def abort(self) -> None:
        self._replies.put(Gone())

    def begin(self) -> Reply:
        message = paramiko.Message()
        message.add_byte(cMSG_SERVICE_REQUEST)
        message.add_string("ssh-userauth")
        return self._send(message)

    def request(self, user: str, method: str, *fields: bytes | bool) -> Reply:
        return self._send(_request(user, method, *fields))

    def probe(self, user: str, algorithm: str, public: bytes) -> Reply:
        """Ask whether this key would do, before anybody has to unlock it."""
        self._probing = True
        try:
            return self.request(user, "publickey", False, algorithm.encode(), public)
        finally:
            self._probing = False

    def signed(self, user: str, algorithm: str, identity: Identity) -> Reply:
        message = _request(user, "publickey", True, algorithm.encode(), identity.public.blob)
        to_sign = paramiko.Message()
        to_sign.add_string(self._link.session_id or b"")
        data = to_sign.asbytes() + message.asbytes()
        message.add_string(identity.sign(data, algorithm))
        return self._send(message)

    def answer(self, answers: Sequence[Secret]) -> Reply:
        message = paramiko.Message()
        message.add_byte(cMSG_USERAUTH_INFO_RESPONSE)
        message.add_int(len(answers))
        for secret in answers:
            message.add_string(secret.reveal().encode())
        return self._send(message)

    def _send(self, message: paramiko.Message) -> Reply:
        try:
            self._link.say(message)
        except ConnectionLostError:
            return Gone()
        deadline = Deadline(_ANSWER_TIME)
        while not deadline.over:
            try:
                return self._replies.get(timeout=deadline.at_most(0.5))
            except queue.Empty:
                if not self._link.active:
                    break
        return Gone()

    def _on_success(self, _message: Any) -> None:
        self.authenticated = True
        self._link._auth_trigger()
        self._replies.put(Success())

    def _on_failure(self, message: Any) -> None:
        methods = tuple(visible(name)[:64] for name in message.get_text().split(",")[:32] if name)
        self._replies.put(Failure(methods, message.get_boolean()))

    def _on_info(self, message: Any) -> None:
        """60 is two messages: which one it is depends on what was asked (RFC 4252, 7)."""
        if self._probing:
            self._replies.put(Acceptable())
            return
        title, instructions = message.get_text(), message.get_text()
        message.get_binary()  # the language, deprecated
        count = message.get_int()
        if count > _MOST_QUESTIONS:
            raise paramiko.SSHException("too many questions")
        prompts = tuple((message.get_text(), message.get_boolean()) for _ in range(count))
        self._replies.put(Questions(title, instructions, prompts))


def _request(user: str, method: str, *fields: bytes | bool) -> paramiko.Message:
    message = paramiko.Message()
    message.add_byte(cMSG_USERAUTH_REQUEST)
    for text in (user, _SERVICE, method):
        message.add_string(text)
    for field_ in fields:
        if isinstance(field_, bool):
            message.add_boolean(field_)
        else:
            message.add_string(field_)
    return message


@dataclass
class Login:
    """One login, from the first request to the last."""

    link: Link
    destination: Destination
    prompts: Prompts
    tried: list[str] = field(default_factory=list)
    """What was offered, for the error that says it all failed."""

    _to_offer: deque[Identity] = field(default_factory=deque)
    _looked_for_keys: bool = False
    _unusable: list[str] = field(default_factory=list)
    _left: dict[str, int] = field(default_factory=dict)
    _unanswered: bool = False
    _asked: bool = False
    """Whether a person was asked by the server: to be asked again without a word would not do."""

    def __post_init__(self) -> None:
        self._talk = _Conversation(self.link)
        self.link.auth_handler = self._talk
        often = self.destination.options.get("numberofpasswordprompts", "3")
        tries = int(often) if often.isascii() and often.isdigit() else 3
        self._left = {"password": tries, "keyboard-interactive": tries}

    def run(self) -> None:
        """Raises ``AuthError``, or ``ConnectError`` where the server hung up."""
        if not isinstance(self._talk.begin(), Ready):
            raise self._hung_up()
        reply = self._first()
        for _ in range(_MOST_ROUNDS):
            if isinstance(reply, Success):
                return
            if not isinstance(reply, Failure):
                raise self._hung_up()
            method = self._next_method(reply.methods)
            if method is None:
                raise self._refused(reply.methods)
            reply = self._try(method, reply)
        raise self._refused(())

    def _first(self) -> Reply:
        """What the server takes is told by any failure; each costs 5 ms or more of its delay."""
        if "publickey" in self._enabled() and self._keys_left():
            reply = self._keys(Failure((), partial=False))
            if not isinstance(reply, Failure) or reply.methods:
                return reply
        return self._talk.request(self.destination.user, "none")

    def _next_method(self, offered: tuple[str, ...]) -> str | None:
        for method in self._enabled():
            if method not in offered:
                continue
            if method == "publickey":
                if self._keys_left():
                    return method
            elif self._left[method] > 0 and not self._unanswered:
                return method
        return None

    def _enabled(self) -> list[str]:
        """The methods that the user's configuration leaves, in its order."""
        wish = self.destination.options.get("preferredauthentications", "")
        order = [name for name in wish.split(",") if name in _OPTIONS] or list(_OPTIONS)
        return [name for name in order if self.destination.enabled(_OPTIONS[name])]

    def _try(self, method: str, before: Failure) -> Reply:
        if method == "publickey":
            return self._keys(before)
        self._left[method] -= 1
        reply = self._password(before) if method == "password" else self._questions(before)
        if isinstance(reply, Failure) and reply.partial:
            # The next stage may ask by the same method: a password, then a code.
            self._left[method] += 1
        return reply

    # Keys

    def _keys(self, before: Failure) -> Reply:
        """Offer one key after the other until the server's mind changes."""
        reply: Reply = before
        while self._keys_left():
            reply = self._offer(self._to_offer.popleft(), before)
            if not isinstance(reply, Failure) or reply.partial:
                return reply
        return reply

    def _keys_left(self) -> bool:
        if not self._looked_for_keys:
            self._looked_for_keys = True
            self._to_offer.extend(find(self.destination, self.prompts.passphrase))
        return bool(self._to_offer)

    def _offer(self, identity: Identity, before: Failure) -> Reply:
        user = self.destination.user
        algorithm = self._algorithm(identity.public.type)
        self.tried.append(identity.label)
        if identity.ask_first:
            reply = self._talk.probe(user, algorithm, identity.public.blob)
            if not isinstance(reply, Acceptable):
                return reply
        try:
            return self._talk.signed(user, algorithm, identity)
        except KeyUnusableError as error:
            self._unusable.append(visible(str(error)))
            return Failure(before.methods, partial=False)

    def _algorithm(self, kind: str) -> str:
        """RSA keys sign by SHA-2 (RFC 8332): the one of both that the server names."""
        if not kind.startswith("ssh-rsa"):
            return kind
        said = self.link.server_extensions.get("server-sig-algs", b"")
        names = said.decode("ascii", "replace") if isinstance(said, bytes) else str(said)
        digest = "256" if names and "rsa-sha2-512" not in names.split(",") else "512"
        return f"rsa-sha2-{digest}" + (_CERTIFICATE if kind.endswith(_CERTIFICATE) else "")

    # Answers of a person

    def _password(self, before: Failure) -> Reply:
        destination = self.destination
        self._asked = True
        given = self.prompts.password(destination.user, destination.alias)
        if given is None:
            self._unanswered = True
            return before
        self._note("password")
        return self._talk.request(destination.user, "password", False, given.reveal().encode())

    def _questions(self, before: Failure) -> Reply:
        reply = self._talk.request(self.destination.user, "keyboard-interactive", b"", b"")
        if isinstance(reply, Failure):
            self._left["keyboard-interactive"] = 0  # offered, but there is nothing to ask
        for _ in range(_MOST_ROUNDS):
            if not isinstance(reply, Questions):
                return reply
            self._asked |= bool(reply.prompts)
            answers = self._answers(reply)
            if answers is None or len(answers) != len(reply.prompts):
                self._unanswered = True
                return before
            self._note("keyboard-interactive")
            reply = self._talk.answer(answers)
        return reply

    def _answers(self, asked: Questions) -> list[Secret] | None:
        if not asked.prompts:
            return []
        if len(asked.prompts) == 1:
            text, echo = asked.prompts[0]
            if not echo and _PASSWORD_QUESTION.match(text):
                given = self.prompts.password(self.destination.user, self.destination.alias)
                return None if given is None else [given]
        return self.prompts.answers(asked.title, asked.instructions, asked.prompts)

    def _note(self, method: str) -> None:
        if method not in self.tried:
            self.tried.append(method)

    # Errors

    def _hung_up(self) -> ConnectError | AuthError:
        where = visible(self.destination.address)
        why = self.link.reason
        if self.tried:
            # A connection that only broke may stand the next time.
            dismissed = self.link.dismissed or self._asked
            return (AuthError if dismissed else ConnectError)(
                f"{where} hung up while we logged in as {visible(self.destination.user)}"
                f"{f': {why}' if why else ''}",
                "with many keys in the agent, set IdentityFile and IdentitiesOnly for this host",
            )
        return ConnectError(f"{where} hung up before the login{f': {why}' if why else ''}")

    def _refused(self, methods: tuple[str, ...]) -> AuthError:
        tried = ", ".join(visible(label) for label in self.tried) or "nothing (no key was found)"
        unusable = "".join(f"; {text}" for text in self._unusable)
        user, where = visible(self.destination.user), visible(self.destination.address)
        takes = ", ".join(methods) or "nothing more"
        hint = f"the server takes {takes}; check the user name, add a key to ssh-agent"
        if self._unanswered:
            hint = f"the server takes {takes}; run it in a terminal to be asked"
        return AuthError(f"{where} does not let {user} in; tried {tried}{unusable}", hint)
