"""Credentials are looked for where they may begin; that must find what trying everywhere finds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jitsi_tui.logs import masking
from jitsi_tui.logs.masking import mask

_PIECES = (
    "sid '", "sid=", "SID: ", "MUID", "muid=", "bosh", "c2s", "1c2d3e4f-", "passwd", "password",
    "pass", "secret", "token:", "api_key=", "credentials \"", "machineuid=", "mach\u0131neuid=",
    "\u017fid=", "\u0130", "\u212a", "Authorization: Bearer ", "Cookie:", "eyJabcdefghij.k.l",
    "://user:pw@", "<auth>", "<response x='y'>QUJDREVGRw==", "basic ", "digest abcdefgh12",
    "--password ", "<password to='x'>", "</", "<initial-response>QUJDREVGRw==", "api-key ",
    "x", "0", "_", "=", ":", ">", " ", "\t", "\n", "'", '"', "abcdefgh",
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_nothing_is_hidden_less_for_being_looked_for_faster(text: str) -> None:
    assert mask(text) == masking._secret().sub(masking._hide, text)


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefghij", "Cookie: a=b", "sid '1c2d3e4f5a'", "bosh1c2d3e4f-1",
        "muid=x", "jwt: x", "pwd=x", "pass=x", "passwd=x", "password=x", "passphrase=x",
        "machine-uid=x", "session_id=x", "previd=x", "secret=x", "token=x", "preauth=x",
        "api_key=x", "credentials=x", "bearer abcdefghij", "basic abcdefghij",
        "digest abcdefghij", "eyJabcdefghij.k.l", "https://user:word@host",
        "<auth>QUJDREVGRw==", "<response>QUJDREVGRw==", "<initial-response>QUJDREVGRw==",
        "--secret x", "<token a='b'>x</token>", "api-key: x", "secret_key=x",
        "\u0130 password=x", "mach\u0131neuid=x",
    ],
)  # fmt: skip
def test_each_kind_is_looked_for(text: str) -> None:
    for words in (text, f"1c2d token {text.upper()} sid "):
        assert mask(words) == masking._secret().sub(masking._hide, words) != words


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (r'\"password\":\"one\",\"user\":\"u\"', r'\"password\":\"••••\",\"user\":\"u\"'),
        ("GET /x?to=%3Fpassword%3Done&x=1", "GET /x?to=%3Fpassword%3D••••&x=1"),
        ("session_id%3D%22one%22 SID%3done", "session_id%3D%22•••• SID%3d••••"),
        ("<password>one of many</password> said", "<password>••••</password> said"),
        ("<password xmlns='x'>one</password> said", "<password xmlns='x'>••••</password> said"),
        ("run --password one --pass 'a b' -v", "run --password •••• --pass •••• -v"),
        ("run --password --user u", "run --password --user u"),
    ],
)  # fmt: skip
def test_what_is_quoted_once_more_is_hidden_too(text: str, hidden: str) -> None:
    assert mask(text) == hidden
