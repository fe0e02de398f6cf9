"""Choosing a server, when none was named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input

from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.known import PRACTICE, KnownServer
from jitsi_tui.tui.lines import Line, Run
from jitsi_tui.tui.present import connect as present
from jitsi_tui.tui.present.frame import Spot
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.field import Field
from jitsi_tui.tui.widgets.row_list import Column, RowList

from .base import LEAVE, Page


def _nothing(page: ConnectScreen) -> str | None:
    return None if page.destination() else "Choose a server, or type where to go."


def _typing(page: ConnectScreen) -> str | None:
    return "The line takes letters; Esc leaves it." if page.in_input else None


class ConnectScreen(Page):
    """Saved servers, then aliases of ssh, the practice server last; typing finds."""

    MODE = "connect"
    NEEDS_STATUS = False
    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "connect.open",
            ("enter",),
            "connect",
            "Connect to the server under the cursor, or to what was typed.",
            rank=1,
            why_not=_nothing,
        ),
        Action(
            "connect.practice",
            ("d",),
            "practice server",
            "Open a Jitsi that lives on this machine alone; nothing can break there.",
            rank=2,
            why_not=_typing,
        ),
        Action(
            "connect.find",
            ("slash",),
            "find or type one",
            "Find a server by a part of its name, or type a new one as for ssh.",
            rank=3,
            why_not=_typing,
        ),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def page(self) -> ComposeResult:
        yield Block(id="connect-head")
        with Horizontal(id="connect-row"):
            yield Block(((("Server", "dim"),),), classes="label")
            yield Field(id="where", placeholder="user@host, an ssh alias, or local")
        yield RowList[KnownServer](
            (
                Column(width=1, gap=1),
                Column(weight=2),
                Column(weight=3),
                Column(width=11, right=True, from_width=60),
            ),
            self._cells,
            key=lambda server: server.destination,
            steered=True,
            id="servers",
        )

    @property
    def rows(self) -> RowList[KnownServer]:
        """The list."""
        return self.query_one("#servers", RowList)

    @property
    def typed(self) -> str:
        """What stands in the line."""
        return self.query_one("#where", Input).value.strip()

    def main_focus(self) -> Widget | None:
        return self.rows

    def on_mount(self) -> None:
        servers = self.jitsi.known()
        self._list(servers)
        first_time = all(server.source == "practice" for server in servers)
        self.set_focus(self.rows if first_time else self.query_one("#where"))

    def on_screen_resume(self, event: events.ScreenResume) -> None:  # noqa: ARG002
        if self.ready:
            self._list(self.jitsi.known())

    def _list(self, servers: Sequence[KnownServer]) -> None:
        self.rows.put(present.matching(servers, self.typed))
        self.query_one("#connect-head", Block).put(lambda cells: present.head(servers, cells))

    def _cells(self, server: KnownServer) -> tuple[Run, ...]:
        return present.cells(server, self.jitsi.now())

    def present(self, state: State) -> None:
        """Nothing here depends on a server."""

    def tabs(self, cells: int) -> tuple[Line, tuple[Spot, ...]]:  # noqa: ARG002
        return (), ()

    def footer_actions(self) -> list[Action]:
        if not self.in_input:
            return super().footer_actions()
        return [*(a for a in self.usable() if a.id == "connect.open"), LEAVE]

    def actions(self) -> Iterator[Action]:
        return super().actions()

    def destination(self) -> str:
        """Where Enter goes: the row under the cursor, else what was typed."""
        current = self.rows.current
        return current.destination if current is not None else self.typed

    def on_input_changed(self, event: Input.Changed) -> None:
        """Find as one types."""
        event.stop()
        self._list(self.jitsi.known())
        self.rows.move_to(0)
        self.refresh_frame()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter connects."""
        event.stop()
        self.action_do("connect.open")

    def on_key(self, event: events.Key) -> None:
        """The arrows move in the list while one types."""
        if self.in_input and event.key in {"up", "down"}:
            event.stop()
            self.rows.action_move(1 if event.key == "down" else -1)

    def on_row_list_chosen(self) -> None:
        """A double click connects."""
        self.action_do("connect.open")

    def do_open(self) -> None:
        """Connect."""
        self.jitsi.open_server(self.destination())

    def do_practice(self) -> None:
        """Open the practice server."""
        self.jitsi.open_server(PRACTICE)

    def do_find(self) -> None:
        """Type."""
        self.set_focus(self.query_one("#where", Input))
