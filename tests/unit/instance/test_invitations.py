"""Invitations without a server: times, links, and what reaches Prosody's shell."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jitsi_tui import resources
from jitsi_tui.instance import invitations
from jitsi_tui.instance.invitations import Invitation, Kind
from jitsi_tui.instance.model import RefusedError
from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.shipped import shipped

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TOKEN = Secret("AbCdEfGhIjKlMnOpQrStUvWx")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30m", 1800), ("12h", 43200), ("7d", 604800), (" 2W ", 1209600), ("365d", 31536000)],
)
def test_times_are_written_as_people_write_them(text: str, seconds: int) -> None:
    assert invitations.validity(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "7", "d", "-1d", "0m", "366d", "99999w", "1.5h", "７d", "7 d"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        invitations.validity(text)


@pytest.mark.parametrize(
    ("name", "kind", "query"),
    [
        ("", "account", ""),
        ("joki", "account", "?name=joki"),
        ("jörg&reset", "account", "?name=j%C3%B6rg%26reset"),
        ("joki", "reset", "?name=joki&reset"),
    ],
)
def test_the_token_stands_alone_behind_the_hash(name: str, kind: Kind, query: str) -> None:
    made = Invitation("0123456789ab", kind, name, NOW, NOW)
    link = invitations.link("meet.example.org", made, TOKEN).reveal()
    assert link == (
        f"https://meet.example.org/static/jitsi-tui-invite.html{query}#{TOKEN.reveal()}"
    )


def test_a_link_is_never_shown_by_accident() -> None:
    made = Invitation("0123456789ab", "account", "", NOW, NOW)
    invited = invitations.Invited(made, TOKEN, invitations.link("meet.example.org", made, TOKEN))
    assert TOKEN.reveal() not in f"{invited!r} {invited}"


def shell_line(folder: Path, *words: str, said: str = "") -> tuple[str, str]:
    """What our program hands to ``prosodyctl shell``, and what it makes of the answer."""
    program = folder / "prosodyctl"
    program.write_text(f'#!/bin/sh\ncat > "{folder}/line"\nprintf %s "$ANSWER"\n')
    program.chmod(0o755)
    asked = shipped(
        "invitations.pl",
        f"--path-first={folder}",
        "abcdef01",
        *words,
        parts=invitations.PARTS,
    )
    done = subprocess.run(
        asked.argv,
        input=asked.stdin,
        env={**os.environ, "ANSWER": said},
        capture_output=True,
        timeout=100,
        check=True,
    )
    return (folder / "line").read_text("utf-8"), done.stdout.decode().lstrip()


def test_the_program_is_one_line_for_the_shell() -> None:
    for line in resources.remote_program("invitations.lua").decode().splitlines():
        assert "--" not in line or line.lstrip().startswith("--"), line


@pytest.mark.parametrize("name", ['a"b', "a\\", 'x") os.execute("id', "a\nb", "]]", "ж", "%s"])
def test_no_name_says_anything_to_the_shell(tmp_path: Path, name: str) -> None:
    line, _ = shell_line(tmp_path, "create", "meet.example.org", name, "3600")
    assert line.count("\n") == 1
    head, _, call = line.rstrip("\n").rpartition(")(")
    assert head.startswith("> (function (nonce, action, host, name, seconds, identifier)")
    allowed = set('"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.@_-\\, )')
    assert set(call) <= allowed
    assert call.count('"') == 10


def test_only_lines_of_this_run_are_believed(tmp_path: Path) -> None:
    said = "banner\nprosody> | abcdef01 invitation x\n| ffff0000 revoked y\n| abcdef01 end\n"
    _, answer = shell_line(tmp_path, "list", "meet.example.org", said=said)
    assert answer == "invitation x\nend\n"


def test_a_shell_that_does_not_answer_is_told_with_its_words(tmp_path: Path) -> None:
    _, answer = shell_line(tmp_path, "list", "meet.example.org", said="** Unable to connect\n")
    assert answer.startswith("unreachable %2a%2a%20Unable")
