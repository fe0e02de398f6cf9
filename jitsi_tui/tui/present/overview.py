"""The overview: the answer first, its proof beside it, the next step one key away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from jitsi_tui import text
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line, Run, line, marked, pairs, sparkline, spread, wrap
from jitsi_tui.tui.present import finding as finding_text
from jitsi_tui.tui.state import State

if TYPE_CHECKING:
    from jitsi_tui.instance.model import Finding, Service
    from jitsi_tui.session.events import Status

_CERTIFICATE_SOON = 21
_ROOMY = 44
"""Cells from which the words are long."""

_SHORT = {
    "people with an account": "with an account",
    "everyone, once begun": "all, once begun",
    "people with a token": "with a token",
}


def answer(state: State, status: Status, now: datetime, cells: int) -> list[Line]:
    """The posture in a sentence, its proof at the right, why it is so below."""
    headline, why = text.posture_sentence(status.posture, status.instance, status.verdict)
    tone = text.POSTURE_TONES[status.posture]
    first = line(marked(tone), (f" {headline}", "strong"))
    lines = [spread(first, (_proved(state, status, now),), cells)]
    for sentence in why:
        lines += wrap(sentence, cells - 2, "dim", indent="  ")
    return lines


def _proved(state: State, status: Status, now: datetime) -> Run:
    if state.looking_since is not None and state.up:
        waited = (now - state.looking_since).total_seconds()
        return (f"looking again …{f' {text.span(waited)}' if waited >= 1 else ''}", "dim")
    if status.verdict is None:
        return ("not proved: only the files were read", "attention")
    if status.verdict.strangers_log_in is None:
        return ("not proved", "attention")
    return (f"proved {text.ago(status.verdict.taken, now)}", "dim")


def offer(key: str, title: str, cells: int) -> list[Line]:
    """The next step, at the right."""
    return [spread((), ((key, "key"), (f"  {title}", "accent")), cells)]


def who(state: State, status: Status, cells: int) -> list[Line]:
    """Who may do what."""
    moderators = None if state.listing is None else len(state.listing.moderators)
    rows = text.who_may(status.posture, status.instance, status.verdict, moderators)
    if cells < _ROOMY:
        rows = [(what.removesuffix(" a meeting"), _SHORT.get(who, who)) for what, who in rows]
    return [line(("Who may", "strong")), *(line("  ", *row) for row in pairs(rows))]


def shown_services(services: Sequence[Service]) -> list[Service]:
    """Those that a Jitsi has; of two web servers only what is there."""
    web = [s for s in services if s.name in {"nginx", "apache2"}]
    there = [s for s in web if s.state != "absent"] or web[:1]
    return [*(s for s in services if s.name not in {"nginx", "apache2"}), *there]


def service_cells(state: State, status: Status, service: Service, now: datetime) -> tuple[Run, ...]:
    """Mark and name, since when, and what else is worth a glance."""
    tone = text.service_tone(service)
    runs = service.state == "running"
    state_words = text.service_state(service, now)
    note = _service_note(status, service, now) if runs else (state_words, tone)
    bridge = service.name == "jitsi-videobridge2" and len(state.people) > 2
    return (
        (text.MARKS[tone], tone),
        (text.SERVICE_NAMES[service.name], ""),
        (state_words if runs else "", "dim"),
        note,
        (sparkline(state.people) if bridge else "", "dim"),
    )


def _service_note(status: Status, service: Service, now: datetime) -> Run:
    instance = status.instance
    if service.name in {"prosody", "jicofo"}:
        from jitsi_tui.instance.model import known  # noqa: PLC0415 - came with the status

        part = instance.prosody if service.name == "prosody" else instance.jicofo
        return (visible(known(part.version) or ""), "dim")
    if service.name == "jitsi-videobridge2":
        return (text.calls(status.verdict), "dim")
    if instance.certificate_until is not None:
        days = (instance.certificate_until - now).days
        if days < 0:
            return ("certificate has ended", "bad")
        return (f"certificate {days} days", "attention" if days < _CERTIFICATE_SOON else "dim")
    return ("", "")


def findings_title(status: Status) -> list[Line]:
    """How many there are, by weight."""
    findings = status.findings
    if not findings:
        return [
            line(("Findings", "strong")),
            line("  ", marked("good"), (" Nothing is wrong that we know how to look for.", "dim")),
        ]
    return [line(("Findings", "strong"), (f"   {text.findings_summary(findings)}", "dim"))]


def finding_cells(finding: Finding, *, marked: bool = False) -> tuple[Run, ...]:
    """Whether it was marked, how bad it is, sentence, evidence in short."""
    tone = text.SEVERITY_TONES[finding.severity]
    evidence = visible(finding.evidence.splitlines()[0] if finding.evidence else "")
    return (
        ("+" if marked else " ", "accent"),
        (text.MARKS[tone], tone),
        (visible(finding.message), "" if finding.severity != "info" else "dim"),
        (evidence, "dim"),
    )


def finding_details(finding: Finding | None, destination: str, cells: int) -> list[Line]:
    """The finding under the cursor, where there is room beside the list."""
    if finding is None:
        return []
    return [*finding_text.head(finding, cells), (), *finding_text.body(finding, destination, cells)]
