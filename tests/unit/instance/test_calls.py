"""Counting meetings, with the real program against what Jicofo and the videobridge may answer."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from jitsi_tui.instance import calls
from jitsi_tui.instance.calls import Calls, Count
from jitsi_tui.instance.layout import Layout

from .tree import ProcessHost

Answers = dict[str, object]
METRICS = """# HELP jitsi_jvb_conferences the current number of conferences
# TYPE jitsi_jvb_conferences gauge
jitsi_jvb_conferences 2.0
jitsi_jvb_conferences_completed_total 41
# TYPE jitsi_jvb_participants gauge
jitsi_jvb_participants 7
"""


class Server:
    """Answers paths with text or JSON, 404 for the rest."""

    def __init__(self, answers: Answers) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                known = answers.get(self.path)
                body = known.encode() if isinstance(known, str) else json.dumps(known).encode()
                self.send_response(404 if known is None else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


Ask = Callable[[Answers | None, Answers | None], Calls]


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Ask]:
    """Counts on a server whose Jicofo and videobridge answer so; ``None`` where one is down."""
    opened: list[Server] = []

    def count(jicofo: Answers | None, bridge: Answers | None) -> Calls:
        ports = []
        for name, answers in (("jicofo", jicofo), ("jitsi-videobridge2", bridge)):
            (tmp_path / "etc/init.d").mkdir(parents=True, exist_ok=True)
            (tmp_path / "etc/init.d" / name).touch()
            (tmp_path / "run").mkdir(exist_ok=True)
            if answers is None:
                ports.append(1)
                continue
            (tmp_path / f"run/{name}.pid").write_text(str(os.getpid()))
            opened.append(Server(answers))
            ports.append(opened[-1].port)
        layout = Layout(
            root=str(tmp_path), manager="init", jicofo_http=ports[0], videobridge_http=ports[1]
        )
        return calls.count(ProcessHost(), layout)

    yield count
    for each in opened:
        each.close()


def test_both_are_asked_and_the_larger_count_holds(ask: Ask) -> None:
    now = ask({"/stats": {"conferences": 1, "participants": 2}}, {"/metrics": METRICS})
    assert (now.conferences, now.participants, now.idle, now.doubt) == (2, 7, False, "")


def test_nobody_in_a_meeting_is_idle(ask: Ask) -> None:
    empty = METRICS.replace(" 2.0", " 0.0").replace(" 7", " 0")
    now = ask({"/stats": {"conferences": 0, "participants": 0}}, {"/metrics": empty})
    assert (now.conferences, now.participants, now.idle) == (0, 0, True)


def test_only_the_outermost_numbers_of_jicofos_answer_count(ask: Ask) -> None:
    stats = {
        "bridge_selector": {"conferences": 9, "text": '"conferences": 8 } ['},
        "conferences": 0,
        "sizes": [{"conferences": 5}],
        "participants": 0,
    }
    assert ask({"/stats": stats}, None).conferences == 0


@pytest.mark.parametrize(
    "bridge",
    [
        {"/colibri/stats": {"conferences": 3, "participants": 4}},
        {"/debug": {"time": 1, "conferences": {"a": {"b": {}}, "c": {}, "d,": {"e": [1]}}}},
        {"/metrics": "nothing of it", "/colibri/stats": {"conferences": 3}},
    ],
)
def test_older_bridges_are_asked_another_way(ask: Ask, bridge: Answers) -> None:
    assert ask({"/stats": {"conferences": 0}}, bridge).conferences == 3


def test_a_stopped_jicofo_means_that_nobody_can_be_in_one(ask: Ask) -> None:
    now = ask(None, None)
    assert (now.conferences, now.idle, now.doubt) == (0, True, "")


@pytest.mark.parametrize(
    "stats",
    [
        {},
        {"/stats": "<html>no</html>"},
        {"/stats": {"conferences": "many"}},
        {"/stats": {"conferences": -1}},
        {"/stats": {"conferences": None}},
        {"/stats": "{" * 5000},
        {"/stats": '{"conferences": 0'},
    ],
)
def test_a_jicofo_that_gives_no_count_is_not_idle(ask: Ask, stats: Answers) -> None:
    now = ask(stats, None)
    assert now.idle is None
    assert now.conferences is None
    assert "jicofo gives no count" in now.doubt


def test_meetings_on_the_bridge_are_enough_to_know_that_it_is_not_idle(ask: Ask) -> None:
    now = ask({}, {"/metrics": METRICS})
    assert (now.idle, now.conferences, now.participants) == (False, 2, 7)


def test_a_hostile_answer_makes_no_number() -> None:
    reader = calls.Reader("n")
    said = b"n calls\tjicofo\trunning\t99999999999999999999\t\xd9\xa3\tx\nn counted\n"
    (now,) = reader.feed(said)
    assert now.counts == (Count("jicofo", "running", None, None, "x"),)
