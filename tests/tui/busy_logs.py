"""Six logs under load: hundreds of lines each, errors and traces among them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from textual.pilot import Pilot

from jitsi_tui.logs import events as log
from jitsi_tui.session import events as ev

from .driving import tell

ROOM = "daily@conference.meet.example.org"
_TIME = int(datetime(2026, 11, 24, 14, 10, tzinfo=UTC).timestamp())
_TRACE = "".join(
    f"\n\tat org.jitsi.jicofo.{name}.run({name}.java:{at})"
    for at, name in enumerate(("Focus", "Conference", "Colibri"), 40)
)


def _clock(second: int) -> str:
    return f"14:{second // 60:02}:{second % 60:02}"


def _lines(source: str, second: int) -> str:
    clock, grave = _clock(second), second % 23 == 7
    user = f"user{second}@meet.example.org"
    if source == "prosody":
        level, words = (
            ("error", "Traceback[c2s]: bad") if grave else ("info", f"Authenticated as {user}")
        )
        return f"Nov 24 {clock} c2s55d0{second:06x}\t{level}\t{words}"
    if source == "prosody.err":
        return f"Nov 24 {clock} general\terror\tTop-level error {second}, please report"
    if source in ("jicofo", "jvb"):
        level, more = ("SEVERE", _TRACE) if grave else ("INFO", "")
        words = "Failed to allocate" if grave else f"Member joined:{second:06x}ab"
        name = "Jicofo" if source == "jicofo" else "JVB"
        return f"{name} 2026-11-24 {clock}.250 {level}: [23] [room={ROOM}] Focus.x#9: {words}{more}"
    if source == "nginx":
        return f"2026/11/24 {clock} [{'error' if grave else 'warn'}] 7#7: *{second} open() failed"
    return f'192.0.2.{second % 200} - - [24/Nov/2026:{clock} +0000] "GET /daily HTTP/1.1" 200 512'


def batches() -> Iterator[ev.LogBatch]:
    """What a follower would tell of six logs, by a server's clock of that day."""
    yield ev.LogBatch((log.Server("UTC", 0, _TIME, as_root=True),))
    sources = ("prosody", "jicofo", "jvb", "nginx", "prosody.err", "nginx.access")
    for number, source in enumerate(sources, 1):
        data = "".join(f"{_lines(source, second)}\n" for second in range(600)).encode()
        yield ev.LogBatch(
            (log.Began(source, number, source, 0), log.Lines(source, data, 0, number))
        )


async def busy(pilot: Pilot[None]) -> None:
    """Tell all of it."""
    await tell(pilot, *batches())
