"""Attempts of Jitsi's own client library in a browser, told by ``trace`` as they happened."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from .admin import MODERATOR, MODERATOR_PASSWORD, secured
from .browser import missing, visit
from .cli import argv, environment
from .fixtures import HostFactory
from .host import LabHost
from .requirements import demand

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]
APART = 4.0
"""Seconds between visits from one address: the web server writes whole seconds and no session."""

RELEASES = ["bookworm", pytest.param("trixie", marks=pytest.mark.slow)]


@contextmanager
def traced(host: LabHost) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """``trace`` at work; what is given ends it as Ctrl-C does, and gives the attempts."""
    command = [*argv(host, "trace", "--seconds", "200", "--json")]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    time.sleep(4)

    def attempts() -> list[dict[str, Any]]:
        time.sleep(4)  # so long nothing comes before what is missing says something
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
        assert running.returncode == 0, err
        answer = json.loads(out)
        assert answer["doubts"] == []
        found = answer["attempts"]
        assert isinstance(found, list)
        return found

    try:
        yield attempts
    finally:
        if running.poll() is None:
            running.terminate()
            running.wait(10)


@pytest.fixture(scope="module", params=RELEASES)
def host(request: pytest.FixtureRequest, module_lab_host: HostFactory) -> Iterator[LabHost]:
    demand(missing())
    made = module_lab_host(
        release=request.param, generation="fixture", prepare=secured("meet.example.org")
    )
    made.wait_for_jitsi()
    yield made


def texts(attempt: dict[str, Any]) -> str:
    return "; ".join(step["text"] for step in attempt["steps"])


def test_a_stranger_a_wrong_password_a_guest_and_a_moderator_are_told_apart(host: LabHost) -> None:
    guest_domain = f"guest.{host.domain}"
    with traced(host) as ended:
        with visit(host) as seen:
            assert seen.first() == "connection.passwordRequired"
        time.sleep(APART)
        with visit(host, user=MODERATOR, password="wrong") as seen:
            assert seen.first() == "connection.passwordRequired"
        with ExitStack() as stack:
            waiting = stack.enter_context(visit(host, login=guest_domain, room="daily"))
            assert waiting.first() == "connection.established"
            time.sleep(APART)
            opening = stack.enter_context(
                visit(host, user=MODERATOR, password=MODERATOR_PASSWORD, room="weekly")
            )
            assert opening.conference() == "conference.joined"
            attempts = ended()
    stranger, wrong, guest, moderator = attempts
    assert "Turned away without an account" in stranger["verdict"], stranger
    assert "tried, and refused" in wrong["verdict"], wrong
    assert guest["who"] == "a guest" and guest["room"].startswith("daily@")
    assert "waits at the door" in guest["verdict"], guest
    assert any(step["inferred"] for step in guest["steps"])
    assert moderator["who"] == MODERATOR and moderator["room"].startswith("weekly@")
    assert moderator["verdict"].endswith("is in the meeting weekly, as a moderator"), moderator
    assert [a["door"] for a in attempts] == ["BOSH"] * 4
    for attempt in attempts:
        assert "came through BOSH, from " in texts(attempt)
        assert all(step["records"] for step in attempt["steps"]), "each step has its records"


@pytest.mark.slow
def test_the_login_loop_of_prosody_13_is_told_and_how_it_is_mended(lab_host: HostFactory) -> None:
    demand(missing())
    prepare = secured("meet.example.org", oauthbearer_off=False)
    host = lab_host(release="trixie", generation="fixture", prepare=prepare)
    host.wait_for_jitsi()
    with traced(host) as ended:
        with visit(host) as seen:
            seen.first(8)
        [attempt] = ended()
    assert attempt["verdict"].startswith("The login loops"), attempt
    assert attempt["advice"] == "jitsi-tui mend DEST oauthbearer"
    assert attempt["state"] == "bad"
