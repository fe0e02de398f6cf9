"""A verdict against what was wanted: proved, wrong, or impossible to prove."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jitsi_tui.instance.model import Absent, Expectation, Known, Outcome
from jitsi_tui.instance.probe import judge
from tests.unit.instance.test_posture import NO_GUESTS, OPEN_DOOR, verdict

CLOSED = Expectation(
    strangers_log_in=False,
    guests=True,
    authority="xmpp",
    guest_domain="guest.meet.example.org",
    forbidden=frozenset({"OAUTHBEARER"}),
)
ALONE = replace(CLOSED, guests=False, guest_domain=None)
OPEN = Expectation(strangers_log_in=True, guests=False, authority="off")


@pytest.mark.parametrize(
    ("wanted", "changes", "outcome", "word"),
    [
        (CLOSED, {}, Outcome.PROVED, ""),
        (CLOSED, {"authority": "unknown"}, Outcome.PROVED, ""),
        (CLOSED, {"authority": "off"}, Outcome.WRONG, "no authentication"),
        (CLOSED, {"main": Known(("PLAIN", "OAUTHBEARER"))}, Outcome.WRONG, "OAUTHBEARER"),
        (CLOSED, {"main": Absent()}, Outcome.WRONG, "serves no host"),
        (CLOSED, {"main": Known(())}, Outcome.WRONG, "no way to log in"),
        (CLOSED, {"strangers_log_in": True}, Outcome.WRONG, "strangers in"),
        (CLOSED, {"strangers_log_in": None}, Outcome.UNPROVABLE, "strangers log in"),
        (CLOSED, {"guests_log_in": False}, Outcome.WRONG, "guests can't log in"),
        (CLOSED, {"guests_log_in": None}, Outcome.UNPROVABLE, "guests log in"),
        (CLOSED, {"strangers_open_rooms": True}, Outcome.WRONG, "opens rooms"),
        (CLOSED, {"strangers_open_rooms": None}, Outcome.UNPROVABLE, "opens rooms"),
        (CLOSED, {"strangers_open_rooms": True, "guests_log_in": None}, Outcome.WRONG, "rooms"),
        (ALONE, NO_GUESTS, Outcome.PROVED, ""),
        (ALONE, {**NO_GUESTS, "authority": "unknown"}, Outcome.UNPROVABLE, "Jicofo"),
        (ALONE, {}, Outcome.WRONG, "guests still log in"),
        (OPEN, {**OPEN_DOOR, "authority": "off"}, Outcome.PROVED, ""),
        (OPEN, {**OPEN_DOOR, "authority": "xmpp"}, Outcome.WRONG, "accounts"),
        (OPEN, {**OPEN_DOOR, "authority": "unknown"}, Outcome.UNPROVABLE, "Jicofo"),
        (OPEN, {}, Outcome.WRONG, "no strangers in"),
    ],
)
def test_every_answer_has_its_outcome(
    wanted: Expectation, changes: dict[str, object], outcome: Outcome, word: str
) -> None:
    found, why = judge(wanted, verdict(**changes))
    assert found is outcome, why
    assert word in " ".join(why)


def test_doubts_are_told_with_what_could_not_be_proved() -> None:
    doubtful = verdict(strangers_log_in=None, doubts=("Prosody does not answer on port 5280",))
    assert "port 5280" in " ".join(judge(CLOSED, doubtful)[1])
