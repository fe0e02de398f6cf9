"""The page for people who are invited: what it may do, and what it says."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from jitsi_tui import resources
from jitsi_tui.instance.invitations.page import blocked_by, page

SCRIPT = resources.page_part("invite.js")


class Reader(HTMLParser):
    """What a browser would find in the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inner: dict[str, str] = {}
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in = tag

    def handle_data(self, data: str) -> None:
        self.inner[self._in] = self.inner.get(self._in, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._in = ""


@pytest.fixture(scope="module")
def read() -> Reader:
    reader = Reader()
    reader.feed(page().decode())
    return reader


def policy(read: Reader) -> dict[str, str]:
    (content,) = [
        attributes["content"]
        for tag, attributes in read.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    parts = [part.strip().partition(" ") for part in str(content).split(";")]
    return {name: value for name, _, value in parts}


def hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_nothing_but_its_own_script_and_style_runs(read: Reader) -> None:
    assert policy(read) == {
        "default-src": "'none'",
        "script-src": hashed(read.inner["script"]),
        "style-src": hashed(read.inner["style"]),
        "connect-src": "'self'",
        "img-src": "data:",
        "form-action": "'none'",
        "base-uri": "'none'",
    }
    assert [tag for tag, _ in read.tags].count("script") == 1
    assert [tag for tag, _ in read.tags].count("style") == 1


def test_it_names_no_other_place(read: Reader) -> None:
    for _, attributes in read.tags:
        assert attributes.get("src") is None
        assert attributes.get("href") in (None, "data:,", "/")
        assert not any(name.startswith("on") or name == "style" for name in attributes)
    asked = set(re.findall(r'fetch\("([^"]*)"', SCRIPT))
    assert asked == {"/http-bind"}
    named = set(re.findall(r"https?://[^\s\"'<]+", page().decode()))
    assert named == {"http://jabber.org/protocol/httpbind"}


def test_nothing_is_kept_and_nothing_is_said_to_the_console() -> None:
    for word in ("localStorage", "sessionStorage", "document.cookie", "indexedDB", "console."):
        assert word not in SCRIPT
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert word not in SCRIPT


def test_a_web_server_that_fills_in_finds_nothing_to_fill_in() -> None:
    assert b"<!--#" not in page()
    assert b"<!--" not in page()


def test_every_line_has_its_label_and_its_note(read: Reader) -> None:
    ids = {attributes.get("id") for _, attributes in read.tags}
    labelled = {attributes.get("for") for tag, attributes in read.tags if tag == "label"}
    inputs = [attributes for tag, attributes in read.tags if tag == "input"]
    assert labelled == {attributes["id"] for attributes in inputs} == {"name", "password"}
    for attributes in inputs:
        assert set(str(attributes["aria-describedby"]).split()) <= ids
    assert [a["autocomplete"] for a in inputs] == ["username", "new-password"]
    roles = {a.get("id"): a.get("role") for _, a in read.tags if a.get("role")}
    assert roles == {"strength": "status", "trouble": "alert", "progress": "status"}


def test_every_text_that_is_used_stands_in_the_table() -> None:
    table = SCRIPT[SCRIPT.index("const TEXTS") : SCRIPT.index("const language")]
    keys = set(re.findall(r"^    (\w+):", table, re.M))
    used = set(re.findall(r'text\((?:reset \? )?"(\w+)"', SCRIPT.replace(table, "")))
    used |= set(re.findall(r'data-text="(\w+)"', page().decode()))
    assert used <= keys
    assert {f"strength{n}" for n in range(5)} <= keys


_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3 (AA), for text."""


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_can_be_read_on_what_lies_behind_it(scheme: int) -> None:
    style = resources.page_part("invite.css")
    block = re.findall(r":root \{(.*?)\}", style, re.S)[scheme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    for text, back in (
        *((text, back) for text in ("text", "dim", "bad") for back in ("card", "back")),
        ("bad", "bad-back"),
        ("on-accent", "accent"),
        ("accent", "back"),
    ):
        assert contrast(colours[text], colours[back]) >= _CONTRAST, (text, back)
    for edge in ("line", "weak", "fair", "good"):
        assert contrast(colours[edge], colours["card"]) >= 3, edge


LEVELS = {
    "": 0,
    "12345678": 1,
    "password": 1,
    "Passwort123!": 1,
    "qwertyuiop1": 1,
    "aaaaaaaaaaaaaaaaaaaa": 1,
    "abcdefghijklmnop": 1,
    "9876543210987": 1,
    "joki-joki-joki": 1,
    "Meet2026!": 1,
    "k7#Qz": 1,
    "gK3#vQ9!": 2,
    "Sommerregen": 1,
    "lantern tramway": 2,
    "correct horse battery": 3,
    "correct horse battery staple": 4,
    "Tr4mway-lantern-of-mine": 4,
    "трамвай фонарь": 1,
    "трамвай фонарь скамья": 3,
}


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_the_strength_that_is_shown_is_a_cautious_one() -> None:
    """The page's own functions, run by node."""
    inner = SCRIPT[SCRIPT.index("const COMMON") : SCRIPT.index("// The name as Prosody keeps it")]
    program = (
        "const server = 'meet.example.org';"
        + inner
        + "console.log(JSON.stringify(JSON.parse(process.argv[1]).map((p) => level(p, 'joki'))));"
    )
    passwords = list(LEVELS)
    done = subprocess.run(
        ["node", "-e", program, json.dumps(passwords)],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert dict(zip(passwords, json.loads(done.stdout), strict=True)) == LEVELS


@pytest.mark.parametrize(
    ("added", "blocks"),
    [
        ("", False),
        ("frame-ancestors 'none'", False),
        ("upgrade-insecure-requests; img-src 'self'", False),
        ("default-src 'self' 'unsafe-inline'", False),
        ("default-src 'none'; Script-Src 'unsafe-inline' https:", False),
        (f"script-src 'self' {hashed(SCRIPT)}", False),
        ("default-src 'self'", True),
        ("script-src 'self' 'nonce-abc' 'unsafe-inline'", True),
        ("default-src 'unsafe-inline'; script-src 'self'", True),
        ("script-src", True),
    ],
)
def test_a_web_servers_own_policy_is_read_as_a_browser_reads_it(added: str, blocks: bool) -> None:
    assert blocked_by(added) is blocks
