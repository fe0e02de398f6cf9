"""The server's side of a login by password: what is stored, and SASL PLAIN and SCRAM-SHA-1.

RFC 5802 (SCRAM), RFC 4616 (PLAIN). Hashing and storing is as in Prosody's ``auth_internal_hashed``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

ITERATIONS = 10_000


@dataclass(frozen=True)
class Keys:
    """What is kept of a password."""

    salt: str
    iterations: int
    stored_key: bytes
    server_key: bytes


def derive(password: str, salt: str | None = None, iterations: int = ITERATIONS) -> Keys:
    """The keys of a password (RFC 5802 section 3)."""
    salt = salt or secrets.token_hex(18)
    salted = hashlib.pbkdf2_hmac("sha1", password.encode(), salt.encode(), iterations)
    client_key = _hmac(salted, b"Client Key")
    return Keys(salt, iterations, _hash(client_key), _hmac(salted, b"Server Key"))


def matches(keys: Keys, password: str) -> bool:
    """Whether this is the password that was stored."""
    again = derive(password, keys.salt, keys.iterations)
    return hmac.compare_digest(again.stored_key, keys.stored_key)


class ScramError(Exception):
    """The exchange is not what it should be; ``condition`` is XMPP's word for it (RFC 6120 6.5)."""

    def __init__(self, condition: str) -> None:
        super().__init__(condition)
        self.condition = condition


def plain(initial: bytes) -> tuple[str, str]:
    """User and password of a PLAIN message. Raises ``ScramError``."""
    try:
        _, user, password = base64.b64decode(initial, validate=True).decode().split("\0")
    except ValueError:
        raise ScramError("malformed-request") from None
    return user.lower(), password


class Scram:
    """One SCRAM-SHA-1 exchange: ``challenge`` and then ``finish``."""

    def __init__(self, look_up: Callable[[str], Keys | None]) -> None:
        self._look_up = look_up
        self._keys: Keys | None = None
        self._messages = ""
        self._nonce = ""
        self._header = ""
        self.user = ""

    def challenge(self, initial: bytes) -> bytes:
        """The server's first message (base64) to the client's first."""
        text = _text(initial)
        binding, _, rest = text.partition(",")
        identity, _, bare = rest.partition(",")
        fields = _fields(bare)
        if binding not in ("n", "y") or "n" not in fields or "r" not in fields:
            raise ScramError("malformed-request")
        self._header = f"{binding},{identity},"
        self.user = fields["n"].replace("=2C", ",").replace("=3D", "=").lower()
        self._keys = self._look_up(self.user)
        # An account that isn't there is answered like one that is, and refused at the end.
        keys = self._keys or derive(secrets.token_hex(8), iterations=ITERATIONS)
        self._nonce = fields["r"] + secrets.token_hex(12)
        salt = base64.b64encode(keys.salt.encode()).decode()
        first = f"r={self._nonce},s={salt},i={keys.iterations}"
        self._messages = f"{bare},{first}"
        return base64.b64encode(first.encode())

    def finish(self, final: bytes) -> bytes:
        """The server's last message (base64), if the client proved that it knows the password."""
        text = _text(final)
        without_proof, _, proof = text.rpartition(",p=")
        fields = _fields(without_proof)
        if fields.get("r") != self._nonce or not self._nonce:
            raise ScramError("malformed-request")
        if base64.b64decode(fields.get("c", "")) != self._header.encode():
            raise ScramError("malformed-request")
        if self._keys is None:
            raise ScramError("not-authorized")
        messages = f"{self._messages},{without_proof}".encode()
        signature = _hmac(self._keys.stored_key, messages)
        given = _decoded(proof)
        client_key = bytes(a ^ b for a, b in zip(given, signature, strict=False))
        if not hmac.compare_digest(_hash(client_key), self._keys.stored_key):
            raise ScramError("not-authorized")
        verifier = base64.b64encode(_hmac(self._keys.server_key, messages)).decode()
        return base64.b64encode(f"v={verifier}".encode())


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, "sha1").digest()


def _hash(data: bytes) -> bytes:
    return hashlib.sha1(data).digest()  # noqa: S324 - the mechanism is SCRAM-SHA-1


def _decoded(data: str | bytes) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:
        raise ScramError("malformed-request") from None


def _text(data: bytes) -> str:
    try:
        return _decoded(data).decode()
    except UnicodeDecodeError:
        raise ScramError("malformed-request") from None


def _fields(text: str) -> dict[str, str]:
    return {part[0]: part[2:] for part in text.split(",") if len(part) > 1 and part[1] == "="}
