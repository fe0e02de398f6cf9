"""``trace``: what happens to whoever tries to get in now, told while it happens."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from math import ceil

from jitsi_tui import text
from jitsi_tui.commands.context import Context, opened
from jitsi_tui.commands.report import Answer
from jitsi_tui.commands.report import time as iso
from jitsi_tui.instance import facts
from jitsi_tui.instance.posture import settings
from jitsi_tui.logs import show, sources
from jitsi_tui.logs.events import State
from jitsi_tui.logs.records import Record
from jitsi_tui.session.tracing import SOURCES, doubts, line_of
from jitsi_tui.ssh.host import Host
from jitsi_tui.trace.telling import summary
from jitsi_tui.trace.tracer import Tracer
from jitsi_tui.trace.values import Attempt, Step
from jitsi_tui.visible import visible

_TELL_EVERY = 1.0
_BACK = 2
"""Seconds: the logs write whole ones, and a person may have been quicker than the command."""

_MARKS = {"good": "good", "attention": "attention", "bad": "bad", "quiet": "off"}


def run(context: Context) -> Answer:
    """Follow for so many seconds, or until Ctrl-C; then say how each attempt stands."""
    arguments, begun = context.arguments, time.monotonic()
    with opened(context) as (host, target):
        instance = facts.gather(host, domain=arguments.domain, layout=target.layout)
        chosen = tuple(
            source.under(target.layout.root)
            for source in sources.choose(SOURCES, instance.log_paths)
        )
        now = settings(instance)
        tracer = Tracer(instance.domain, now.guest_domain or "", open_door=now.open)
        teller = _Teller(context, tracer)
        context.say(f"Following who comes to {instance.domain}. Try it in the browser now …")
        since = f"{_BACK + ceil(time.monotonic() - begun)}s"
        _follow(host, chosen, teller, since, arguments.seconds)
    told = doubts(teller.silent)
    attempts = teller.attempts()
    data = {
        "attempts": [as_json(attempt) for attempt in attempts],
        "doubts": list(told),
    }
    lines = [summary(attempts) + "."]
    for attempt in attempts:
        lines += _verdict(attempt)
    lines += [f"{text.mark('attention')} {doubt}" for doubt in told]
    return Answer(data, tuple(visible(line) for line in lines))


def _follow(
    host: Host,
    chosen: Sequence[sources.Source],
    teller: _Teller,
    since: str,
    seconds: float | None,
) -> None:
    """Feed the teller until time is up or Ctrl-C."""
    end = time.monotonic() + seconds if seconds else None

    def go_on() -> bool:
        teller.tell_what_is_new()
        return end is None or time.monotonic() < end

    with suppress(KeyboardInterrupt):  # how one ends it
        for entry in show.show(host, chosen, show.Wanted(since=since, follow=True), go_on=go_on):
            if isinstance(entry, State):
                teller.silent[entry.source] = f"{entry.state} {entry.detail}".rstrip()
            else:
                teller.take(entry)


class _Teller:
    """Says each step once, as it comes."""

    def __init__(self, context: Context, tracer: Tracer) -> None:
        self._context = context
        self._tracer = tracer
        self._told: set[tuple[str, str, str]] = set()
        self._next = 0.0
        self._ahead: float | None = None
        self.silent: dict[str, str] = {}
        """Which logs can't be read, and why."""

    def take(self, record: Record) -> None:
        """One record of a log."""
        line = line_of(record)
        if line is not None:
            ahead = line.time.timestamp() - time.time()
            self._ahead = ahead if self._ahead is None else max(self._ahead, ahead)
            self._tracer.feed([line])

    def attempts(self) -> tuple[Attempt, ...]:
        """Everybody who came, as they stand now."""
        return self._tracer.attempts(self.now(), blind="nginx.access" in self.silent)

    def now(self) -> datetime:
        """By the server's clock, as the record tells it that came soonest after it was written."""
        return datetime.fromtimestamp(time.time() + (self._ahead or 0.0), UTC)

    def tell_what_is_new(self) -> None:
        """Steps that were not told yet."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _TELL_EVERY
        for attempt in self.attempts():
            for step in attempt.steps:
                known = (attempt.key, step.station, step.words.partition(",")[0])
                if known not in self._told:
                    self._told.add(known)
                    self._context.say(_step(attempt, step))


def _step(attempt: Attempt, step: Step) -> str:
    mark = text.mark(_MARKS[step.tone])  # type: ignore[arg-type]
    guess = " (no record says so)" if step.inferred else ""
    return f"{step.time:%H:%M:%S} {attempt.key[:6]} {mark} {step.station:<8} {step.words}{guess}"


def _verdict(attempt: Attempt) -> list[str]:
    mark = text.mark(_MARKS[attempt.tone])  # type: ignore[arg-type]
    lines = [f"{mark} {attempt.began:%H:%M:%S} {attempt.key[:6]} {attempt.verdict}"]
    return [*lines, *([f"  {attempt.advice}"] if attempt.advice else [])]


def as_json(attempt: Attempt) -> Mapping[str, object]:
    """An attempt as JSON has it."""
    return {
        "session": attempt.key,
        "began": iso(attempt.began),
        "ended": attempt.ended,
        "who": attempt.who,
        "door": attempt.door or None,
        "jid": attempt.jid or None,
        "room": attempt.room or None,
        "state": attempt.tone,
        "verdict": attempt.verdict,
        "advice": attempt.advice or None,
        "steps": [
            {
                "time": iso(step.time),
                "station": step.station,
                "state": step.tone,
                "text": step.words,
                "inferred": step.inferred,
                "records": [
                    {"source": line.source, "time": iso(line.time), "text": line.text}
                    for line in step.records
                ],
            }
            for step in attempt.steps
        ],
    }
