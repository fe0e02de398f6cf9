"""Who comes to the practice server is told as on a real one: by the command, and by the app."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from jitsi_tui.demo import crowd
from jitsi_tui.instance.model import Access, Ending, Policy
from jitsi_tui.session import events as ev
from jitsi_tui.session.tracing import SOURCES
from jitsi_tui.tui.log_store import LogStore
from jitsi_tui.tui.trace_feed import TraceFeed
from tests.demo.test_session import Watched

DOMAIN = "meet.example.org"

pytestmark = pytest.mark.timeout(240)


@contextmanager
def tracing() -> Iterator[subprocess.Popen[str]]:
    running = subprocess.Popen(
        [sys.executable, "-m", "jitsi_tui", "trace", "demo", "--no-color"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def test_the_command_tells_each_step_as_it_comes_and_at_the_end_how_all_stand() -> None:
    told = []
    with tracing() as running:
        assert running.stdout is not None
        for line in running.stdout:
            told.append(line)
            if "joined the meeting, as" in line:
                break
        running.send_signal(signal.SIGINT)
        said = running.stdout.read()
        assert running.wait(100) == 0, (told, said)
    steps = "".join(told)
    assert f"Following who comes to {DOMAIN}" in steps
    for step in (f"let in without an account, on {DOMAIN}", "asked Jicofo for the room"):
        assert step in steps, told
    assert "Somebody without an account is in the meeting " in said
    assert re.search(r"^\d+ attempts?: \d+ in\b", said, re.M), said


def test_the_app_tells_guests_who_wait_from_moderators_who_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a server that was closed meanwhile, by what the session hands the app."""
    monkeypatch.setattr(crowd, "_PACE", (0.4, 0.8))
    there = Watched()
    try:
        there.wait(ev.Status)
        there.session.plan(Policy(Access.ACCOUNTS))
        plan = there.wait(ev.Planned).plan
        assert plan is not None
        there.session.apply(plan)
        assert there.wait(ev.ApplyDone).result.ending is Ending.APPLIED
        there.session.add_moderator("joki", None)
        there.wait(ev.JobDone)
        there.session.start_logs(list(SOURCES))
        logs = LogStore(20_000)
        feed = TraceFeed(logs, DOMAIN, f"guest.{DOMAIN}")
        told: dict[str, str] = {}
        end = time.monotonic() + 180
        while not {"a guest", "joki"} <= set(told):
            assert time.monotonic() < end, told
            logs.take(there.wait(ev.LogBatch).events)
            for attempt in feed.look():
                said = "; ".join(step.words for step in attempt.steps)
                whole = " in as " in said  # of who was in before, the rest alone is told
                if attempt.who == "a guest" and whole and "no room for a guest" in said:
                    told[attempt.who] = said
                if attempt.who == "joki" and whole and "Jicofo opened the meeting" in said:
                    told[attempt.who] = said
    finally:
        there.session.close()
    assert f"let in as a guest, on guest.{DOMAIN}" in told["a guest"]
    assert f"logged in as joki, on {DOMAIN}" in told["joki"]
    assert "it may open rooms, and is a moderator there" in told["joki"]
    assert feed.doubts() == ()
