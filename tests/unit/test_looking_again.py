"""Who looks again may give sudo the password that was not given before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from jitsi_tui.session import events as ev
from jitsi_tui.session import reading
from jitsi_tui.session.reading import Reading
from jitsi_tui.session.reconnect import Link
from jitsi_tui.ssh.command import Command, Root
from jitsi_tui.ssh.host import SudoError


@pytest.mark.parametrize(
    ("as_root", "refused", "asked"),
    [(False, "", True), (False, "sudo does not let ada become root", False), (True, "", False)],
)
def test_sudo_is_asked_again_where_nothing_but_its_password_is_missing(
    monkeypatch: pytest.MonkeyPatch, as_root: bool, refused: str, asked: bool
) -> None:
    wished: list[Root] = []

    def run(command: Command) -> None:
        wished.append(command.root)
        raise SudoError("it asks for the password of ada")

    instance = SimpleNamespace(as_root=as_root, not_root=refused)
    look = SimpleNamespace(
        instance=instance, verdict=None, posture="open", findings=(), settings=None
    )
    monkeypatch.setattr(reading, "look", lambda *_, **__: look)
    target = SimpleNamespace(layout=None, access=SimpleNamespace(domain=None))
    link = SimpleNamespace(target=target, host=lambda: SimpleNamespace(run=run))
    said: list[ev.Event] = []
    reads = Reading(cast("Link", link), said.append, lambda _look: None)
    reads.again()
    assert not wished
    reads.again()
    assert wished == [Root.YES] * asked
    assert [type(one) for one in said] == [ev.Status, ev.Status]
