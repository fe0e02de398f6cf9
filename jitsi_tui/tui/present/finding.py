"""One finding in full: why it matters, how we know, what mends it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from jitsi_tui import text
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line, line, marked, wrap
from jitsi_tui.words import addressed

if TYPE_CHECKING:
    from jitsi_tui.instance.findings.subject import Rule
    from jitsi_tui.instance.model import Finding, Plan, Verdict
    from jitsi_tui.session.events import MendPlanned


def head(finding: Finding, cells: int) -> list[Line]:
    """What is wrong, in a sentence."""
    first, *rest = wrap(visible(finding.message), cells - 2, "strong")
    tone = text.SEVERITY_TONES[finding.severity]
    return [line(marked(tone), " ", *first), *(line("  ", *row) for row in rest)]


def head_of(findings: Sequence[Finding], cells: int) -> list[Line]:
    """What is wrong: in a sentence, or how many things."""
    if len(findings) == 1:
        return head(findings[0], cells)
    return [line((f"Mend {text.count(len(findings), 'finding')} at once", "strong"))]


def body_of(
    findings: Sequence[Finding], destination: str, planned: MendPlanned | None, cells: int
) -> list[Line]:
    """One in full, several by their sentences."""
    if len(findings) == 1:
        mended = planned is not None and planned.mending is not None and planned.mending.mended
        return body(findings[0], destination, cells, by_us=bool(mended))
    return [row for finding in findings for row in head(finding, cells)]


def plan_of(planned: MendPlanned | None, verdict: Verdict | None, cells: int) -> list[Line]:
    """What the mend does beside its diff, or why there is none."""
    if planned is None:
        return [(), line(("working out what mends it …", "dim"))]
    if planned.mending is None:
        rows = [*wrap(visible(planned.error), cells, "attention")]
        return [(), *rows, *wrap(visible(planned.hint, lines=True), cells, "dim")]
    plan = planned.mending.plan
    rows = []
    for one in planned.mending.refused:
        told = f"{one.finding.message}: left alone, {one.why}"
        rows += wrap(visible(told), cells, "attention")
    if plan.empty:
        return [(), *rows, *(() if rows else wrap(visible(plan.reason), cells, "dim"))]
    return [(), *rows, *_cost(plan, verdict, cells)]


def _cost(plan: Plan, verdict: Verdict | None, cells: int) -> list[Line]:
    size = f"What mends it: {text.plan_size(plan)}" if plan.changes else "What mends it"
    told = [*text.plan_cost(plan, verdict)]
    told += [text.mode_words(change) for change in plan.changes if change.mode_after is not None]
    told += [visible(warning) for warning in plan.warnings]
    return [line((size, "dim")), *(row for one in told for row in wrap(f"  {one}", cells, ""))]


def closing_mends(finding: Finding) -> bool:
    """Whether securing the server is what mends it."""
    from jitsi_tui.instance.findings.subject import SECURE  # noqa: PLC0415 - came with the finding

    return SECURE in (finding.fix or "")


def body(finding: Finding, destination: str, cells: int, *, by_us: bool = False) -> list[Line]:
    """Evidence stands as it was found. ``by_us``: what mends it stands below, as a change."""
    lines: list[Line] = []
    if finding.why:
        lines += [*wrap(visible(finding.why), cells), ()]
    lines.append(line(("How we know", "dim")))
    lines += wrap(visible(finding.evidence, lines=True), cells - 2, "", indent="  ")
    if by_us:
        return lines
    lines += [(), line(("What mends it", "dim"))]
    return lines + wrap(_fix(finding, destination), cells - 2, "", indent="  ")


def _fix(finding: Finding, destination: str) -> str:
    if not finding.fix:
        return "There is no fix that we could make for you."
    fix = visible(addressed(finding.fix, destination), lines=True)
    return f"Closing the server to strangers ({fix})." if closing_mends(finding) else fix


def found_here(ids: Collection[str], cells: int) -> list[Line]:
    """What the findings of this server mean, in the words of their rules."""
    from jitsi_tui.instance.findings import RULES  # noqa: PLC0415 - for who asks for help

    rows = [row for rule in RULES if rule.id in ids for row in _rule(rule, cells)]
    return [line(("What is found here", "strong")), *rows, ()] if rows else []


def looked_for(cells: int) -> list[Line]:
    """Everything that is looked for."""
    from jitsi_tui.instance.findings import RULES  # noqa: PLC0415 - for who asks for help

    title = line(("What is looked for", "strong"), ("   also in docs/findings.md", "dim"))
    return [title, *(row for rule in RULES for row in _rule(rule, cells)), ()]


def _rule(rule: Rule, cells: int) -> list[Line]:
    tone = text.SEVERITY_TONES[rule.severity]
    first, *more = wrap(rule.what, cells - 4)
    rows = [line("  ", marked(tone), " ", *first), *(line("    ", *row) for row in more)]
    return rows + [line("    ", *row) for row in wrap(rule.why, cells - 4, "dim")]
