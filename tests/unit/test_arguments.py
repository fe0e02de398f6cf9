"""The command line: names of commands, destinations, and what is refused."""

from __future__ import annotations

import pytest

from jitsi_tui import arguments


@pytest.mark.parametrize(
    ("line", "command", "destination"),
    [
        ([], "app", None),
        (["meet.example.org"], "app", "meet.example.org"),
        (["ada@meet:2222", "--read-only"], "app", "ada@meet:2222"),
        (["--", "logs"], "app", "logs"),
        (["demo"], "demo", "demo"),
        (["status", "meet", "--json"], "status", "meet"),
        (["--json", "status", "meet"], "status", "meet"),
        (["--port", "22", "status", "status"], "status", "status"),
        (["--domain", "status", "meet"], "app", "meet"),
        (["logs", "meet", "jicofo", "-f", "--since", "10m"], "logs", "meet"),
        (["moderators", "meet", "list", "--json"], "moderators", "meet"),
        (["services", "meet"], "services", "meet"),
        (["services", "meet", "restart", "jicofo"], "services", "meet"),
        (["undo", "meet", "--list"], "undo", "meet"),
    ],
)
def test_a_line_names_its_command_and_destination(
    line: list[str], command: str, destination: str | None
) -> None:
    parsed = arguments.parse(line)
    assert (parsed.command, parsed.destination) == (command, destination)


@pytest.mark.parametrize(
    "line",
    [
        ["status"],
        ["secure", "meet", "--guests", "--no-guests-typo"],
        ["moderators", "meet"],
        ["moderators", "meet", "add", "joki", "--generate", "--password-stdin"],
        ["moderators", "meet", "add", "joki", "--password", "x"],
        ["status", "meet", "--port", "0"],
        ["status", "meet", "--timeout", "-1"],
        ["logs", "meet", "--level", "loud"],
        ["status", "meet", "--ask-sudo", "--sudo-password-stdin"],
    ],
)
def test_bad_usage_exits_with_two(line: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        arguments.parse(line)
    assert stop.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_guests_are_kept_unless_said_otherwise() -> None:
    assert arguments.parse(["secure", "meet"]).guests is None
    assert arguments.parse(["secure", "meet", "--guests"]).guests is True
    assert arguments.parse(["secure", "meet", "--no-guests"]).guests is False
    assert arguments.parse(["moderators", "meet", "list", "--json"]).json is True
    assert arguments.parse(["moderators", "meet", "--json", "list"]).json is True
