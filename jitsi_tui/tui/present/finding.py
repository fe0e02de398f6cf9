"""One finding in full: why it matters, how we know, what mends it."""

from __future__ import annotations

from jitsi_tui import text
from jitsi_tui.instance.model import Finding
from jitsi_tui.instance.subject import SECURE
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line, line, marked, wrap


def head(finding: Finding, cells: int) -> list[Line]:
    """What is wrong, in a sentence."""
    first, *rest = wrap(visible(finding.message), cells - 2, "strong")
    tone = text.SEVERITY_TONES[finding.severity]
    return [line(marked(tone), " ", *first), *(line("  ", *row) for row in rest)]


def closing_mends(finding: Finding) -> bool:
    """Whether securing the server is what mends it."""
    return SECURE in (finding.fix or "")


def body(finding: Finding, destination: str, cells: int) -> list[Line]:
    """Evidence stands as it was found."""
    lines: list[Line] = []
    if finding.why:
        lines += [*wrap(visible(finding.why), cells), ()]
    lines.append(line(("How we know", "dim")))
    lines += wrap(visible(finding.evidence, lines=True), cells - 2, "", indent="  ")
    lines += [(), line(("What mends it", "dim"))]
    return lines + wrap(_fix(finding, destination), cells - 2, "", indent="  ")


def _fix(finding: Finding, destination: str) -> str:
    if not finding.fix:
        return "There is no fix that we could make for you."
    fix = visible(finding.fix.replace(" DEST", f" {destination}"), lines=True)
    return f"Closing the server to strangers ({fix})." if closing_mends(finding) else fix
