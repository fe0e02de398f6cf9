"""``mend``: findings go, by one plan through the one transaction, and the doctor looks again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from jitsi_tui import text
from jitsi_tui.commands.arguments import UsageError
from jitsi_tui.commands.changes import change
from jitsi_tui.commands.context import Context, opened, show
from jitsi_tui.commands.report import Answer
from jitsi_tui.instance.findings import RULES
from jitsi_tui.instance.mending import Mending
from jitsi_tui.instance.model import Finding, Plan
from jitsi_tui.session import engine
from jitsi_tui.session.look import Look, look
from jitsi_tui.session.target import Target
from jitsi_tui.ssh.host import ConnectionLostError, Host
from jitsi_tui.visible import visible


@dataclass
class _Told:
    """What the looks before and after saw."""

    mending: Mending | None = None
    before: tuple[Finding, ...] = ()
    after: tuple[Finding, ...] | None = None
    missing: list[str] = field(default_factory=list)


def run(context: Context) -> Answer:
    """Mend the named findings, or all that we can; exit 1 where one of them is still there."""
    wanted = list(dict.fromkeys(context.arguments.ids))
    _refuse_unknown(wanted)
    told = _Told()

    def make(host: Host, seen: Look) -> Plan:
        del host
        told.before = seen.findings
        told.mending = engine.plan_mend(seen, wanted)
        there = {finding.id for finding in seen.findings}
        told.missing = [name for name in wanted if name not in there]
        show(context, _what_stays(told), asks=not context.arguments.yes)
        return told.mending.plan

    with opened(context) as (host, target):
        answer = change(context, make, on=(host, target))
        if answer.data.get("applied"):
            told.after = _look(context, host, target).findings
    return _answer(answer, told, dry=context.arguments.dry_run)


def _refuse_unknown(wanted: Sequence[str]) -> None:
    known = {rule.id for rule in RULES}
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise UsageError(
            f"no finding is called {unknown[0]!r}", "jitsi-tui status DEST --json names them"
        )


def _look(context: Context, host: Host, target: Target) -> Look:
    domain = context.arguments.domain
    try:
        return look(host, target.layout, domain=domain)
    except ConnectionLostError:
        again = target.open(context.prompts)
    try:
        return look(again, target.layout, domain=domain)
    finally:
        again.close()


def _what_stays(told: _Told) -> list[str]:
    """What this run leaves as it is, and why."""
    lines = [f"○ {name} is not found here" for name in told.missing]
    for one in told.mending.refused if told.mending else ():
        lines.append(f"▲ {one.finding.message}: left alone, {one.why}")
        lines += [f"  by hand: {one.by_hand}"] if one.by_hand else []
    return lines


def _answer(answer: Answer, told: _Told, *, dry: bool) -> Answer:
    mending = told.mending
    assert mending is not None
    data = {
        **answer.data,
        "mends": [{"id": f.id, "message": f.message} for f in mending.mended],
        "by_hand": [
            {"id": r.finding.id, "message": r.finding.message, "why": r.why, "fix": r.by_hand}
            for r in mending.refused
        ],
    }
    if dry or told.after is None:
        stays = tuple(map(visible, _what_stays(told))) if dry else ()
        return Answer(data, (*stays, *answer.lines), answer.exit)
    left = [f for f in mending.mended if still_there(f, told.after)]
    gone = [f for f in mending.mended if f not in left]
    fresh = [f for f in told.after if not still_there(f, told.before) and f.severity == "error"]
    lines = [f"{text.mark('good')} gone: {f.message}" for f in gone]
    lines += [f"{text.mark('bad')} still there: {f.message} ({f.evidence})" for f in left]
    lines += [f"{text.mark('attention')} found now: {f.message} ({f.evidence})" for f in fresh]
    data = {**data, "gone": [f.id for f in gone], "left": [f.id for f in left]}
    return replace(
        answer,
        data=data,
        lines=(*answer.lines, *map(visible, lines)),
        exit=1 if left else 0,
    )


def still_there(finding: Finding, findings: Sequence[Finding]) -> bool:
    """Whether a look found the same thing again."""
    return any((f.id, f.message) == (finding.id, finding.message) for f in findings)
