"""Credentials are looked for where they may begin; that must find what trying everywhere finds."""

from __future__ import annotations

import re
import time

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
    "passphrase", " = ", "PLAIN AGZvY3VzAG", "turn:u:", "x", "0", "_", "=",
    ":", ">", " ", "\t", "\n", "'", '"', "abcdefgh",
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
        "turns:user:1735:word@host", "turn:user:word@host", "PLAIN AGFkYQBh", "passphrase: x y",
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


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("passphrase: correct horse battery", "passphrase: ••••"),
        ("passphrase = correct horse\n\tat x", "passphrase = ••••\n\tat x"),
        ("XMPP_PASSWORD: my (secret), words", "XMPP_PASSWORD: ••••"),
        ("passwd\t=\tmy words", "passwd\t=\t••••"),
        ('"GET /password:x?a=b HTTP/1.1" 200 1', '"GET /password:••••" 200 1'),
        ("GET /x?passphrase=one&x=1 HTTP/1.1", "GET /x?passphrase=••••&x=1 HTTP/1.1"),
        ("gpg --passphrase=one --sign x", "gpg --passphrase=•••• --sign x"),
        ("{password=one, room=daily}", "{password=••••, room=daily}"),
        ('{"password":null,"room":"daily"}', '{"password":••••,"room":"daily"}'),
        ("{ password: 'one two', room: 'daily' }", "{ password: '••••', room: 'daily' }"),
        ("password: (nil) room: daily", "password: (nil) room: daily"),
        ("Wrong password: \n\tat x", "Wrong password: \n\t•••• x"),
        ("secret              =    one", "secret              =    ••••"),
        ("Authorization      :      one two", "Authorization      :      ••••"),
        ("SASL PLAIN AGZvY3VzAGh1bnRlcjI=", "SASL PLAIN ••••"),
        ("AUTH PLAIN YUBiLmMAYQBodW50ZXIy x", "AUTH PLAIN •••• x"),
        ("mechanisms PLAIN ANONYMOUS SCRAM-SHA-1", "mechanisms PLAIN ANONYMOUS SCRAM-SHA-1"),
        ("text/plain /var/log/prosody/prosody", "text/plain /var/log/prosody/prosody"),
        ("turn:ada:1735689600:sig@meet.x:3478", "turn:ada:••••@meet.x:3478"),
        ("turns:1735689600:sig@meet.x", "turns:1735689600:••••@meet.x"),
        ("turn:meet.x:3478?transport=udp a@b", "turn:meet.x:3478?transport=udp a@b"),
        ("jwt eyJabcdefghij.k.l eyJabcdefghij.k eyJabcdefghij", "jwt •••• •••• ••••"),
    ],
)  # fmt: skip
def test_a_credential_is_hidden_to_its_end_and_no_further(text: str, hidden: str) -> None:
    assert mask(text) == hidden


_NAMES = (
    *("authorization", "cookie", "sid", "muid", "jwt", "pwd", "pass", "password", "passphrase"),
    *("machineuid", "sessionid", "previd", "secret", "token", "preauth", "apikey", "credential"),
    *("boshabcdef01", "bearer", "basic", "digest", "PLAIN", "eyJ", "eyJabcdefgh.eyJ", "://"),
    *("turn:", "turns:", "--pass", "<pass", "<auth", "<response", "<initial-response"),
)
_GOES_ON = (
    *("", " ", "-", ".", ":", "=", ">", "a", "a:", ":a:", " a", " a>", ">a", '"', "'", '="', "='"),
    *(
        ' "',
        " '",
        "\\",
        '="\\',
        '\\":\\"',
        "=%22",
        "</",
        "</a",
        "@",
        "  =",
        "  :  ",
        "\u0130",
        "\n",
    ),
)


@pytest.mark.parametrize("begin", masking._START.pattern.split("|"))
def test_all_that_begins_a_credential_is_repeated_below(begin: str) -> None:
    assert [name for name in _NAMES if re.match(begin, name.lower().lstrip("-"))]


def _spent(text: str) -> float:
    begun = time.process_time()
    mask(text)
    return time.process_time() - begun


def _grows_faster(text: str, part: int) -> bool:
    """Whether four times as much text takes much more than four times as long.

    Looked at again where it seems so, since a busy machine makes any single time longer.
    """
    short = long = float("inf")
    for _ in range(6):
        short, long = min(short, _spent(text[:part])), min(long, _spent(text[: 4 * part]))
        if long < 9 * short:
            return False
    return True


@pytest.mark.parametrize("name", _NAMES)
def test_hiding_takes_time_in_proportion_whatever_a_stranger_repeats(name: str) -> None:
    """One address was enough to stop the app for seconds: four times as long, it took sixteen times
    as much."""
    units = [f"{name}{more}" for more in _GOES_ON]
    assert [unit for unit in units if _grows_faster(unit * 16_000, 4000)] == []
