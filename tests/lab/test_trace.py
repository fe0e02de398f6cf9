"""Attempts of Jitsi's own client library in a browser, told by ``trace`` as they happened."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from .admin import MODERATOR, MODERATOR_PASSWORD, restart, secured
from .browser import missing, visit
from .cli import argv, environment
from .fixtures import HostFactory
from .host import LabHost
from .requirements import demand

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]
APART = 4.0
"""Seconds between visits from one address: the web server writes whole seconds and no session."""

RELEASES = ["bookworm", pytest.param("trixie", marks=pytest.mark.slow)]
LOGS = (
    *("/var/log/prosody/prosody.log", "/var/log/jitsi/jicofo.log", "/var/log/jitsi/jvb.log"),
    "/var/log/nginx/access.log",
)
Attempt = dict[str, Any]


class Trace:
    """``trace`` at work."""

    def __init__(self, host: LabHost) -> None:
        # What a shell starts in the background ignores Ctrl-C, and all that it starts.
        command = ["env", "--default-signal=INT"]
        command += argv(host, "trace", "--seconds", "250", "--json")
        self.running = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
        )
        self._host = host
        self._begun = {log: len(host.files.read(log)) for log in LOGS}
        host.wait_for("trace to follow the logs", lambda: set(LOGS) <= _followed(host), 120)

    def wait(self, log: str, text: str, times: int = 1) -> None:
        """Until a text came into a log since this began."""
        path = next(path for path in LOGS if path.endswith(f"/{log}"))
        begun = self._begun[path]
        self._host.wait_for(
            f"{text!r} in {log}",
            lambda: self._host.files.read(path)[begun:].count(text) >= times,
            60,
        )

    def ended(self) -> list[Attempt]:
        """End it as Ctrl-C does; the attempts as they stand then."""
        time.sleep(4)  # so long nothing comes before what is missing says something
        self.running.send_signal(signal.SIGINT)
        out, said = self.running.communicate(timeout=120)
        assert self.running.returncode == 0, said
        answer = json.loads(out)
        assert answer["doubts"] == []
        found = answer["attempts"]
        assert isinstance(found, list)
        return found


def _followed(host: LabHost) -> set[str]:
    """Logs that a program of ours has open."""
    found = set()
    for pid, command in host.processes().items():
        if "perl" in command:
            for link in Path(f"/proc/{pid}/fd").glob("*"):
                try:
                    found.add(str(link.readlink()))
                except OSError:
                    continue
    return found


@contextmanager
def traced(host: LabHost) -> Iterator[Trace]:
    trace = Trace(host)
    try:
        yield trace
    finally:
        if trace.running.poll() is None:
            trace.running.terminate()
            trace.running.wait(60)


@pytest.fixture(scope="module", params=RELEASES)
def host(request: pytest.FixtureRequest, module_lab_host: HostFactory) -> Iterator[LabHost]:
    demand(missing())
    made = module_lab_host(
        release=request.param, generation="fixture", prepare=secured("meet.example.org")
    )
    made.wait_for_jitsi()
    yield made


def texts(attempt: Attempt) -> str:
    return "; ".join(step["text"] for step in attempt["steps"])


def test_a_stranger_a_wrong_password_a_guest_and_a_moderator_are_told_apart(host: LabHost) -> None:
    with traced(host) as trace:
        with visit(host) as seen:
            assert seen.first() == "connection.passwordRequired"
        time.sleep(APART)
        with visit(host, user=MODERATOR, password="wrong") as seen:
            assert seen.first() == "connection.passwordRequired"
        time.sleep(APART)
        with ExitStack() as stack:
            waiting = stack.enter_context(visit(host, login=f"guest.{host.domain}", room="daily"))
            assert waiting.first() == "connection.established"
            time.sleep(APART)
            opening = stack.enter_context(
                visit(host, user=MODERATOR, password=MODERATOR_PASSWORD, room="weekly")
            )
            assert opening.conference() == "conference.joined"
            trace.wait("jicofo.log", "Member joined")
            attempts = trace.ended()
    stranger, wrong, guest, moderator = attempts
    assert "Turned away without an account" in stranger["verdict"], stranger
    assert "tried, and refused, it seems" in wrong["verdict"], wrong
    assert guest["who"] == "a guest" and guest["room"].startswith("daily@")
    assert "waits at the door" in guest["verdict"], guest
    assert any(step["inferred"] for step in guest["steps"])
    assert moderator["who"] == MODERATOR and moderator["room"].startswith("weekly@")
    assert moderator["verdict"].endswith("is in the meeting weekly, as a moderator"), moderator
    assert [a["door"] for a in attempts] == ["BOSH"] * 4
    for attempt, page in zip(attempts, ("lobby", "lobby", "daily", "weekly"), strict=True):
        assert f"opened the page of {page}, from " in texts(attempt), attempt
        assert "came through BOSH, from " in texts(attempt)
        assert "several" not in texts(attempt)
        assert all(step["records"] for step in attempt["steps"]), "each step has its records"


@pytest.mark.slow
def test_three_who_come_at_once_are_told_apart_by_room_and_browser(host: LabHost) -> None:
    with traced(host) as trace, ExitStack() as stack:
        guest = stack.enter_context(
            visit(host, login=f"guest.{host.domain}", room="daily", agent="Guest/1")
        )
        moderator = stack.enter_context(
            visit(
                host,
                user=MODERATOR,
                password=MODERATOR_PASSWORD,
                room="weekly",
                agent="Moderator/1",
            )
        )
        stranger = stack.enter_context(visit(host, page="monthly", agent="Stranger/1"))
        assert stranger.first() == "connection.passwordRequired"
        assert guest.first() == "connection.established"
        assert moderator.conference() == "conference.joined"
        trace.wait("jicofo.log", "Member joined")
        trace.wait("jicofo.log", "room daily@")
        attempts = trace.ended()
    told = {attempt["who"]: attempt for attempt in attempts}
    assert len(attempts) == len(told) == 3, attempts
    for who, page, agent in (
        ("a guest", "daily", "Guest/1"),
        (MODERATOR, "weekly", "Moderator/1"),
        ("somebody who has not logged in", "monthly", "Stranger/1"),
    ):
        assert f"opened the page of {page}, from " in texts(told[who]), told[who]
        web = [r for step in told[who]["steps"] for r in step["records"] if "nginx" in r["source"]]
        assert web and all(agent in record["text"] for record in web), told[who]
    assert "Turned away" in told["somebody who has not logged in"]["verdict"]
    assert "waits at the door" in told["a guest"]["verdict"]
    assert told[MODERATOR]["verdict"].endswith("as a moderator")


def test_a_meeting_over_websockets_is_told_down_to_its_media(host: LabHost) -> None:
    with traced(host) as trace:
        with ExitStack() as stack:
            opening = stack.enter_context(
                visit(
                    host,
                    user=MODERATOR,
                    password=MODERATOR_PASSWORD,
                    room="daily",
                    websocket=True,
                )
            )
            assert opening.conference() == "conference.joined"
            joining = stack.enter_context(
                visit(host, login=f"guest.{host.domain}", room="daily", websocket=True)
            )
            assert joining.conference() == "conference.joined"
            trace.wait("jvb.log", "DTLS handshake complete", times=2)
        time.sleep(APART)
        with visit(host, user=MODERATOR, password="wrong", websocket=True) as seen:
            assert seen.first() == "connection.passwordRequired"
        trace.wait("access.log", "xmpp-websocket", times=3)
        attempts = trace.ended()
    assert len(attempts) == 3, attempts
    moderator, guest, nobody = attempts
    assert [a["door"] for a in attempts] == ["websocket"] * 3
    assert moderator["verdict"] == "Joki was in the meeting daily, as a moderator, and left"
    assert guest["verdict"] == "A guest was in the meeting daily, and left"
    for attempt in (moderator, guest):
        for step in (
            "asked Jicofo for the room daily",
            "joined the meeting, as ",
            "the videobridge made a place for them",
            "sound and picture can flow",
            "the videobridge gave up the place",
            "ended; it is written then",
        ):
            assert step in texts(attempt), (step, attempt)
    assert nobody["verdict"] == "Did not log in: no password was given, or a wrong one"


@pytest.mark.slow
def test_media_that_does_not_get_through_is_told(host: LabHost) -> None:
    host.files.write("/run/jvb-ice", "failed\n")
    try:
        with traced(host) as trace, ExitStack() as stack:
            opening = stack.enter_context(
                visit(host, user=MODERATOR, password=MODERATOR_PASSWORD, room="daily")
            )
            assert opening.conference() == "conference.joined"
            joining = stack.enter_context(
                visit(host, login=f"guest.{host.domain}", room="daily", websocket=True)
            )
            assert joining.conference() == "conference.joined"
            trace.wait("jvb.log", "to Failed", times=2)
            attempts = trace.ended()
    finally:
        host.files.path("/run/jvb-ice").unlink()
    for attempt in attempts:
        assert attempt["verdict"].endswith("is in the meeting without sound or picture"), attempt
        assert "10000" in attempt["advice"] and attempt["state"] == "bad"


@pytest.mark.parametrize(
    "websocket", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["bosh", "websocket"]
)
def test_a_door_that_leads_nowhere_is_told(host: LabHost, websocket: bool) -> None:
    host.run("systemctl stop prosody")
    host.wait_for("Prosody to end", lambda: 5280 not in host.listening())
    try:
        with traced(host) as trace, visit(host, page="daily", websocket=websocket):
            trace.wait("access.log", " 502 ")
            attempts = trace.ended()
    finally:
        restart(host, "prosody")
    [attempt] = attempts
    assert attempt["verdict"] == "The web server can't reach Prosody"
    assert attempt["advice"] == "jitsi-tui services DEST" and attempt["room"] == "daily"
    sources = {record["source"] for step in attempt["steps"] for record in step["records"]}
    assert sources == {"nginx", "nginx.access"}
    assert "connect() failed" in texts(attempt) and "answered 502" in texts(attempt)


@pytest.mark.slow
def test_the_login_loop_of_prosody_13_is_told_and_how_it_is_mended(lab_host: HostFactory) -> None:
    demand(missing())
    prepare = secured("meet.example.org", oauthbearer_off=False)
    host = lab_host(release="trixie", generation="fixture", prepare=prepare)
    host.wait_for_jitsi()
    with traced(host) as trace:
        with visit(host) as seen:
            seen.first(8)
        trace.wait("prosody.log", "Failed to verify access token", times=10)
        [attempt] = trace.ended()
    assert attempt["verdict"].startswith("The login loops"), attempt
    assert attempt["advice"] == "jitsi-tui mend DEST oauthbearer"
    assert attempt["state"] == "bad"


@pytest.mark.slow
def test_the_words_of_2020_are_told_too(lab_host: HostFactory) -> None:
    """A component's requests, without the JID of who asks."""
    demand(missing())
    host = lab_host(
        release="bullseye", generation="debian-2020", prepare=secured("meet.example.org")
    )
    host.wait_for_jitsi()
    with traced(host) as trace, ExitStack() as stack:
        opening = stack.enter_context(
            visit(host, user=MODERATOR, password=MODERATOR_PASSWORD, room="daily")
        )
        assert opening.conference() == "conference.joined"
        joining = stack.enter_context(visit(host, login=f"guest.{host.domain}", room="daily"))
        assert joining.conference() == "conference.joined"
        trace.wait("jvb.log", "DTLS handshake complete", times=2)
        moderator, guest = trace.ended()
    assert moderator["verdict"] == "Joki is in the meeting daily, as a moderator"
    assert guest["verdict"] == "A guest is in the meeting daily"
