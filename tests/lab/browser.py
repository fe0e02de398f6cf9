"""Jitsi's own client library in headless Chromium, logging in to a lab host.

The library comes from npm when a test runs and is kept outside of the repository. A loopback page
loads it, asks the host's nginx for the page of the room as a browser would, and hands
``/http-bind`` on to it. A websocket goes from the browser to the host's nginx itself.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .cache import cache_folder, locked
from .host import LabHost

PACKAGES = ("@lyno/lib-jitsi-meet@2.6726.2", "jquery@3.6.4")
PAGE = """<!doctype html><meta charset="utf-8"><title>login</title>
<script src="/jquery.js"></script><script>window.jquery = window.jQuery;</script>
<script src="/lib.js"></script>
<script>
const wish = %s;
let told = Promise.resolve();
// Chromium breaks requests off where addresses come and go, as those of other tests' hosts do.
const post = (body) => fetch("/told", { method: "POST", body }).catch(() => post(body));
const tell = (event, detail) => {
  const body = JSON.stringify([event, detail || ""]);
  told = told.then(() => post(body));
};
const openRoom = (connection) => {
  const E = JitsiMeetJS.events.conference;
  const conference = connection.initJitsiConference(wish.room, { p2p: { enabled: false } });
  conference.on(E.CONFERENCE_JOINED, () => tell("conference.joined", conference.getRole()));
  conference.on(E.CONFERENCE_FAILED, (error) => tell("conference.failed", String(error)));
  conference.join();
};
try {
  const J = JitsiMeetJS;
  J.setLogLevel(J.logLevels.ERROR);
  J.init({ disableAudioLevels: true, enableAnalyticsLogging: false });
  const connection = new J.JitsiConnection(null, null, {
    hosts: { domain: wish.login, muc: "conference." + wish.domain, focus: "focus." + wish.domain },
    serviceUrl: (wish.websocket ? "wss://" + wish.domain + "/xmpp-websocket"
      : location.origin + "/http-bind") + "?room=" + wish.page,
    enableWebsocketResume: false,
    p2p: { enabled: false }
  });
  const E = J.events.connection;
  connection.addEventListener(E.CONNECTION_ESTABLISHED, () => {
    tell("connection.established");
    if (wish.room) openRoom(connection);
  });
  connection.addEventListener(E.CONNECTION_FAILED, (error) => tell(error));
  connection.addEventListener(E.CONNECTION_DISCONNECTED, () => tell("disconnected"));
  connection.connect(wish.id ? { id: wish.id, password: wish.password } : {});
} catch (error) {
  tell("page.failed", String(error));
}
</script>"""
_FINAL = ("connection.", "page.failed")


def missing() -> str | None:
    """Why a browser can't run here, or ``None``."""
    for program in ("chromium", "npm"):
        if shutil.which(program) is None:
            return f"no {program} here"
    return None


def library() -> Path:
    """The folder with ``lib.js`` and ``jquery.js``, fetched once."""
    folder = cache_folder() / "browser"
    with locked(cache_folder() / "browser.lock"):
        if not all((folder / name).exists() for name in ("lib.js", "jquery.js")):
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as work:
        for package in PACKAGES:
            subprocess.run(["npm", "pack", "--silent", package], cwd=work, check=True, timeout=120)
        for archive in Path(work).glob("*.tgz"):
            with tarfile.open(archive) as tar:
                tar.extractall(Path(work), filter="data")
            for name, target in (
                ("package/lib-jitsi-meet.min.js", "lib.js"),
                ("package/dist/jquery.min.js", "jquery.js"),
            ):
                found = Path(work) / name
                if found.exists():
                    found.replace(folder / target)


