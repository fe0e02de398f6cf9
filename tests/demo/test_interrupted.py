"""Ctrl-C after something was begun on the server: nobody is told that nothing was changed."""

from __future__ import annotations

import json

import pytest

from jitsi_tui import cli
from jitsi_tui.commands import mend
from jitsi_tui.instance import services

pytestmark = pytest.mark.timeout(180)


def interrupt(*_arguments: object, **_options: object) -> None:
    raise KeyboardInterrupt


def test_in_a_restart(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(services, "restart", interrupt)
    assert cli.main(["services", "demo", "restart", "jicofo", "--json"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    error = json.loads(told.err)["error"]
    assert error["kind"] == "interrupted"
    assert error["message"] == "interrupted, and this was begun: the restart of jicofo"
    assert "jitsi-tui status demo" in error["hint"]


def test_in_the_look_after_a_mend(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mend, "_look", interrupt)
    assert cli.main(["mend", "demo", "--yes"]) == 1
    assert "the change, which was made and proved" in capsys.readouterr().err


def test_before_anything_was_begun(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("jitsi_tui.commands.looking.look", interrupt)
    assert cli.main(["services", "demo"]) == 130
    assert "nothing was changed" in capsys.readouterr().err
