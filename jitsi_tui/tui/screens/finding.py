"""One finding: what is wrong, how we know, why it matters, what mends it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui import text
from jitsi_tui.instance.model import Access, Finding, Policy
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, line, marked, wrap
from jitsi_tui.tui.widgets.block import Block

from .base import Sheet


def _no_fix(sheet: FindingSheet) -> str | None:
    if not sheet.mended_by_closing:
        return "This is mended by hand, as it says above."
    return None


class FindingSheet(Sheet[None]):
    """Its evidence stands as it was found."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "finding.fix",
            ("f",),
            "show the fix",
            "Go to the Auth screen with the change that mends it; nothing happens yet.",
            mutates=True,
            rank=1,
            why_not=_no_fix,
        ),
        Action("finding.close", ("escape", "enter"), "close", "Back to the page.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self.finding = finding

    @property
    def mended_by_closing(self) -> bool:
        """Whether securing the server is what mends it."""
        return bool(self.finding.fix) and "jitsi-tui secure" in (self.finding.fix or "")

    def body(self) -> ComposeResult:
        yield Block(id="finding-text")

    def title_lines(self, cells: int) -> list[Line]:
        tone = text.SEVERITY_TONES[self.finding.severity]
        head, *rest = wrap(visible(self.finding.message), cells - 2, "strong")
        return [line(marked(tone), " ", *head), *(line("  ", *row) for row in rest)]

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#finding-text", Block).put(self._text)

    def _text(self, cells: int) -> list[Line]:
        finding = self.finding
        lines: list[Line] = []
        if finding.why:
            lines += wrap(visible(finding.why), cells)
            lines.append(())
        lines.append(line(("How we know", "dim")))
        evidence = visible(finding.evidence, lines=True)
        lines += wrap(evidence, cells - 2, "", indent="  ")
        lines.append(())
        lines.append(line(("What mends it", "dim")))
        fix = visible(finding.fix or "There is no fix that we could make for you.", lines=True)
        lines += wrap(fix, cells - 2, "", indent="  ")
        return lines

    def do_fix(self) -> None:
        """Show what would mend it."""
        self.dismiss()
        self.jitsi.propose(Policy(Access.ACCOUNTS))
        self.jitsi.go("auth")

    def do_close(self) -> None:
        """Back to the page."""
        self.dismiss()
