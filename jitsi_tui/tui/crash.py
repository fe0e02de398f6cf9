"""What happens when the app itself breaks: no locals, no secrets, a report, a sane terminal."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path

from rich.text import Text
from textual.app import App, ReturnType

import jitsi_tui
from jitsi_tui.visible import visible

_FATAL_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_LOOK_SECONDS = 1.0
"""Between looks whether there is a terminal."""


def describe(error: BaseException) -> str:
    """Where it broke, without what the variables held.

    An exception's own text may quote what was in a variable, so only our own errors, which carry a
    ``hint`` and never a secret, say theirs.
    """
    parts = []
    for link in _chain(error):
        frames = traceback.extract_tb(link.__traceback__)
        parts.append("".join(traceback.format_list(frames)) + _named(link))
    return "\n\n".join(parts)


def _chain(error: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in links:
        links.append(current)
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return links[::-1]


def _named(error: BaseException) -> str:
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    return f"{kind}: {visible(str(error))}" if hasattr(error, "hint") else kind


def write_report(error: BaseException, folder: Path | None = None) -> Path | None:
    """Write the report (0600) and say where; ``None`` where nothing can be written."""
    import platform  # noqa: PLC0415 - only a crash needs it
    import tempfile  # noqa: PLC0415

    from platformdirs import user_state_path  # noqa: PLC0415

    text = (
        f"jitsi-tui {jitsi_tui.__version__}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()}\n\n{describe(error)}\n"
    )
    for place in (folder or user_state_path("jitsi-tui"), Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = place / f"crash-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.txt"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
                file.write(text)
            return path
    return None


class CrashGuard(App[ReturnType]):
    """An app that says little when it breaks, and leaves the terminal as it found it."""

    def _handle_exception(self, error: Exception) -> None:
        """Textual's private hook: its own way prints every local variable, secrets too.

        In an app that ends, Textual puts no widgets into a page any more and still tells the page
        that they are there: what breaks by that is no crash.
        """
        if self._exit:
            return
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        path = write_report(error)
        where = f"The report lies in {path}" if path else "No report could be written"
        what = Text(f"jitsi-tui had to stop: {type(error).__name__}", style="bold")
        self.panic(what.append(f"\n{where}; it holds no secrets.", style="not bold"))

    def guard_signals(self) -> None:
        """End in order on SIGTERM and SIGHUP, so that the terminal comes back."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in _FATAL_SIGNALS:
            loop.add_signal_handler(number, self._end_by_signal, number)

        self.set_interval(_LOOK_SECONDS, self._end_without_terminal)

    def _end_without_terminal(self) -> None:
        """Whoever started us may keep the SIGHUP to himself, as ``make`` does: Textual would then
        ask a terminal that is gone for keys, as fast as it can."""
        if getattr(self._driver, "hung_up", False):
            self._end_by_signal(signal.SIGHUP)

    def _end_by_signal(self, number: int) -> None:
        self.exit(return_code=128 + number)
