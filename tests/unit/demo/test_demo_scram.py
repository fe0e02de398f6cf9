"""Logging in by password, against the examples of RFC 5802."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from jitsi_tui.demo.scram import Keys, Scram, ScramError, derive, matches, plain


def client_final(first_bare: str, server_first: bytes, password: str) -> bytes:
    """What an honest client answers, written from the RFC alone."""
    said = base64.b64decode(server_first).decode()
    fields = dict(part.split("=", 1) for part in said.split(","))
    salted = hashlib.pbkdf2_hmac(
        "sha1", password.encode(), base64.b64decode(fields["s"]), int(fields["i"])
    )
    client_key = hmac.new(salted, b"Client Key", "sha1").digest()
    without_proof = f"c={base64.b64encode(b'n,,').decode()},r={fields['r']}"
    message = f"{first_bare},{said},{without_proof}".encode()
    signature = hmac.new(hashlib.sha1(client_key).digest(), message, "sha1").digest()
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature, strict=True)))
    return base64.b64encode(f"{without_proof},p={proof.decode()}".encode())


def log_in(keys: Keys | None, password: str) -> bytes:
    bare = "n=user,r=fyko+d2lbbFgONRv9qkxdawL"
    scram = Scram(lambda _: keys)
    first = scram.challenge(base64.b64encode(f"n,,{bare}".encode()))
    return scram.finish(client_final(bare, first, password))


def test_the_keys_are_those_of_the_rfc() -> None:
    salt = base64.b64decode("QSXCR+Q6sek8bf92")
    salted = hashlib.pbkdf2_hmac("sha1", b"pencil", salt, 4096)
    stored = hashlib.sha1(hmac.new(salted, b"Client Key", "sha1").digest()).digest()
    assert stored.hex() == "e9d94660c39d65c38fbad91c358f14da0eef2bd6"


def test_the_right_password_is_accepted_and_the_server_proves_itself() -> None:
    assert base64.b64decode(log_in(derive("pencil"), "pencil")).startswith(b"v=")


@pytest.mark.parametrize(("keys", "password"), [(derive("pencil"), "pen"), (None, "pencil")])
def test_a_wrong_password_and_a_missing_account_look_the_same(
    keys: Keys | None, password: str
) -> None:
    with pytest.raises(ScramError) as error:
        log_in(keys, password)
    assert error.value.condition == "not-authorized"


@pytest.mark.parametrize("message", [b"", b"%%%", base64.b64encode(b"p=tls-unique,,n=u,r=x")])
def test_a_damaged_message_is_refused(message: bytes) -> None:
    with pytest.raises(ScramError) as error:
        Scram(lambda _: None).challenge(message)
    assert error.value.condition == "malformed-request"


def test_plain_carries_user_and_password() -> None:
    assert plain(base64.b64encode(b"\0Ada\0s e c")) == ("ada", "s e c")
    with pytest.raises(ScramError):
        plain(b"!")


def test_a_stored_password_can_be_checked() -> None:
    keys = derive("pässword")
    assert matches(keys, "pässword")
    assert not matches(keys, "password")
