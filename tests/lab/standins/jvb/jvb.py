"""Stands in for the videobridge: HTTP on 127.0.0.1:8080, and a log in its format."""

import datetime
import json
import secrets
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

METRICS = "# TYPE jitsi_jvb_conferences gauge\njitsi_jvb_conferences {0}\n"
METRICS += "# TYPE jitsi_jvb_current_endpoints gauge\njitsi_jvb_current_endpoints {1}\n"
LOAD = Path("/run/jvb-load")
"""Tests write into it how many conferences and endpoints it has; none without it."""


def load() -> tuple[float, float]:
    try:
        conferences, endpoints = LOAD.read_text().split()
    except FileNotFoundError:
        return 0.0, 0.0
    return float(conferences), float(endpoints)


ICE = Path("/run/jvb-ice")
"""Tests write ``failed`` into it, and no media gets through."""


def log(where: str, text: str, context: str = "", level: str = "INFO") -> None:
    now = datetime.datetime.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    middle = f"[{context}] " if context else ""
    print(f"JVB {now} {level}: [1] {middle}{where}: {text}", flush=True)


class Conferences:
    """The places on the bridge, and what its log says of each, in the words of 2026."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}

    def allocate(self, room: str, meeting: str, endpoint: str) -> None:
        if meeting not in self.ids:
            self.ids[meeting] = secrets.token_hex(8)
            text = f"create_conf, id={self.ids[meeting]} meeting_id={meeting}"
            log("Videobridge.createConference#215", text)
        context = f"{self._context(room, meeting)} epId={endpoint}"
        log("Endpoint.<init>#432", "Created new endpoint, iceControlling=false", context)
        threading.Timer(0.2, self._ice, (f"{context} local_ufrag={secrets.token_hex(4)}",)).start()

    def _ice(self, context: str) -> None:
        where = "Agent.setState#934"
        log(where, "ICE state changed from Waiting to Running.", context)
        if ICE.exists() and ICE.read_text().strip() == "failed":
            log(where, "ICE state changed from Running to Failed.", context)
            return
        log("Endpoint$setupIceTransport$2.writeable#480", "ICE connected", context)
        log(where, "ICE state changed from Running to Completed.", context)
        log(
            "Endpoint$setupDtlsTransport$3.complete#527",
            "DTLS handshake complete",
            context,
        )

    def expire(self, room: str, meeting: str, endpoint: str) -> None:
        context = self._context(room, meeting)
        if endpoint:
            log("Endpoint.expire#1139", "Expired.", f"{context} epId={endpoint}")
        else:
            log("Conference.expire#711", "Expiring.", context)
            self.ids.pop(meeting, None)

    def _context(self, room: str, meeting: str) -> str:
        short = meeting.partition("-")[0]
        return f"confId={self.ids.get(meeting, '0')} conf_name={room} meeting_id={short}"


conferences = Conferences()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0].rstrip("/")
        running = {f"{n:016x}": {"name": None} for n in range(int(load()[0]))}
        now = int(datetime.datetime.now().timestamp() * 1000)
        debug = {"time": now, "conferences": running}
        known = {
            "/about/health": ("text/plain", ""),
            "/about/version": ("application/json", '{"name": "JVB", "version": "2.3"}'),
            "/metrics": ("text/plain; version=0.0.4", METRICS.format(*load())),
            "/debug": ("application/json", json.dumps(debug)),
        }
        kind, text = known.get(path, ("", ""))
        self.send_response(200 if path in known else 404)
        if kind:
            self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def do_POST(self) -> None:
        wish = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        done = {"/standin/allocate": conferences.allocate, "/standin/expire": conferences.expire}
        done[self.path](wish["room"], wish["meeting"], wish["endpoint"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        if self.path.startswith("/about/health"):
            log(
                "HealthChecker.run#175",
                "Performed a successful health check in PT0.000S. Sticky failure: false",
            )


def stop(*_: object) -> None:
    log("MainKt.main#155", "Shutdown complete.")
    sys.exit(143)


signal.signal(signal.SIGTERM, stop)
log("MainKt.main#75", "Starting jitsi-videobridge version 2.3")
server = ThreadingHTTPServer(("127.0.0.1", 8080), Handler)
log("MainKt.main#121", "Starting public http server on 127.0.0.1:8080")
server.serve_forever()
