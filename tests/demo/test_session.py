"""A session on the practice server: what the app asks of it, and the events that answer."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TypeVar

import pytest

from jitsi_tui.instance.model import Access, Ending, Policy
from jitsi_tui.logs.events import History, Lines
from jitsi_tui.session import events as ev
from jitsi_tui.session.inviting import Wish
from jitsi_tui.session.live import LiveSession
from jitsi_tui.session.target import Access as Way
from jitsi_tui.session.target import Target
from jitsi_tui.settings import Settings
from jitsi_tui.ssh.command import Secret

E = TypeVar("E")


class Watched:
    """A session, and what it has said so far."""

    def __init__(self, *, read_only: bool = False) -> None:
        self.seen: list[ev.Event] = []
        self.takes = True
        self._said: queue.Queue[ev.Event] = queue.Queue()
        self.target = Target(Way("demo"))
        self.session = LiveSession(self.target, Settings(), self._said.put, read_only=read_only)
        self.session.start()

    def wait(
        self, kind: type[E], fits: Callable[[E], bool] = lambda _: True, seconds: float = 60
    ) -> E:
        """The next event of a kind that fits; what comes before it is kept in ``seen``."""
        while True:
            event = self._said.get(timeout=seconds)
            self.seen.append(event)
            if isinstance(event, ev.LogBatch) and self.takes:
                event.taken()
            if isinstance(event, kind) and fits(event):
                return event

    def rest(self) -> list[ev.Event]:
        """What was said meanwhile."""
        return [self._said.get() for _ in range(self._said.qsize())]


@pytest.fixture
def watched() -> Iterator[Watched]:
    there = Watched()
    yield there
    there.session.close()


def test_it_connects_and_looks_once(watched: Watched) -> None:
    watched.wait(ev.Connected)
    status = watched.wait(ev.Status)
    assert status.posture == "open"
    assert status.settings is not None
    ran = [event for event in watched.seen if isinstance(event, ev.CommandRan)]
    assert [event.title for event in ran] == ["facts.pl"]


def test_a_plan_is_applied_proved_and_undone(watched: Watched) -> None:
    watched.wait(ev.Status)
    watched.session.plan(Policy(Access.ACCOUNTS))
    planned = watched.wait(ev.Planned)
    assert planned.plan is not None
    assert len(planned.plan.changes) == 3
    watched.session.apply(planned.plan)
    done = watched.wait(ev.ApplyDone)
    assert done.result.ending is Ending.APPLIED, done.result
    status = watched.wait(ev.Status)
    assert status.posture == "secure"
    backup = status.instance.backups[0].id
    watched.session.plan_undo(backup)
    undo = watched.wait(ev.Planned, lambda event: event.undoes == backup)
    assert undo.plan is not None
    watched.session.apply(undo.plan)
    assert watched.wait(ev.ApplyDone).result.ending is Ending.APPLIED
    assert watched.wait(ev.Status).posture == "open"


def test_moderators_are_added_checked_and_removed(watched: Watched) -> None:
    watched.wait(ev.Status)
    watched.session.plan(Policy(Access.ACCOUNTS))
    plan = watched.wait(ev.Planned).plan
    assert plan is not None
    watched.session.apply(plan)
    watched.wait(ev.ApplyDone)
    watched.session.add_moderator("joki", None)
    made = watched.wait(ev.JobDone)
    assert isinstance(made.secret, Secret)
    listing = watched.wait(ev.Moderators).listing
    assert "joki" in [moderator.name for moderator in listing.moderators]
    watched.session.check_moderator("joki", made.secret)
    assert "joki" in watched.wait(ev.JobDone, lambda event: event.job == "check").message
    watched.session.remove_moderators(["joki"])
    watched.wait(ev.JobDone, lambda event: event.job == "remove")
    shown = repr([event for event in watched.seen if isinstance(event, ev.CommandRan)])
    assert made.secret.reveal() not in shown


def test_logs_are_followed_and_taken_up_after_a_cut(watched: Watched) -> None:
    watched.wait(ev.Status)
    watched.session.start_logs(["prosody", "jicofo"])
    watched.wait(ev.LogBatch, lambda batch: bool(batch.events))
    watched.session._link.host().close()
    watched.session._link.report_lost()
    watched.wait(ev.Disconnected)
    assert watched.wait(ev.Connected).again
    watched.wait(ev.LogBatch, lambda batch: bool(batch.events))


def test_one_more_log_leaves_the_others_where_they_are(watched: Watched) -> None:
    def lines_of(source: str) -> list[Lines]:
        batches = [event for event in watched.seen if isinstance(event, ev.LogBatch)]
        told = [one for batch in batches for one in batch.events if isinstance(one, Lines)]
        return [one for one in told if one.source == source]

    watched.session.start_logs(["prosody", "jicofo"])
    watched.wait(ev.LogBatch, lambda _: bool(lines_of("prosody")))
    for wanted in (["nginx.access"], ["nginx.access", "jvb"]):
        watched.session.start_logs(["prosody", "jicofo", *wanted])
        watched.wait(ev.LogBatch, lambda _, last=wanted[-1]: bool(lines_of(last)))  # type: ignore[misc]
    count = len(lines_of("jicofo"))
    watched.wait(ev.LogBatch, lambda _: len(lines_of("jicofo")) > count)
    for source in ("prosody", "jicofo"):
        told = lines_of(source)
        assert len({one.file for one in told}) == 1
        for one, after in pairwise(told):
            assert one.offset + len(one.data) == after.offset


def test_whoever_takes_no_logs_is_sent_no_more(watched: Watched) -> None:
    watched.takes = False
    watched.session.start_logs(["prosody"])
    first = watched.wait(ev.LogBatch)
    time.sleep(1.5)
    assert not [event for event in watched.rest() if isinstance(event, ev.LogBatch)]
    first.taken()
    watched.wait(ev.LogBatch)


def test_older_lines_are_asked_for_without_waiting_and_answered_as_events(watched: Watched) -> None:
    watched.session.start_logs(["prosody"])
    lines = [
        event
        for event in watched.wait(
            ev.LogBatch, lambda batch: any(isinstance(one, Lines) for one in batch.events)
        ).events
        if isinstance(event, Lines)
    ]
    number = watched.session.older_logs.before("prosody", lines[0].file, -1, 100)
    answer = watched.wait(
        ev.LogBatch, lambda batch: any(isinstance(one, History) for one in batch.events)
    )
    told = next(one for one in answer.events if isinstance(one, History))
    assert (told.request, told.status, len(told.data)) == (number, "done", 100)


def test_a_read_only_session_changes_nothing() -> None:
    watched = Watched(read_only=True)
    try:
        watched.wait(ev.Status)
        watched.session.restart_service("prosody")
        failed = watched.wait(ev.JobFailed)
        assert "read-only" in failed.hint
    finally:
        watched.session.close()


def test_closing_leaves_no_thread_and_no_server() -> None:
    before = set(threading.enumerate())
    watched = Watched()
    watched.wait(ev.Status)
    watched.session.start_logs(["prosody"])
    watched.wait(ev.LogBatch)
    watched.session.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
    assert not [thread for thread in threading.enumerate() if thread not in before]


def test_inviting_plans_what_is_missing_and_goes_on_once_it_was_applied(watched: Watched) -> None:
    watched.wait(ev.Status)
    watched.session.invitations.make(Wish("joki"))
    refused = watched.wait(ev.JobFailed)
    assert "is open" in refused.message
    watched.session.plan(Policy(Access.ACCOUNTS))
    planned = watched.wait(ev.Planned)
    assert planned.plan is not None
    watched.session.apply(planned.plan)
    watched.wait(ev.Status, lambda status: status.posture == "secure")

    watched.session.invitations.make(Wish("joki"))
    setup = watched.wait(ev.InvitationSetup)
    watched.session.apply(setup.plan)
    assert watched.wait(ev.ApplyDone).result.ending is Ending.APPLIED
    made = watched.wait(ev.InvitationMade)
    assert made.invited.invitation.name == "joki"
    (listed,) = watched.wait(ev.InvitationsListed).invitations
    assert listed == made.invited.invitation

    watched.session.invitations.revoke([listed.id])
    watched.wait(ev.JobDone)
    assert watched.wait(ev.InvitationsListed).invitations == ()


def test_who_only_looks_sees_invitations_and_makes_none() -> None:
    watched = Watched(read_only=True)
    try:
        watched.wait(ev.Status)
        watched.session.invitations.make(Wish())
        assert "--read-only" in watched.wait(ev.JobFailed).hint
    finally:
        watched.session.close()
