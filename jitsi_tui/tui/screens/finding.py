"""One finding: what is wrong, how we know, why it matters, what mends it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui.instance.model import Access, Finding, Policy
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line
from jitsi_tui.tui.present import finding as present
from jitsi_tui.tui.widgets.block import Block

from .base import Sheet


def _no_fix(sheet: FindingSheet) -> str | None:
    if not present.closing_mends(sheet.finding):
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

    def body(self) -> ComposeResult:
        yield Block(id="finding-text")

    def title_lines(self, cells: int) -> list[Line]:
        return present.head(self.finding, cells)

    def on_mount(self) -> None:
        super().on_mount()
        finding, destination = self.finding, self.state.destination
        self.query_one("#finding-text", Block).put(
            lambda cells: present.body(finding, destination, cells)
        )

    def do_fix(self) -> None:
        """Show what would mend it."""
        self.dismiss()
        self.jitsi.propose(Policy(Access.ACCOUNTS))
        self.jitsi.go("auth")

    def do_close(self) -> None:
        """Back to the page."""
        self.dismiss()
