"""A server that says of itself what no server does: told as it stands, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from jitsi_tui.instance import facts
from jitsi_tui.instance.model import Instance

from .test_facts_sections import NONCE, section, whole

DEEP = 800
"""Lists in a list: more than any setting, and less than ``json`` refuses by itself."""


def told(*sections: bytes) -> Instance:
    """An instance with a Jicofo, and with these words."""
    jicofo = b'jicofo { xmpp { client {\n xmpp-domain: "meet.example.org"\n } } }'
    file = ("/etc/jitsi/jicofo/jicofo.conf", "/x", "root", "root", "644", "1700000000", "0")
    hocon = section("K", "file", "hocon", *file, data=jicofo)
    return facts.parse(whole(hocon, *sections), NONCE)


@pytest.mark.parametrize("ends", ["[]", ('{"a":', "}")])
def test_settings_within_settings_without_end_are_cut_off(ends: Sequence[str]) -> None:
    option = f"{ends[0] * DEEP}0{ends[1] * DEEP}"
    hosts = f'{{"ok": true, "hosts": {{"meet.example.org": {{"option": {option}}}}}}}'
    assert told(section("K", "meaning", data=hosts.encode())).domain == "meet.example.org"


@pytest.mark.parametrize(
    "words",
    [
        section("K", "accounts", data=b"5"),
        section("K", "accounts", "meet%2eexample%2eorg", data="²".encode()),
        section("K", "service", "jicofo", data="pid=²\n".encode()),
        section("K", "disks", data=b"Filesystem\n/dev/x 1 " + b"9" * 5000 + b" 1 1% /\n"),
        section("K", "lines", *["jicofo", "/x", "brewery-empty"], "%C2%B2", "1", "1", "1"),
    ],
)
def test_words_that_are_no_numbers_are_none(words: bytes) -> None:
    assert told(words).domain == "meet.example.org"


def test_an_address_that_is_none_is_no_domain() -> None:
    signs = b"container jitsi-web\naddress https://[meet"
    assert facts.parse(whole(section("K", "docker", data=signs)), NONCE).domains == ()
