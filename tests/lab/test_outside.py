"""What people do to servers that a guide did not foresee, seen from outside the tool."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .admin import paths, restart, secured
from .cli import jitsi_tui
from .fixtures import HostFactory
from .inroot import InRoot
from .test_refusals import snapshot

pytestmark = [pytest.mark.lab, pytest.mark.timeout(240)]

DOMAIN = "meet.example.org"
SECURED = {"release": "bookworm", "generation": "fixture", "prepare": secured(DOMAIN)}


def without_guest_host(text: str) -> str:
    return text[: text.index(f'\nVirtualHost "guest.{DOMAIN}"')] + "\n"


def with_an_open_door(text: str) -> str:
    return text.replace('"internal_hashed"', '"jitsi-anonymous"', 1)


@pytest.mark.parametrize("half", [without_guest_host, with_an_open_door])
def test_undo_goes_back_to_a_server_that_was_half_closed(
    lab_host: HostFactory, half: Callable[[str], str]
) -> None:
    host = lab_host(**SECURED)
    prosody = paths(DOMAIN)[0]
    host.files.edit(prosody, half(host.files.read(prosody)))
    restart(host, "prosody", "jicofo")
    before = snapshot(host)
    secure = jitsi_tui(host, "secure", "--yes", "--json")
    assert (secure.exit, secure.json["applied"]) == (0, True), secure.err
    undone = jitsi_tui(host, "undo", "--yes", "--json")
    assert undone.exit == 0, undone.err
    assert snapshot(host) == before


def with_the_host_in_the_main_file(tree: InRoot) -> None:
    """All of a Jitsi in prosody.cfg.lua: it comes from below the host's overlay."""
    prosody, main = paths(DOMAIN)[0], "/etc/prosody/prosody.cfg.lua"
    before, host = tree.read(prosody).split(f'VirtualHost "{DOMAIN}"', 1)
    main_text = tree.read(main).split("\nVirtualHost", 1)[0]
    tree.edit(main, f'{main_text}\n{before}\nVirtualHost "{DOMAIN}"{host}')
    tree.path(prosody).unlink()
    tree.path(f"/etc/prosody/conf.d/{DOMAIN}.cfg.lua", follow=False).unlink()


def test_a_virtual_host_in_the_main_file_is_edited_there(lab_host: HostFactory) -> None:
    host = lab_host(
        release="bookworm", generation="fixture", prepare=with_the_host_in_the_main_file
    )
    before = snapshot(host)
    secure = jitsi_tui(host, "secure", "--yes", "--json")
    assert secure.exit == 0, secure.err
    assert secure.json["changes"][0]["file"] == "/etc/prosody/prosody.cfg.lua"
    assert secure.json["probe"]["strangers_log_in"] is False
    undone = jitsi_tui(host, "undo", "--yes", "--json")
    assert undone.exit == 0, undone.err
    assert snapshot(host) == before


def with_a_leftover_property(tree: InRoot) -> None:
    """Jicofo asks for accounts of another domain, by the property that wins over jicofo.conf."""
    text = "org.jitsi.jicofo.auth.URL=XMPP:old.example.org\n"
    tree.write(paths(DOMAIN)[3], text, owner="jicofo:jitsi")


def test_open_opens_also_where_the_state_before_was_not_open(lab_host: HostFactory) -> None:
    host = lab_host(release="bookworm", generation="fixture", prepare=with_a_leftover_property)
    secure = jitsi_tui(host, "secure", "--yes", "--json")
    assert secure.exit == 0, secure.err
    opened = jitsi_tui(host, "open", "--yes", "--json")
    assert opened.exit == 0, opened.err
    assert opened.json["probe"]["strangers_log_in"] is True
    assert "auth.URL" not in host.files.read(paths(DOMAIN)[3])
