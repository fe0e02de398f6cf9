"""1 Overview: who may open meetings, how the services are, what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Run
from jitsi_tui.tui.present import overview
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.row_list import Column, RowList

from .base import NO_ANSWER, Page

if TYPE_CHECKING:
    from jitsi_tui.instance.model import Finding, Service
    from jitsi_tui.session.events import Status

_SHOWN = 12
"""Findings that are listed above the details of one; the others scroll."""


def _cannot_close(page: OverviewScreen) -> str | None:
    status = page.state.status
    if status is None:
        return NO_ANSWER
    if status.posture == "secure":
        return "It is closed to strangers already; screen 2 changes the details."
    if status.posture == "token":
        return "Tokens decide here, and jitsi-tui leaves a token server as it is."
    return None


def _nothing_there(page: OverviewScreen) -> str | None:
    return None if page.finding or page.service else "Nothing is under the cursor."


def _no_finding(page: OverviewScreen) -> str | None:
    return None if page.finding else "No finding is under the cursor."


class OverviewScreen(Page):
    """The answer, its proof, and the next step."""

    MODE = "overview"
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "overview.close",
            ("c",),
            "close it …",
            "Go to the Auth screen with the server closed to strangers, to see what that changes.",
            mutates=True,
            rank=1,
            why_not=_cannot_close,
        ),
        Action(
            "overview.open",
            ("enter",),
            "look closer",
            "Show a finding with its evidence and its fix, or a service and its restart.",
            rank=2,
            why_not=_nothing_there,
        ),
        Action(
            "overview.mark",
            ("space",),
            "mark",
            "Mark the finding under the cursor, to mend several at once.",
            rank=4,
            why_not=_no_finding,
        ),
        Action(
            "overview.mend",
            ("m",),
            "mend …",
            "Show the one change that mends the marked findings, or the one under the cursor.",
            mutates=True,
            rank=3,
            why_not=_no_finding,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self) -> None:
        super().__init__()
        self._marked: tuple[Finding, ...] = ()

    def page(self) -> ComposeResult:
        yield Block(id="answer")
        yield Block(id="offer")
        with Horizontal(id="columns"):
            yield Block(id="who")
            with Vertical(id="services-column"):
                yield Block(((("  Services", "strong"),),), id="services-title")
                yield RowList["Service"](
                    (
                        Column(width=1, gap=1),
                        Column(width=11),
                        Column(width=6, right=True),
                        Column(weight=3),
                        Column(width=12, from_width=60),
                    ),
                    self._service_cells,
                    key=lambda service: service.name,
                    id="services",
                )
        yield Block(id="findings-title")
        with Horizontal(id="findings-columns"):
            yield RowList["Finding"](
                (
                    Column(width=1),
                    Column(width=1, gap=1),
                    Column(weight=3),
                    Column(from_width=96, weight=2),
                ),
                lambda finding: overview.finding_cells(finding, marked=finding in self._marked),
                key=lambda finding: (finding.id, finding.evidence),
                id="findings",
            )
            yield Block(id="finding-details")

    @property
    def services(self) -> RowList[Service]:
        """The list of services."""
        return self.query_one("#services", RowList)

    @property
    def findings(self) -> RowList[Finding]:
        """The list of findings."""
        return self.query_one("#findings", RowList)

    def main_focus(self) -> Widget | None:
        status = self.state.status
        return self.findings if status is None or status.findings else self.services

    def _service_cells(self, service: Service) -> tuple[Run, ...]:
        status = self.state.status
        assert status is not None
        return overview.service_cells(self.state, status, service, self.jitsi.now())

    def present(self, state: State) -> None:
        status = state.status
        assert status is not None
        now = self.jitsi.now()
        self.query_one("#answer", Block).put(
            lambda cells: overview.answer(state, status, now, cells)
        )
        offer = self.query_one("#offer", Block)
        close = self.ACTIONS[0]
        offer.display = self.why_not(close) is None
        offer.put(lambda cells: overview.offer(close.key, "Close it …", cells))
        self.query_one("#who", Block).put(lambda cells: overview.who(state, status, cells))
        shown = overview.shown_services(status.instance.services)
        self.services.styles.height = max(1, len(shown))
        self.services.put(shown)
        self._present_findings(status)

    def _present_findings(self, status: Status) -> None:
        self._marked = tuple(one for one in self._marked if one in status.findings)
        self.query_one("#findings-title", Block).put(overview.findings_title(status))
        self.query_one("#findings-columns").display = bool(status.findings)
        below = self.has_class("-wide") and self.has_class("-tall")
        self.findings.styles.height = min(len(status.findings), _SHOWN) if below else "100%"
        weight = {"error": 0, "warning": 1, "info": 2}
        self.findings.put(sorted(status.findings, key=lambda f: weight[f.severity]))
        current, destination = self.findings.current, self.state.destination
        self.query_one("#finding-details", Block).put(
            lambda cells: overview.finding_details(current, destination, cells)
        )

    @property
    def service(self) -> Service | None:
        """What Enter would show, in the list of services."""
        return self.services.current if self.focused is self.services else None

    @property
    def finding(self) -> Finding | None:
        """What Enter would show, in the list of findings."""
        return self.findings.current if self.focused is self.findings else None

    def do_close(self) -> None:
        """Propose the secure domain and go where it is shown."""
        from jitsi_tui.instance.model import Access, Policy  # noqa: PLC0415 - came with the status

        self.jitsi.propose(Policy(Access.ACCOUNTS))
        self.jitsi.go("auth")

    def do_open(self) -> None:
        """Show what is under the cursor."""
        if self.finding:
            from .finding import FindingSheet  # noqa: PLC0415 - sheets load when they are needed

            self.app.push_screen(FindingSheet(self.finding))
        elif self.service:
            from .service import ServiceSheet  # noqa: PLC0415

            self.app.push_screen(ServiceSheet(self.service.name))

    def do_mark(self) -> None:
        """Mark it, or take the mark away; on to the next one."""
        item = self.findings.current
        if item is None:
            return
        others = tuple(one for one in self._marked if one != item)
        self._marked = others if item in self._marked else (*self._marked, item)
        self.findings.lines_changed()
        self.findings.action_move(1)

    def do_mend(self) -> None:
        """Show what mends the marked ones together."""
        from .finding import FindingSheet  # noqa: PLC0415

        marked = self._marked or ((self.finding,) if self.finding else ())
        if marked:
            self.app.push_screen(FindingSheet(*marked))

    def on_row_list_highlighted(self) -> None:
        """Another finding: its details."""
        self.show(self.state)

    def on_row_list_chosen(self) -> None:
        """A double click is Enter."""
        self.action_do("overview.open")
