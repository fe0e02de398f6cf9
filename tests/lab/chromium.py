"""Headless Chromium as a person uses it: pages opened, lines filled, buttons pressed, looked at.

Driven over its debugging pipe (Chrome DevTools Protocol), which needs no library and no open port.
"""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .host import LabHost

_SECONDS = 60.0


class BrowserError(Exception):
    """The browser did not do what was asked."""


@dataclass
class Heard:
    """What a page did that nobody sees."""

    requests: list[str] = field(default_factory=list)
    """Method and address of each request, in order, without what stands behind ``#``."""

    console: list[str] = field(default_factory=list)


class Chromium:
    """One browser with one page."""

    def __init__(self, process: subprocess.Popen[bytes], to: int, source: int) -> None:
        self._process = process
        self._to = to
        self._source = source
        self._rest = b""
        self._next = 0
        self._session = ""
        self.heard = Heard()
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    # -- the protocol ------------------------------------------------------------------------

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command to the page, and its result."""
        return self._call(method, **params)

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._next += 1
        number = self._next
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        deadline = time.monotonic() + _SECONDS
        while True:
            answer = self._message(deadline)
            if answer.get("id") == number:
                if "error" in answer:
                    raise BrowserError(f"{method}: {answer['error'].get('message')}")
                result = answer["result"]
                assert isinstance(result, dict)
                return result

    def _message(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._rest:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._source], [], [], left)[0]:
                raise BrowserError("the browser does not answer")
            piece = os.read(self._source, 1 << 20)
            if not piece:
                raise BrowserError("the browser ended")
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\0")
        message = json.loads(line)
        self._hear(message)
        assert isinstance(message, dict)
        return message

    def _hear(self, message: Mapping[str, Any]) -> None:
        params = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            request = params["request"]
            self.heard.requests.append(f"{request['method']} {request['url']}")
        elif message.get("method") == "Runtime.consoleAPICalled":
            said = " ".join(str(a.get("value", a.get("description"))) for a in params["args"])
            self.heard.console.append(said)
        elif message.get("method") == "Log.entryAdded":
            self.heard.console.append(str(params["entry"].get("text")))
        elif message.get("method") == "Runtime.exceptionThrown":
            self.heard.console.append(str(params["exceptionDetails"].get("text")))

    # -- what a person does ------------------------------------------------------------------

    def open(self, address: str) -> None:
        """Go there, and wait until the page was read."""
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def value(self, expression: str) -> Any:
        """What an expression of JavaScript gives in the page."""
        found = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in found:
            raise BrowserError(f"{expression}: {found['exceptionDetails'].get('text')}")
        return found["result"].get("value")

    def wait(self, expression: str, seconds: float = _SECONDS) -> None:
        """Until an expression is true."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if self.value(f"Boolean({expression})"):
                    return
            except BrowserError:
                if time.monotonic() > deadline:
                    raise
            if time.monotonic() > deadline:
                raise BrowserError(f"it never came: {expression}")
            time.sleep(0.05)

    def type(self, selector: str, text: str) -> None:
        """Fill a line as one types: what stood there goes."""
        self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.focus(); e.select(); })()"
        )
        if text:
            self.call("Input.insertText", text=text)
        else:
            self.key("Backspace", 8)

    def key(self, key: str, code: int) -> None:
        """Press one key."""
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            more = text if kind == "keyDown" else {}
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more
            )

    def click(self, selector: str) -> None:
        """Press where the middle of an element is."""
        box = self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call(
                "Input.dispatchMouseEvent",
                type=kind,
                x=box[0],
                y=box[1],
                button="left",
                clickCount=1,
            )

    def seen(self, selector: str) -> str:
        """The text of an element as it is seen; empty where it is hidden."""
        found = self.value(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " return e && e.getClientRects().length ? e.innerText : ''; })()"
        )
        return str(found).strip()

    def offline(self, off: bool = True) -> None:
        """Cut the page off from every network."""
        self.call(
            "Network.emulateNetworkConditions",
            offline=off,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    def look(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        """The size and the colours that the person likes."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=2,
            mobile=phone,
        )
        scheme = "dark" if dark else "light"
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    def picture(self) -> bytes:
        """What is seen, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])


@contextmanager
def chromium(host: LabHost) -> Iterator[Chromium]:
    """A browser that knows this host by its name, and no other name at all.

    Certificates are not checked: a lab host signs its own. It stands in the host's network: where
    addresses come and go, as on this machine with other tests' hosts, it breaks requests off.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        process = subprocess.Popen(
            [
                # Chromium reads from 3 and writes to 4, whatever numbers the pipes have here.
                *("bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash"),
                *("nsenter", "--target", str(host.leader), "--net", "chromium"),
                *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
                *("--no-first-run", "--disable-background-networking", "--disable-sync"),
                *("--disable-component-update", "--ignore-certificate-errors"),
                "--hide-scrollbars",
                f"--host-resolver-rules=MAP {host.domain} {host.address}, MAP * ~NOTFOUND",
                f"--user-data-dir={profile}",
                "--remote-debugging-pipe",
                "about:blank",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TMPDIR": profile},
            pass_fds=(theirs_in, theirs_out),
        )
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Chromium(process, ours_out, ours_in)
        finally:
            os.close(ours_out)
            os.close(ours_in)
            process.terminate()
            process.wait(60)
