"""The app: modes, and the routing of events to what shows them. Nothing else."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from contextvars import copy_context
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from textual import on
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.message import Message

from jitsi_tui import resources
from jitsi_tui.session import events as ev
from jitsi_tui.session.events import Emit
from jitsi_tui.settings import Settings
from jitsi_tui.text import Tone

from . import clipboard, theme
from .actions import Action, bindings
from .crash import CrashGuard
from .global_actions import GLOBAL, GlobalActions
from .key_order import KeysInOrder
from .known import KnownServer
from .line_styles import LINE_CLASSES
from .log_store import LogStore
from .routing import route
from .screens import MODES, logs_wanted, make_page
from .screens.base import Page, Showing
from .state import Link, State, reduce
from .stylesheet import SteadyStylesheet

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.driver import Driver
    from textual.screen import Screen

    from jitsi_tui.session.session import ServerSession

Connect: TypeAlias = "Callable[[str, Emit], ServerSession]"

_STYLES = ("base", *MODES)


_MOUSE = (1000, 1003, 1015, 1006)
"""The terminal's modes that hand the mouse to us (xterm's ctlseqs, "Mouse Tracking")."""

LEAVE_SECONDS = 5.0
"""Within which leaving is pressed a second time while a change runs."""


class SessionEvent(Message):
    """Something that the session said."""

    def __init__(self, event: ev.Event, opening: int) -> None:
        super().__init__()
        self.event = event
        self.opening = opening
        """Counts the servers opened; what a closed one still says is dropped."""

    def can_replace(self, message: Message) -> bool:
        """A newer look or latency makes the one before it needless."""
        return (
            isinstance(message, SessionEvent)
            and message.opening == self.opening
            and type(message.event) is type(self.event)
            and isinstance(self.event, ev.Status | ev.Latency | ev.ApplyCountdown | ev.BulkProgress)
        )


def _entries() -> type[Provider]:
    """What the command palette offers."""
    from .palette import ActionProvider  # noqa: PLC0415 - as the palette itself

    return ActionProvider


class JitsiTuiApp(GlobalActions, KeysInOrder[None], CrashGuard[None]):
    """jitsi-tui on one server at a time."""

    TITLE = "jitsi-tui"
    ENABLE_COMMAND_PALETTE = True
    COMPONENT_CLASSES: ClassVar[set[str]] = set(LINE_CLASSES)
    COMMANDS: ClassVar[set[Callable[[], type[Provider]]]] = {_entries}  # type: ignore[assignment]
    MODES: ClassVar[dict[str, Callable[[], Screen[None]]]] = {  # type: ignore[assignment]
        mode: partial(make_page, mode) for mode in MODES
    }
    ACTIONS = GLOBAL
    BINDINGS: ClassVar[list[BindingType]] = bindings(GLOBAL)

    def __init__(
        self,
        connect: Connect,
        destination: str | None,
        *,
        read_only: bool = False,
        settings: Settings | None = None,
        known: Callable[[], Sequence[KnownServer]] = tuple,
        on_status: Callable[[str, ev.Status], None] = lambda _destination, _status: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """``connect`` opens a session and must not block; ``known`` lists what to connect to.

        ``on_status`` is told of looks that tell something new, for whoever remembers servers.
        """
        # The first page to be painted; App reads it in __init__.
        self.DEFAULT_MODE = "overview" if destination else "connect"  # type: ignore[misc]
        self._ascii = theme.glyphs_are_poor()
        self._no_colour = bool(os.environ.get("NO_COLOR"))
        super().__init__(
            css_path=[path for name in _STYLES if (path := resources.style(name)).is_file()]
        )
        self.stylesheet = SteadyStylesheet(variables=self.get_css_variables())
        self.colours: dict[str, str] = {}
        """The style sheet's variables with which all that is seen was drawn last."""

        self._connect = connect
        self._first = destination
        self._opening = 0
        self._starting: str | None = None
        """The server whose session is to be started."""

        self._on_status = on_status
        self._told: object = None
        self._leave_until = 0.0
        self.known = known
        self.now = clock
        self.settings = settings or Settings()
        self.logs = LogStore(self.settings.log_records)
        self.session: ServerSession | None = None
        self.state = State(destination=destination or "", read_only=read_only)
        for look in theme.THEMES:
            self.register_theme(look)
        wanted = self.settings.theme
        self.theme = wanted if wanted in {look.name for look in theme.THEMES} else theme.DARK

    # -- the server ---------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Paint first, then connect."""
        soon = asyncio.get_running_loop().call_soon_threadsafe
        self._soon = partial(soon, context=copy_context())
        self.guard_signals()
        self.set_interval(1.0, self.show_state)
        self.set_interval(0.2, self._show_running)
        if self._first:
            self.open_server(self._first, stay=True)

    def open_server(self, destination: str, *, stay: bool = False) -> None:
        """Leave the server that is open and open another.

        ``stay``: on the page that shows, which may have been chosen already, else its overview.
        """
        self.close_server()
        self._opening += 1
        self._told = None
        now = self.now()
        link = Link("connecting", stage=f"reaching {destination}", since=now)
        self.state = State(destination=destination, read_only=self.state.read_only, link=link)
        self.logs.clear()
        if not stay:
            self.go("overview")
        self.show_state()
        # What is slow to load for a connection is loaded when the page is there.
        self._starting = destination
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        destination, self._starting = self._starting, None
        if destination is None:
            return
        number = self._opening
        self.session = self._connect(destination, lambda event: self.hear(event, number))
        if self.page is not None:
            self.want_logs(logs_wanted(self.page.MODE, self.state.destination))
        self.session.start()
        self.show_state()

    def hear(self, event: ev.Event, opening: int) -> None:
        """What the session says, from any thread.

        Records wait for no other message: a page that is being built is drawn with them at once.
        """
        if not self.is_running:
            return
        if isinstance(event, ev.LogBatch):
            with suppress(RuntimeError):  # the loop has ended
                self._soon(self._take, event, opening)
        else:
            self.post_message(SessionEvent(event, opening))

    def _take(self, batch: ev.LogBatch, opening: int) -> None:
        if opening != self._opening:
            return
        try:
            route(self, batch)
        except Exception as error:
            self._handle_exception(error)

    def close_server(self) -> None:
        """End the session that is open, if any."""
        self._opening += 1
        self._starting = None
        session, self.session = self.session, None
        if session is not None:
            session.close()

    def on_unmount(self) -> None:
        """Nothing of ours goes on after the app."""
        self.close_server()

    @on(SessionEvent)
    def _said(self, message: SessionEvent) -> None:
        if message.opening != self._opening:
            return
        event = message.event
        self.state = reduce(self.state, event, self.now())
        if isinstance(event, ev.Status) and self._told != (seen := _seen(event)):
            self._told = seen
            self._on_status(self.state.destination, event)
        route(self, event)
        self.show_state()

    # -- what is shown ------------------------------------------------------------------------

    def show_state(self) -> None:
        """Bring the page and all that lies over it up to the state."""
        for screen in self.screen_stack:
            if isinstance(screen, Showing) and screen.ready:
                screen.show(self.state)

    def _show_running(self) -> None:
        """The seconds of a running step count as one watches."""
        if self.state.applying:
            self.show_state()

    def go(self, mode: str) -> None:
        """Show the page of a mode."""
        if mode != self.current_mode:
            self._start()  # it has more to wait for than the page
            self.want_logs(logs_wanted(mode, self.state.destination))
            self.switch_mode(mode)

    @property
    def page(self) -> Page | None:
        """The page under whatever lies over it."""
        bottom = self.screen_stack[0]
        return bottom if isinstance(bottom, Page) else None

    def actions(self) -> Iterator[Action]:
        yield from self.ACTIONS

    def usable(self, page: Page) -> list[Action]:
        """The app's own keys for the footer of a page."""
        return [
            a for a in self.ACTIONS if a.footer and self.why_not(a) is None and page is self.page
        ]

    def refuse(self, action: Action, reason: str) -> None:
        self.say(reason, title=f"{action.key}  {action.title}", tone="attention")

    def say(self, message: str, *, title: str = "", tone: Tone = "good") -> None:
        """A short notice at the edge; what servers wrote must be ``visible()`` already."""
        severity = {"good": "information", "attention": "warning", "bad": "error"}.get(
            tone, "information"
        )
        self.notify(
            message,
            title=title,
            severity=severity,  # type: ignore[arg-type]
            timeout=12 if tone == "bad" else 6,
            markup=False,
        )

    def refresh_css(self, animate: bool = True) -> None:
        """As Textual's, where a colour has changed.

        Textual asks for it whenever a page is shown for the first time; nothing has changed then.
        """
        colours = self.get_css_variables()
        if colours != self.colours:
            self.colours = colours
            super().refresh_css(animate)

    def action_command_palette(self) -> None:
        """Open the command palette, where it is not open already."""
        from .palette import Palette  # noqa: PLC0415 - sheets load when they are needed

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette())

    def get_driver_class(self) -> type[Driver]:
        """As Textual's, but one that outlasts its terminal."""
        found = super().get_driver_class()
        if found.__name__ != "LinuxDriver":
            return found
        from .driver import LastingDriver  # noqa: PLC0415 - where there is no such terminal

        return LastingDriver

    def get_line_filters(self) -> Sequence[LineFilter]:
        """As Textual's, but NO_COLOR means none at all, and poor terminals get plain glyphs."""
        filters: list[LineFilter] = (
            [theme.WithoutColour()] if self._no_colour else list(super().get_line_filters())
        )
        return [*filters, theme.OnlyAscii()] if self._ascii else filters

    def copy_to_clipboard(self, text: str) -> None:
        """Copy through tmux and SSH. The app keeps no copy of its own."""
        self.run_worker(self._copy(text), group="clipboard")

    def lend_mouse(self, lent: bool) -> None:
        """Leave the mouse to the terminal, so that it selects as ever, or take it back."""
        if self._driver is not None and self._driver.can_suspend:
            self._driver.write("".join(f"\x1b[?{mode}{'l' if lent else 'h'}" for mode in _MOUSE))

    async def _copy(self, text: str) -> None:
        if await clipboard.copy_with_tmux(text):
            return
        if self._driver is not None:
            self._driver.write(clipboard.osc52(text))

    async def action_quit(self) -> None:
        """Leave in order: the server first, then the terminal. A running change asks twice."""
        if self.state.applying and time.monotonic() > self._leave_until:
            self._leave_until = time.monotonic() + LEAVE_SECONDS
            waits = self.state.run is not None and self.state.run.waiting is not None
            what, then = (
                ("A change waits for the last meeting to end.", "it is not made then.")
                if waits
                else (
                    "A change is under way.",
                    "the server then goes back to how it was by itself.",
                )
            )
            again = f"{what} Press it again to leave all the same: {then}"
            self.say(again, tone="attention")
            return
        self.close_server()
        self.exit()


def _seen(status: ev.Status) -> tuple[str, str]:
    """What is remembered of a server."""
    return (status.instance.domain, status.posture)
