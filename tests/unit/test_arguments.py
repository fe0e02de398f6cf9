"""The command line: names of commands, destinations, and what is refused."""

from __future__ import annotations

import io
import json

import pytest

from jitsi_tui import cli
from jitsi_tui.commands import arguments


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
    ("word", "level"),
    [("warning", "warning"), ("warn", "warning"), ("ERROR", "error"), ("err", "error")],
)
def test_a_level_goes_by_any_of_its_names(word: str, level: str) -> None:
    assert arguments.parse(["logs", "meet", "--level", word]).level == level


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
        ["status", "meet", "--identity"],
        ["secure", "meet", "--no-guests", "--guest-domain", "guest.example.org"],
    ],
)
def test_bad_usage_exits_with_two_and_one_line(
    line: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(line) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "--help" in said.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["status", "meet", "--timeout", "nan"], "'nan' is not a number of seconds"),
        (["status", "meet", "--port", "x"], "'x' is not a port"),
        (["secure", "meet", "--login-lifetime", "8x"], "write one from 1m to 30d: 45m, 8h, 7d"),
        (["secure", "meet", "--login-lifetime", "31d"], "write one from 1m to 30d"),
        (["moderators", "meet", "invite", "--valid", "x"], "write 30m, 12h, 7d or 2w"),
        (["moderators", "meet", "invite", "joki", "--valid", ""], "write 30m, 12h, 7d or 2w"),
        (["moderators", "meet", "add", "joki", "--bits", "x"], "'x' is not a number of bits"),
        (["logs", "meet", "-n", "-3"], "'-3' is not a number of records"),
        (["logs"], "required: DEST;"),
        (["status", "meet", "--ssh-config", "/no/such"], "there is no file '/no/such'"),
        (["secure", "meet", "--guest-domain", ""], "an empty name is no domain"),
        (["moderators", "meet", "add"], "nobody was named; give a NAME"),
        (["moderators", "meet", "add", "joki", "--dry-run"], "--dry-run is for a list"),
        (["moderators", "meet", "add", "joki", "--to", "x"], "--to is for a list"),
        (["moderators", "meet", "add", "joki", "--skip-wrong"], "--skip-wrong is for a list"),
        (["logs", "meet", "--since", "soon"], "'soon' names no time"),
        (["status", ""], "'' is no destination"),
        (["status", "[::1"], "'[::1' is no destination"),
        (["status", "a" * 300], "a…' is no destination"),
        ([], "the app needs a terminal"),
        (["demo"], "the app needs a terminal"),
    ],
)
def test_a_bad_line_is_told_in_the_words_of_whoever_typed_it(
    line: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert cli.main(line) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert told.err.count("\n") == 1


def test_bad_usage_is_told_as_json_where_json_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status", "--json"]) == 2
    assert json.loads(capsys.readouterr().err)["error"]["kind"] == "usage"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("undo meet --yes --identity key ID", {"id": "ID", "yes": True}),
        ("logs meet --json -n 3 jicofo -f prosody", {"sources": ["jicofo", "prosody"], "n": 3}),
        ("moderators meet remove ada --yes bea --port 22", {"names": ["ada", "bea"], "yes": True}),
        ("moderators meet add ada --generate --domain d", {"name": "ada", "domain": "d"}),
        ("services meet restart nginx --json --timeout=3", {"names": ["nginx"], "timeout": 3.0}),
        ("--restart all --yes secure meet", {"restart": "all", "destination": "meet"}),
        ("moderators meet add -- -x", {"name": "-x"}),
        ("open meet --yes", {"command": "open", "destination": "meet", "yes": True}),
        ("logs -fn 3 meet jicofo", {"follow": True, "n": 3, "sources": ["jicofo"]}),
        ("logs meet -n3 -f jicofo", {"follow": True, "n": 3, "sources": ["jicofo"]}),
    ],
)
def test_options_may_stand_anywhere(line: str, wanted: dict[str, object]) -> None:
    parsed = vars(arguments.parse(line.split()))
    assert {key: parsed[key] for key in wanted} == wanted


def test_guests_are_kept_unless_said_otherwise() -> None:
    assert arguments.parse(["secure", "meet"]).guests is None
    assert arguments.parse(["secure", "meet", "--guests"]).guests is True
    assert arguments.parse(["secure", "meet", "--no-guests"]).guests is False
    assert arguments.parse(["moderators", "meet", "list", "--json"]).json is True
    assert arguments.parse(["moderators", "meet", "--json", "list"]).json is True