class Visit:
    """One page in one browser, and what the library told it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.requests = 0
        self.heard = threading.Condition()
        self.asking: set[http.client.HTTPSConnection] = set()
        """What the host was asked for it, and has not answered."""

    def first(self, seconds: float = 60) -> str:
        """The first thing that the library decided; ``nothing`` if it never did."""
        with self.heard:
            self.heard.wait_for(lambda: bool(self._decisions()), seconds)
        decisions = self._decisions()
        return decisions[0] if decisions else "nothing"

    def conference(self, seconds: float = 60) -> str:
        """How opening the room ended; ``nothing`` if it never did."""

        def ended() -> list[str]:
            return [event for event, _ in self.told if event.startswith("conference.")]

        with self.heard:
            self.heard.wait_for(lambda: bool(ended()), seconds)
        return next(iter(ended()), "nothing")

    def _decisions(self) -> list[str]:
        return [event for event, _ in self.told if event.startswith(_FINAL)]


@contextmanager
def visit(
    host: LabHost,
    login: str | None = None,
    user: str = "",
    password: str = "",
    room: str = "",
    *,
    page: str = "",
    websocket: bool = False,
    agent: str = "",
) -> Iterator[Visit]:
    """Open the page; ``login`` is the domain to log in on (the main one by default).

    Once let in, it opens ``room``, if one is named. ``page``: the room in the address line, where
    it is another; ``agent``: how the browser names itself.
    """
    wish = {
        "login": login or host.domain,
        "domain": host.domain,
        "id": f"{user}@{host.domain}" if user else "",
        "password": password,
        "room": room,
        "page": page or room or "lobby",
        "websocket": "yes" if websocket else "",
    }
    seen = Visit()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(host, wish, seen))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen(
            [
                "chromium",
                *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
                *("--no-first-run", "--disable-background-networking"),
                *("--disable-component-update", "--disable-sync", "--ignore-certificate-errors"),
                f"--host-resolver-rules=MAP {host.domain} {host.address}",
                *([f"--user-agent={agent}"] if agent else []),
                f"--user-data-dir={profile}",
                "--remote-debugging-port=0",
                f"http://127.0.0.1:{server.server_port}/",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": profile},
        )
        try:
            yield seen
        finally:
            browser.terminate()
            browser.wait(60)
            server.shutdown()
            server.server_close()
            for connection in list(seen.asking):  # what a browser asks ends with it
                if connection.sock is not None:
                    with suppress(OSError):
                        connection.sock.shutdown(socket.SHUT_RDWR)


def _handler(host: LabHost, wish: dict[str, str], seen: Visit) -> type[BaseHTTPRequestHandler]:
    folder = library()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.split("?")[0]
            if name == "/":
                self._hand_on("GET", f"/{wish['page']}", None)
                self._answer(200, (PAGE % json.dumps(wish)).encode(), "text/html")
            elif name in ("/lib.js", "/jquery.js"):
                self._answer(200, (folder / name[1:]).read_bytes(), "text/javascript")
            else:
                self._answer(404, b"", "text/plain")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/told":
                with seen.heard:
                    event, detail = json.loads(body)
                    seen.told.append((str(event), str(detail)))
                    seen.heard.notify_all()
                self._answer(204, b"", "text/plain")
                return
            seen.requests += 1
            with suppress(OSError, http.client.HTTPException):  # the host's web server is gone
                status, answer = self._hand_on("POST", self.path, body)
                self._answer(status, answer, "text/xml")

        def _hand_on(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
            headers = {"Host": host.domain, "User-Agent": self.headers["User-Agent"]}
            return _ask(host, method, path, body, headers, seen.asking)

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            with suppress(ConnectionError):  # the browser was closed meanwhile
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing on the tests' terminal."""

    return Handler


def _ask(
    host: LabHost,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    asking: set[http.client.HTTPSConnection],
) -> tuple[int, bytes]:
    context = ssl._create_unverified_context()
    connection = http.client.HTTPSConnection(host.address, timeout=70, context=context)
    asking.add(connection)
    try:
        if body is not None:
            headers = headers | {"Content-Type": "text/xml; charset=utf-8"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        asking.discard(connection)
        connection.close()
