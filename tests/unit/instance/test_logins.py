"""How long Jicofo remembers logins: read, chosen, and written where it is read from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from jitsi_tui.instance import logins
from jitsi_tui.instance.access import _by
from jitsi_tui.instance.facts import running
from jitsi_tui.instance.facts.sections import Sections
from jitsi_tui.instance.logins import Logins
from jitsi_tui.instance.model import (
    Absent,
    Access,
    Jicofo,
    Known,
    Policy,
    RefusedError,
    SourceFile,
)
from jitsi_tui.instance.plan.edits import Editor
from jitsi_tui.instance.posture import settings

from .instances import INSTANCE

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [("45m", 2700), ("8h", 28_800), ("7d", 604_800), ("24 hours", 86_400), ("90 Minutes", 5400)],
)
def test_a_time_is_understood_and_written_again(typed: str, seconds: int) -> None:
    assert logins.duration(typed) == seconds
    assert logins.duration(logins.written(seconds)) == seconds


@pytest.mark.parametrize("typed", ["", "8", "0h", "31d", "5s", "-1h", "8 weeks", "1h30m"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(RefusedError):
        logins.duration(typed)


def test_until_when_is_said_plainly() -> None:
    found = _by(Logins(28_800, True, True), NOW)
    assert found.until == datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert "can open meetings until 2026-11-24 20:00 UTC" in found.sentence
    assert _by(Logins(28_800, False, True), NOW).until is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("authenticationLifetime=PT24H, enableAutoLogin=true]", (86_400.0, True)),
        ("authenticationLifetime=PT1H30M, enableAutoLogin=false]", (5400.0, False)),
        ("authenticationLifetime=PT45M]", (2700.0, None)),
        ("loginUrl=meet.example.org]", (None, None)),
    ],
)
def test_jicofos_own_word_is_read(line: str, told: tuple[float | None, bool | None]) -> None:
    text = f"INFO: Starting authentication service with config=AuthConfig[enabled=true, {line}"
    raw = f"ab K begin 1 0\n\nab K jicofo-log {len(text)}\n{text}\nab K end 0\n\n".encode()
    assert running.jicofo_logins(Sections(raw, "ab")) == told


def source(path: str, text: str) -> Known[SourceFile]:
    file = SourceFile(path, path, text.encode(), "jicofo", "jicofo", 0o640, NOW)
    return Known(file)


def edited(hocon: str | None, properties: str | None, policy: Policy) -> list[str]:
    jicofo = Jicofo(
        source("/c", hocon) if hocon is not None else Absent(),
        source("/p", properties) if properties is not None else Absent(),
    )
    instance = replace(INSTANCE, jicofo=jicofo)
    editor = Editor(instance, settings(instance))
    editor.remember_logins(policy)
    return [change.after.decode() for change in editor.changes()]


ALL = Policy(Access.ACCOUNTS, login_lifetime=3600, auto_login=False, auto_owner=False)


def test_choices_stand_where_jicofo_reads_them() -> None:
    (after,) = edited("jicofo {\n  authentication { enabled = true }\n}\n", None, ALL)
    found = Logins(3600, False, False)
    jicofo = Jicofo(source("/c", after), Absent())
    assert logins.logins(replace(INSTANCE, jicofo=jicofo)) == found


def test_a_server_of_2020_gets_them_in_its_properties() -> None:
    (after,) = edited(None, "org.jitsi.jicofo.auth.URL=XMPP:meet.example.org\n", ALL)
    assert "org.jitsi.jicofo.auth.AUTH_LIFETIME=3600000" in after
    assert "org.jitsi.jicofo.auth.DISABLE_AUTOLOGIN=true" in after
    assert "org.jitsi.jicofo.DISABLE_AUTO_OWNER=true" in after
    jicofo = Jicofo(Absent(), source("/p", after))
    assert logins.logins(replace(INSTANCE, jicofo=jicofo)) == Logins(3600, False, False)


def test_an_old_property_wins_and_so_is_what_changes() -> None:
    old = "org.jitsi.jicofo.auth.AUTH_LIFETIME=60000\n"
    policy = Policy(Access.ACCOUNTS, login_lifetime=7200)
    (after,) = edited("jicofo { authentication { authentication-lifetime = 1h } }\n", old, policy)
    assert after == "org.jitsi.jicofo.auth.AUTH_LIFETIME=7200000\n"


def test_what_is_so_already_is_left_alone() -> None:
    text = "jicofo { authentication { authentication-lifetime = 24 hours } }\n"
    same = Policy(Access.ACCOUNTS, login_lifetime=86_400, auto_login=True, auto_owner=True)
    assert edited(text, None, same) == []
    assert edited("jicofo { }\n", None, same) == []


def test_a_lifetime_that_only_jicofo_can_work_out_is_not_known() -> None:
    jicofo = Jicofo(
        source("/c", "jicofo.authentication.authentication-lifetime = ${?LIFETIME}\n"), Absent()
    )
    assert logins.logins(replace(INSTANCE, jicofo=jicofo)).lifetime in (None, 86_400.0)


@pytest.mark.parametrize("lifetime", [2**63 / 1000, 1e30])
def test_a_login_for_ever_is_told_as_that(lifetime: float) -> None:
    """``AUTH_LIFETIME`` is a long of Java's: its largest is how people write for ever."""
    told = _by(Logins(lifetime, True, True), NOW)
    assert told.until is not None
    assert told.until.year == 9999
    assert "for ever" in told.sentence
