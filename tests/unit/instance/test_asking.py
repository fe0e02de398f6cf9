"""What a look begins with is asked on the way to a server, and its answer counts once."""

from __future__ import annotations

from pathlib import Path

import pytest

from jitsi_tui.instance.layout import Layout
from jitsi_tui.session.look import look
from jitsi_tui.session.target import Access, Target
from jitsi_tui.ssh.host import ConnectionLostError, Host
from jitsi_tui.ssh.local import LocalHost
from jitsi_tui.ssh.prompts import NoPrompts, Prompts

from .folder_server import DOMAIN, FolderServer


class Near(LocalHost):
    """This machine, which tells how many of its commands were run, and whether it was closed."""

    lost = False
    closed = False

    def __init__(self) -> None:
        super().__init__(prompts=NoPrompts())

    def _open(self, argv: tuple[str, ...]):  # type: ignore[no-untyped-def]
        if self.lost:
            raise ConnectionLostError("the connection was lost", "try again")
        return super()._open(argv)

    def close(self) -> None:
        self.closed = True


class Way(Target):
    """Leads to a folder that looks like a server's root."""

    def __init__(self, server: FolderServer) -> None:
        super().__init__(Access("near.example.org", domain=DOMAIN))
        self.server = server
        self.host = Near()

    @property
    def layout(self) -> Layout:
        return self.server.layout

    def _open_server(self, prompts: Prompts) -> Host:
        return self.host


@pytest.fixture
def way(tmp_path: Path) -> Way:
    return Way(FolderServer(tmp_path))


def test_a_first_look_takes_what_was_told_on_the_way_and_a_second_asks_anew(way: Way) -> None:
    way.begin(look=True)
    host = way.open(NoPrompts())
    assert host.commands_run == 1
    way.server.replace("/etc/jitsi/jicofo/jicofo.conf", "focus.", "other.")
    told = way.told()
    seen = look(host, way.layout, domain=DOMAIN, ask_server=False, told=told)
    assert host.commands_run == 1
    assert seen.instance.domain == DOMAIN
    assert way.told() is None
    again = look(host, way.layout, domain=DOMAIN, ask_server=False, told=way.told())
    assert host.commands_run == 2
    assert again.instance.jicofo.hocon != seen.instance.jicofo.hocon


def test_a_way_that_is_only_made_asks_nothing(way: Way) -> None:
    way.begin()
    assert way.open(NoPrompts()).commands_run == 0
    assert way.told() is None


def test_a_server_that_is_lost_while_it_is_asked_is_left(way: Way) -> None:
    way.host.lost = True
    way.begin(look=True)
    with pytest.raises(ConnectionLostError):
        way.open(NoPrompts())
    assert way.host.closed
