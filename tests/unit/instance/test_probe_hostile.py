"""Answers that no sane server gives end as doubts: nothing raises, hangs or is expanded."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jitsi_tui.instance import probe
from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import Absent, Failed, Instance, Jicofo, Prosody
from jitsi_tui.instance.probe.sasl import SaslError, Scram
from jitsi_tui.instance.probe.stanza import XmlError, escape, parse
from jitsi_tui.ssh.command import Secret
from tests.ports import free_port
from tests.unit.instance.folder_server import local_host

Script = Callable[[socket.socket], None]


@contextmanager
def listening(script: Script) -> Iterator[int]:
    """A port on which every connection gets this treatment."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.1)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            try:
                peer, _ = server.accept()
            except TimeoutError:
                continue
            with peer, suppress(OSError):
                peer.settimeout(60)
                script(peer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        over.set()
        thread.join()
        server.close()


def answering(body: bytes, head: bytes | None = None) -> Script:
    def script(peer: socket.socket) -> None:
        peer.recv(65536)
        length = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        peer.sendall((head if head is not None else length) + body)

    return script


def instance(bosh: int, jicofo: int = 1) -> Instance:
    return Instance(
        hostname="meet",
        domain="meet.example.org",
        domains=("meet.example.org",),
        taken=datetime.now(UTC),
        utc_offset=0,
        as_root=True,
        os="",
        systemd=False,
        prosody=Prosody(Absent(), Absent(), {}, Absent(), http_port=bosh),
        meet=Absent(),
        jicofo=Jicofo(Absent(), Absent()),
        services=(),
        accounts=Absent(),
        layout=Layout(prosody_http=bosh, jicofo_http=jicofo),
    )


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b"<body xmlns='http://jabber.org/protocol/httpbind' sid='x'>&b;</body>"
)


@pytest.mark.parametrize(
    "script",
    [
        answering(BOMB),
        answering(b"<body" + b"<a>" * 5000),
        answering(b"<a>" * 200),
        answering(b"\xff\xfe\x00not xml"),
        answering(b""),
        answering(b"<html>hello</html>"),
        answering(b"<body xmlns='http://jabber.org/protocol/httpbind'/>"),
        answering(b"<body xmlns='http://jabber.org/protocol/httpbind' sid='x'/>"),
        answering(b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"),
        answering(b"", b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"),
        answering(b"", b"HTTP/1.1 200 OK\r\nContent-Length: " + b"0" * 5000 + b"\r\n\r\n"),
        answering(b"", b"HTTP/1.1 \xb200 OK\r\nContent-Length: 0\r\n\r\n"),
        answering(b"zz\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        answering(b"-5\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        answering(b"", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
        answering(b"", b"SSH-2.0-OpenSSH_9.2\r\n"),
        answering(b"", b"HTTP/1.1 200 OK\r\n" + b"x" * 200_000),
        lambda peer: peer.close(),
    ],
)
def test_a_mad_answer_is_a_doubt(script: Script) -> None:
    with listening(script) as port:
        began = time.monotonic()
        verdict = probe.look(local_host(), instance(port, port), timeout=5)
    assert isinstance(verdict.main, Failed)
    assert verdict.strangers_log_in is None and verdict.strangers_open_rooms is None
    assert verdict.authority == "unknown" and verdict.doubts
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    "rounds", ["0", "²", "1000001", f"{1:09}{10**12}", pytest.param("9" * 5000, id="long"), ""]
)
def test_a_login_does_no_work_without_end_for_a_server(rounds: str) -> None:
    scram = Scram("SCRAM-SHA-1", "ada", Secret("word"))
    nonce = base64.b64decode(scram.first()).decode().rpartition("r=")[2]
    challenge = base64.b64encode(f"r={nonce}x,s=c2FsdA==,i={rounds}".encode()).decode()
    with pytest.raises(SaslError, match="no sane work"):
        scram.answer(challenge)


def test_a_server_that_says_nothing_is_left_after_the_timeout() -> None:
    def mute(peer: socket.socket) -> None:
        with suppress(OSError):
            while peer.recv(65536):
                continue

    with listening(mute) as port:
        began = time.monotonic()
        verdict = probe.look(local_host(), instance(port), timeout=0.6)
        took = time.monotonic() - began
    assert verdict.strangers_log_in is None and "in time" in verdict.doubts[0]
    assert took < 30


def test_nothing_listens_is_said_at_once() -> None:
    began = time.monotonic()
    verdict = probe.look(local_host(), instance(1), timeout=30)
    assert time.monotonic() - began < 25
    assert verdict.doubts == (
        "Prosody does not answer on port 1",
        "Jicofo does not answer on port 1",
    )


def test_patience_waits_for_a_server_that_comes_up() -> None:
    began = time.monotonic()
    verdict = probe.look(local_host(), instance(free_port()), timeout=5, patience=1.0)
    assert 0.7 < time.monotonic() - began < 30
    assert verdict.strangers_log_in is None


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"null",
        b"[" * 100_000,
        b'{"conference_iq_handler": []}',
        b'{"conference_iq_handler": {"auth_authority": {"x": 1}}}',
        b'{"conferences": "many", "participants": true}',
        b'{"conferences": -1, "participants": 1e400}',
        b"\xff",
    ],
)
def test_jicofos_mad_answers_are_unknown(body: bytes) -> None:
    with listening(answering(body)) as port:
        verdict = probe.look(local_host(), instance(1, port), timeout=5)
    assert verdict.authority == "unknown"
    assert verdict.conferences is None and verdict.participants is None


def test_a_password_stands_in_no_error() -> None:
    with listening(answering(b"<nonsense")) as port, pytest.raises(probe.ProbeError) as error:
        probe.check_login(
            local_host(), instance(port), "ada", Secret("hush-hush"), open_room=True, timeout=3
        )
    assert "hush" not in f"{error.value!r} {error.value.message} {error.value.hint}"


@given(st.binary(max_size=300))
def test_any_bytes_are_xml_or_an_error(data: bytes) -> None:
    with suppress(XmlError):
        parse(data)


@given(st.text(alphabet=st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Co", "Cn"])))
def test_escaped_text_comes_back_as_it_was(text: str) -> None:
    element = parse(f"<a b='{escape(text)}'>{escape(text)}</a>".encode())
    assert element.text == text
    assert element.attributes["b"] == text
