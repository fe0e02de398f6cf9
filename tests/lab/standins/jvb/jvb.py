"""Stands in for the videobridge: HTTP on 127.0.0.1:8080, and a log in its format."""

import datetime
import json
import signal
import sys
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


def log(where: str, text: str) -> None:
    now = datetime.datetime.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    print(f"JVB {now} INFO: [1] {where}: {text}", flush=True)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0].rstrip("/")
        conferences = {f"{n:016x}": {"name": None} for n in range(int(load()[0]))}
        now = int(datetime.datetime.now().timestamp() * 1000)
        debug = {"time": now, "conferences": conferences}
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
