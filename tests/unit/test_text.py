"""What people read: one figure with its unit, an admin's words, no jargon in the first line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jitsi_tui import text
from jitsi_tui.instance.model import (
    Applied,
    Ending,
    Expectation,
    FileChange,
    Finding,
    Known,
    Plan,
    Posture,
    Service,
    Step,
    Verdict,
)

NOW = datetime(2026, 11, 24, 14, 2, 1, tzinfo=UTC)
CLOSED = Verdict(
    domain="meet.example.org",
    guest_domain="guest.meet.example.org",
    taken=NOW,
    main=Known(("SCRAM-SHA-1",)),
    guest=Known(("ANONYMOUS",)),
    strangers_log_in=False,
    strangers_open_rooms=False,
    guests_log_in=True,
    authority="xmpp",
    conferences=2,
    participants=7,
)
OPEN = replace(CLOSED, strangers_log_in=True, authority="off", strangers_open_rooms=None)
PLAN = Plan(
    domain="meet.example.org",
    summary="close meet.example.org to strangers",
    changes=(FileChange("/etc/x", b"a\nb\n", b"a\nc\nd\n"),),
    restarts=("prosody", "jitsi-videobridge2"),
    expectation=Expectation(False, True, "xmpp"),
)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (3.4, "3 s"),
        (89, "89 s"),
        (90, "2 min"),
        (3600, "60 min"),
        (5400, "2 h"),
        (35 * 3600, "35 h"),
        (61 * 86400, "61 d"),
        (-5, "0 s"),
    ],
)
def test_a_span_is_one_figure(seconds: float, shown: str) -> None:
    assert text.span(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.012, "12 ms"), (0.0994, "99 ms"), (0.42, "0.4 s"), (12.3, "12 s")]
)
def test_short_times_have_their_unit(seconds: float, shown: str) -> None:
    assert text.short(seconds) == shown


def test_what_was_just_now_and_what_clocks_put_ahead() -> None:
    assert text.ago(NOW - timedelta(seconds=1), NOW) == "just now"
    assert text.ago(NOW + timedelta(hours=1), NOW) == "just now"
    assert text.ago(NOW - timedelta(hours=2), NOW) == "2 h ago"


def test_numbers_and_lists_read_as_sentences() -> None:
    assert text.count(1, "call") == "1 call"
    assert text.count(0, "call") == "no calls"
    assert text.count(7, "person", "people") == "7 people"
    assert text.listed(("a", "b", "c")) == "a, b and c"


@pytest.mark.parametrize("posture", ["open", "secure", "token", "inconsistent", "unknown"])
def test_the_first_line_of_a_posture_has_no_jargon(posture: Posture) -> None:
    for verdict in (None, CLOSED, OPEN):
        headline, why = text.posture_sentence(posture, None, verdict)
        for word in ("SASL", "ANONYMOUS", "VirtualHost", "XMPP", "Prosody", "Jicofo"):
            assert word not in headline
        assert why


def test_a_closed_server_says_who_turned_us_away() -> None:
    headline, why = text.posture_sentence("secure", None, CLOSED)
    assert headline == "An account is needed to open a meeting"
    assert "Prosody turned us away" in why[-1] and "Jicofo refused" in why[-1]


def test_everyone_a_moderator_is_said_as_such() -> None:
    headline, _ = text.posture_sentence("inconsistent", None, replace(OPEN, authority="xmpp"))
    assert headline == "Strangers become moderators"


def test_without_a_proof_it_says_that_only_files_were_read() -> None:
    _, why = text.posture_sentence("open", None, None)
    assert "the running server was not asked" in why[-1]


def test_a_plan_says_its_size_and_whom_it_hits() -> None:
    assert text.plan_size(PLAN) == "1 file, 3 lines"
    assert text.plan_cost(PLAN, CLOSED) == [
        "restarts prosody and videobridge",
        "2 calls with 7 people will drop",
    ]
    calm = replace(PLAN, restarts=())
    assert text.plan_cost(calm, CLOSED) == ["nothing restarts"]


def test_a_headline_has_no_id_of_a_backup() -> None:
    plan = replace(PLAN, summary="undo 20261124T140309Z-1: close it", undoes="20261124T140309Z-1")
    assert text.plan_title(plan) == "Undo: close it"


def test_steps_are_told_as_they_run_and_when_they_are_done() -> None:
    assert text.step_name("backup", running=True) == "making a backup"
    assert text.step_name("backup") == "a backup is made"
    assert text.step_name("restart jitsi-videobridge2") == "videobridge is restarted"
    assert text.step_name("restart prosody as before", running=True) == (
        "restarting prosody as before"
    )
    assert text.step_name("something new") == "something new"
    assert text.step_tone(Step("x")) == "attention"
    assert text.step_tone(Step("x", 1.0, False)) == "bad"


@pytest.mark.parametrize(
    ("verdict", "shown"),
    [
        (CLOSED, "Now: an account is needed. Guests may join."),
        (replace(CLOSED, guests_log_in=False), "Now: an account is needed. Guests may not join."),
        (OPEN, "Now: everyone may open meetings."),
        (None, "Now: it could not be proved who may open meetings."),
    ],
)
def test_the_proof_is_one_sentence(verdict: Verdict | None, shown: str) -> None:
    assert text.proof_sentence(verdict) == shown


@pytest.mark.parametrize("ending", list(Ending))
def test_each_ending_has_words_and_keeps_the_reason(ending: Ending) -> None:
    said = text.ending(Applied(ending, "it died\x1b", "start it"))
    assert said.headline
    assert said.why == ("it died^[", "start it")


def test_how_to_try_it_names_the_address_and_each_person() -> None:
    rows = dict(text.how_to_try("meet.example.org", CLOSED))
    assert rows["open"].startswith("https://meet.example.org/")
    assert set(rows) == {"open", "a stranger", "a moderator", "a guest"}
    without = dict(text.how_to_try("meet.example.org", replace(CLOSED, guests_log_in=False)))
    assert "account" in without["a guest"]
    assert set(dict(text.how_to_try("meet.example.org", OPEN))) == {"open", "anyone"}


def test_services_and_findings_in_a_glance() -> None:
    up = Service("prosody", "running", 1, NOW - timedelta(days=3))
    assert text.service_state(up, NOW) == "3 d" and text.service_tone(up) == "good"
    down = Service("jicofo", "failed")
    assert text.service_state(down, NOW) == "failed" and text.service_tone(down) == "bad"
    findings = (Finding("a", "error", "", ""), Finding("b", "warning", "", ""))
    assert text.findings_summary(findings) == "1 bad, 1 to look at"
    assert text.findings_summary(()) == "nothing found"
    assert text.mark("bad", ascii_only=True) == "x"
