"""A crash tells no secret, and the terminal comes back whatever ends the app."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from pathlib import Path

import pytest

from jitsi_tui.ssh.host import ConnectError
from jitsi_tui.tui.crash import describe, write_report
from tests.terminal import in_terminal

SECRET = "correct horse battery"

APP = """
import sys
sys.path.insert(0, {root!r})
from tests.tui.driving import Driven
{extra}
app = Driven()
app.run()
sys.exit(app.return_code or 0)
"""

BREAKS = """
def broken(self):
    password = "correct horse " + "battery"
    raise ValueError("found " + password)
Driven.do_help = broken
"""


def boom() -> None:
    password = SECRET
    raise ValueError(f"found {password}")


def failure() -> BaseException:
    try:
        boom()
    except ValueError as error:
        return error
    raise AssertionError


def test_a_report_says_where_but_not_what_the_variables_held() -> None:
    text = describe(failure())
    assert "test_crash.py" in text and "ValueError" in text
    assert SECRET not in text.replace("SECRET", "")


def test_our_own_errors_say_what_they_say() -> None:
    assert "the port is closed" in describe(ConnectError("the port is closed", "look"))


def test_a_report_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = write_report(failure(), tmp_path / "state")
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o600
    assert SECRET not in path.read_text()


class Terminal:
    """The app in a terminal of its own."""

    def __init__(self, tmp_path: Path, extra: str = "") -> None:
        script = tmp_path / "run.py"
        script.write_text(APP.format(root=str(Path(__file__).parents[2]), extra=extra))
        environment = {**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": str(tmp_path)}
        self.process, self.master = in_terminal([sys.executable, str(script)], environment)
        self.output = b""

    def read_until(self, wanted: bytes, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while wanted not in self.output and time.monotonic() < end:
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.output += os.read(self.master, 65536)
                except OSError:
                    break
        assert wanted in self.output, self.output[-2000:]

    def press_until_stuck(self) -> None:
        """Change pages, which nobody reads, until the app does nothing about a key any more."""
        for number in range(300):
            used, end = self._used(), time.monotonic() + 3
            os.write(self.master, b"%d" % (number % 5 + 1))
            time.sleep(0.1)  # keys that come together are drawn together
            while self._used() == used:
                if time.monotonic() > end:
                    return
                time.sleep(0.02)
        raise AssertionError("it never waits for its terminal")

    def _used(self) -> str:
        """Its processor time (``proc(5)``, utime)."""
        return Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()[11]

    def hang_up(self) -> None:
        os.close(self.master)
        self.master = -1

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.master >= 0:
            os.close(self.master)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_brings_the_terminal_back(tmp_path: Path, number: signal.Signals) -> None:
    terminal = Terminal(tmp_path)
    try:
        terminal.read_until(b"Reaching")
        terminal.process.send_signal(number)
        terminal.read_until(b"\x1b[?1049l")
        assert terminal.process.wait(60) == 128 + number
        assert b"\x1b[?1000l" in terminal.output
    finally:
        terminal.close()


DEAF = """
import signal
signal.signal(signal.SIGHUP, signal.SIG_IGN)
import asyncio
asyncio.SelectorEventLoop.add_signal_handler = lambda *_: None
"""


def test_it_ends_with_its_terminal_also_where_no_signal_tells_of_that(tmp_path: Path) -> None:
    """As below ``make``, which gets the SIGHUP and waits for its child."""
    terminal = Terminal(tmp_path, DEAF)
    try:
        terminal.read_until(b"Reaching")
        terminal.hang_up()
        assert terminal.process.wait(60) == 128 + signal.SIGHUP
    finally:
        terminal.close()


def test_it_ends_with_a_terminal_that_took_nothing_any_more(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    try:
        terminal.read_until(b"Reaching")
        # They fill the terminal, then Textual's queue.
        terminal.press_until_stuck()
        terminal.hang_up()
        terminal.process.send_signal(signal.SIGHUP)
        assert terminal.process.wait(60) == 128 + signal.SIGHUP
    finally:
        terminal.close()


def test_an_uncaught_exception_prints_no_locals(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, BREAKS)
    try:
        terminal.read_until(b"Reaching")
        os.write(terminal.master, b"?")
        terminal.read_until(b"had to stop")
        terminal.read_until(b"crash-")
        assert terminal.process.wait(60) == 1
        assert b"correct horse" not in terminal.output
        reports = list((tmp_path / "jitsi-tui").glob("crash-*.txt"))
        assert len(reports) == 1
        assert SECRET not in reports[0].read_text()
    finally:
        terminal.close()
