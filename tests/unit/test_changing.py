"""What a session says of changes that end otherwise than they should."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest

from jitsi_tui.instance.model import Applied, Ending, Plan
from jitsi_tui.session import changing, engine, prompts
from jitsi_tui.session import events as ev
from jitsi_tui.session.changing import Changing
from jitsi_tui.session.prompts import SessionPrompts
from jitsi_tui.session.reading import Reading
from jitsi_tui.session.reconnect import Link
from jitsi_tui.settings import Settings


class Here:
    """A link and a look that a change needs; nothing happens on it."""

    layout = None

    def __init__(self) -> None:
        self.refreshed = 0
        self.target = self

    def report_lost(self) -> None:
        """It is not lost."""

    def host(self) -> None:
        """Nobody asks it anything."""

    def look(self) -> None:
        """Nobody looks at it."""

    def refresh(self) -> None:
        self.refreshed += 1


def on(here: Here, said: Callable[[ev.Event], None]) -> Changing:
    return Changing(cast("Link", here), cast("Reading", here), Settings(), said)


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        (Ending.ROLLED_BACK, ev.JobDone),
        (Ending.APPLIED, ev.JobDone),
        (Ending.BROKEN, ev.JobFailed),
    ],
)
def test_a_dead_run_that_was_brought_to_its_end_is_told_in_words(
    ending: Ending, kind: type[ev.JobDone | ev.JobFailed], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = Applied(ending, "the power was cut", "look at jicofo.conf")
    monkeypatch.setattr(engine, "recover", lambda _host, _look: ended)
    here, said = Here(), list[ev.Event]()
    on(here, said.append).finish_interrupted()
    (told,) = said
    assert isinstance(told, ev.JobDone | ev.JobFailed) and isinstance(told, kind)
    assert told.message == "an earlier change was interrupted: the power was cut"
    assert here.refreshed == 1


def test_a_change_in_which_something_of_ours_breaks_has_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(*_arguments: object, **_options: object) -> Applied:
        raise ZeroDivisionError

    monkeypatch.setattr(changing, "carry_out", breaks)
    monkeypatch.setattr(Changing, "_options", lambda _: engine.ApplyOptions("ada"))
    said: list[ev.Event] = []
    with pytest.raises(ZeroDivisionError):
        on(Here(), said.append).apply(cast("Plan", None), restart_all=False, when_idle=False)
    (told,) = said
    assert isinstance(told, ev.ApplyDone)
    assert told.result.ending is Ending.BROKEN
    assert "rolls back by itself" in told.result.hint


def test_a_decision_that_came_too_late_can_not_be_made_any_more() -> None:
    said: list[ev.Event] = []
    assert on(Here(), said.append)._decide(("Jicofo is silent",), 0.01) is False
    (asked,) = said
    assert isinstance(asked, ev.Unproved)
    assert asked.answer.done()


def test_a_question_that_nobody_answered_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts, "_PATIENCE", 0.01)
    said: list[ev.Event] = []
    assert SessionPrompts(said.append).password("ada", "meet.example.org") is None
    (asked,) = said
    assert isinstance(asked, ev.Asked)
    assert asked.answer.done()
