"""What stands on a page while its server has not answered yet, or did not."""

from __future__ import annotations

from datetime import datetime

from jitsi_tui import text
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line, line, marked, wrap
from jitsi_tui.tui.state import State


def waiting(state: State, now: datetime, cells: int) -> list[Line]:
    """What is waited for and since when, or what went wrong and what to do."""
    link = state.link
    if link.kind == "down":
        return _down(state, now, cells)
    if state.status_error is not None:
        return [
            line(marked("bad"), (f" {visible(state.status_error.message)}", "strong")),
            *wrap(visible(state.status_error.hint), cells - 2, "dim", indent="  "),
            line(""),
            line("  ", ("r", "key"), ("  look again", "dim")),
        ]
    if link.kind == "connecting" and link.since:
        what, since = visible(link.stage) or "reaching the server", link.since
    elif state.looking_since:
        what, since = "looking at the server", state.looking_since
    else:
        return [line(("  No server is open.", "dim"))]
    seconds = (now - since).total_seconds()
    waited = f"   {text.span(seconds)}" if seconds >= 1 else ""
    return [line("  ", (f"{what[:1].upper()}{what[1:]} …", "strong"), (waited, "dim"))]


def _down(state: State, now: datetime, cells: int) -> list[Line]:
    link = state.link
    lines: list[Line] = []
    head, *rest = wrap(visible(link.message), cells - 2, "strong") or [line("")]
    lines.append(line(marked("bad"), " ", *head))
    lines += [line("  ", *row) for row in rest]
    if link.hint:
        lines += wrap(visible(link.hint), cells - 2, "dim", indent="  ")
    lines.append(line(""))
    if link.retry_at is not None:
        left = max(0.0, (link.retry_at - now).total_seconds())
        lines.append(line(("  Trying again ", "dim"), (f"in {left:.0f} s", "")))
    lines.append(
        line(
            "  ",
            ("r", "key"),
            ("  try now", "dim"),
            "     ",
            ("o", "key"),
            ("  other server", "dim"),
        )
    )
    return lines
