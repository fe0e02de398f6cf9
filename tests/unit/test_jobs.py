"""Workers do one thing after the other, and survive what goes wrong."""

from __future__ import annotations

import threading
from functools import partial

from jitsi_tui.session.jobs import Worker


def test_a_newer_job_replaces_a_waiting_one_of_its_kind() -> None:
    gate, done = threading.Event(), threading.Event()
    ran: list[int] = []
    worker = Worker("test", lambda _: None)

    def hold() -> None:
        gate.wait(60)

    worker.submit(hold)
    for number in range(5):
        worker.submit(partial(ran.append, number), key="plan")
    worker.submit(done.set)
    gate.set()
    assert done.wait(60)
    worker.close()
    assert ran == [4]


def test_an_exception_is_reported_and_the_worker_goes_on() -> None:
    crashes: list[BaseException] = []
    done = threading.Event()
    worker = Worker("test", crashes.append)

    def fail() -> None:
        raise ValueError("boom")

    worker.submit(fail)
    worker.submit(done.set)
    assert done.wait(60)
    worker.close()
    assert [type(error) for error in crashes] == [ValueError]


def test_nothing_runs_after_close() -> None:
    worker = Worker("test", lambda _: None)
    worker.close()
    ran: list[int] = []
    worker.submit(lambda: ran.append(1))
    assert ran == []
