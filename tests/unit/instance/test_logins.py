"""How long Jicofo remembers logins: read, chosen, and written where it is read from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jitsi_tui.instance import logins, running
from jitsi_tui.instance.access import _by
from jitsi_tui.instance.logins import Logins
from jitsi_tui.instance.model import RefusedError
from jitsi_tui.instance.sections import Sections

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
