"""SASL as XMPP servers offer it: ANONYMOUS, PLAIN (RFC 4616), SCRAM-SHA-1 and -256 (RFC 5802)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import stringprep
import unicodedata

from jitsi_tui.digits import whole
from jitsi_tui.ssh.command import Secret

_MOST_ROUNDS = 1_000_000


class SaslError(Exception):
    """The server's side of the exchange is not what it must be."""


def saslprep(text: str) -> str:
    """A password as both sides must spell it (RFC 4013, without its prohibitions)."""
    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char
        for char in text
        if not stringprep.in_table_b1(char)
    )
    return unicodedata.ucd_3_2_0.normalize("NFKC", mapped)


def plain(name: str, password: Secret) -> str:
    """The one message of PLAIN, in base64."""
    return _encode(f"\0{name}\0{saslprep(password.reveal())}".encode())


class Scram:
    """The client's side of SCRAM: ``first``, then ``answer`` to the challenge, then ``check``."""

    def __init__(self, mechanism: str, name: str, password: Secret) -> None:
        self._hash = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}[mechanism]
        self._password = password
        self._nonce = secrets.token_urlsafe(18)
        spelled = name.replace("=", "=3D").replace(",", "=2C")
        self._bare = f"n={spelled},r={self._nonce}"
        self._signature = b""

    def first(self) -> str:
        """The first message, in base64."""
        return _encode(f"n,,{self._bare}".encode())

    def answer(self, challenge: str) -> str:
        """The proof that we know the password. Raises ``SaslError``."""
        text = _decode(challenge).decode("utf-8", "replace")
        parts = dict(part.split("=", 1) for part in text.split(",") if "=" in part)
        nonce, salt, rounds = parts.get("r", ""), parts.get("s", ""), whole(parts.get("i", ""))
        if not nonce.startswith(self._nonce) or len(nonce) <= len(self._nonce):
            raise SaslError("the server's challenge is not for us")
        if rounds is None or not 0 < rounds <= _MOST_ROUNDS:
            raise SaslError("the server's challenge asks for no sane work")
        salted = hashlib.pbkdf2_hmac(
            self._hash,
            saslprep(self._password.reveal()).encode(),
            _decode(salt),
            rounds,
        )
        final = f"c=biws,r={nonce}"
        message = f"{self._bare},{text},{final}".encode()
        client_key = self._mac(salted, b"Client Key")
        stored = hashlib.new(self._hash, client_key).digest()
        proof = bytes(a ^ b for a, b in zip(client_key, self._mac(stored, message), strict=True))
        self._signature = self._mac(self._mac(salted, b"Server Key"), message)
        return _encode(f"{final},p={_encode(proof)}".encode())

    def check(self, success: str) -> None:
        """Whether the server knows the password as well. Raises ``SaslError``."""
        text = _decode(success).decode("utf-8", "replace")
        sent = dict(part.split("=", 1) for part in text.split(",") if "=" in part).get("v", "")
        if not self._signature or not hmac.compare_digest(_decode(sent), self._signature):
            raise SaslError("the server did not prove that it knows the account")

    def _mac(self, key: bytes, message: bytes) -> bytes:
        return hmac.new(key, message, self._hash).digest()


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SaslError("the server's answer is no base64") from error
