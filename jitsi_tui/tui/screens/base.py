"""What every page and every sheet has in common: the frame, the keys, the state that is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.css.query import NoMatches
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input

from jitsi_tui import resources
from jitsi_tui.tui.actions import Acting, Action, bindings
from jitsi_tui.tui.lines import Line
from jitsi_tui.tui.present import frame
from jitsi_tui.tui.present.waiting import waiting
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block
from jitsi_tui.tui.widgets.frame import FrameLine

if TYPE_CHECKING:
    from jitsi_tui.session.session import ServerSession
    from jitsi_tui.tui.app import JitsiTuiApp

R = TypeVar("R")

FRAME_LINES = 3
"""Lines of a page that are not its own: header, tabs, footer."""

NO_ANSWER = "The server has not answered yet."
"""Why a page does nothing yet."""

LEAVE = Action(
    "page.leave",
    ("escape",),
    "leave the line",
    "Leave an input line and go back to the page.",
    footer=False,
)


class Showing(Acting, Screen[R]):
    """A screen that shows the state and has actions."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (150, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012

    _built = False

    @property
    def ready(self) -> bool:
        """Whether its widgets are there, and are not being taken down."""
        return self._built and self.app.is_running

    @property
    def jitsi(self) -> JitsiTuiApp:
        """The app, by its own type."""
        return cast("JitsiTuiApp", self.app)

    @property
    def state(self) -> State:
        """What is known now."""
        return self.jitsi.state

    @property
    def session(self) -> ServerSession | None:
        """The open server."""
        return self.jitsi.session

    def show(self, state: State) -> None:
        """Bring what is seen up to the state. Called after each event and each second."""
        raise NotImplementedError

    def _compositor_refresh(self) -> None:
        """As Textual's, which draws for nothing while updates are held up."""
        if self.app._batch_count:
            self.refresh()
        else:
            super()._compositor_refresh()

    def why_not(self, action: Action) -> str | None:
        if action.mutates and self.state.read_only:
            return "jitsi-tui was started with --read-only: it looks and changes nothing."
        return super().why_not(action)

    def refuse(self, action: Action, reason: str) -> None:
        self.jitsi.say(reason, title=f"{action.key}  {action.title}", tone="attention")

    def usable(self) -> list[Action]:
        """What works here and now, in the order of declaration."""
        return [a for a in self.actions() if a.footer and self.why_not(a) is None]

    @property
    def in_input(self) -> bool:
        """Whether keys go into an input line."""
        return isinstance(self.focused, Input)


class _Body(Vertical):
    """All of a page that is its own."""

    def compose(self) -> ComposeResult:
        yield from cast("Page", self.screen).page()

    def on_mount(self) -> None:
        cast("Page", self.screen).fill()


class Page(Showing[None]):
    """One of the numbered screens: header, tabs, page, footer."""

    MODE: ClassVar[str] = ""
    NEEDS_STATUS: ClassVar[bool] = True
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = bindings((LEAVE,))

    _colours: object = None
    """With which its styles were found last."""

    _body: _Body | None = None
    filled = False
    """Whether its own widgets are there."""

    def fit(self) -> None:
        """Take the classes of the app's size, before widgets are there that look at them.

        Textual gives them with the first size, and then looks for the styles of all widgets again.
        """
        size = self.app.size
        for cells, breakpoints in (
            (size.width, self.HORIZONTAL_BREAKPOINTS),
            (size.height, self.VERTICAL_BREAKPOINTS),
        ):
            fitting = max(one for one in breakpoints if one[0] <= cells)
            self.update_classes({name: name == fitting[1] for _, name in breakpoints}, update=False)

    def compose(self) -> ComposeResult:
        self.fit()
        self._colours = self.jitsi.colours
        yield FrameLine("header")
        yield FrameLine("tabs")
        if self._has_something(self.state):
            self.filled = True
            self._body = _Body(id="page")
            yield self._body
        yield Block(id="waiting")
        yield FrameLine("footer")

    def page(self) -> ComposeResult:
        """The widgets of the page. They are made once there is something to show in them."""
        raise NotImplementedError

    def _has_something(self, state: State) -> bool:
        return state.status is not None or not self.NEEDS_STATUS

    def fill(self) -> None:
        """Its own widgets are there now."""
        if not self.filled:
            self.filled = True
            self.show(self.state)

    def why_not(self, action: Action) -> str | None:
        if not self.filled and action is not LEAVE:
            return NO_ANSWER
        return super().why_not(action)

    def actions(self) -> Iterator[Action]:
        yield from self.ACTIONS
        yield LEAVE

    def action_do(self, action_id: str) -> None:
        if action_id.startswith("app."):
            self.jitsi.action_do(action_id)
        else:
            super().action_do(action_id)
        self.refresh_frame()

    def main_focus(self) -> Widget | None:
        """What has focus when nothing else was chosen."""
        return None

    def do_leave(self) -> None:
        """Leave an input line."""
        if self.in_input:
            self.set_focus(self.main_focus())

    def show(self, state: State) -> None:
        due = self._has_something(state)
        if due and self._body is None:
            self._body = _Body(id="page")
            self.mount(self._body, before="#waiting")
        shown = due and self.filled
        if self._body is not None:
            self._body.display = shown
        wait = self.query_one("#waiting", Block)
        wait.display = not shown
        if shown:
            self.present(state)
            if self.focused is None or not self.focused.display:
                self.set_focus(self.main_focus())
        else:
            now = self.jitsi.now()
            wait.put(lambda cells: waiting(state, now, cells))
        self.refresh_frame()

    def present(self, state: State) -> None:
        """Bring the page up to a state that has a status."""
        raise NotImplementedError

    def logs_came(self) -> None:
        """The logs said something."""

    def refresh_frame(self) -> None:
        """Header, tabs and footer."""
        if not self.ready or not self.is_current:
            return
        cells, state = self.size.width, self.state
        try:
            header = self.query_one("#header", FrameLine)
            tabs = self.query_one("#tabs", FrameLine)
            footer = self.query_one("#footer", FrameLine)
        except NoMatches:
            return
        header.set_line(frame.header(state, self.jitsi.now(), cells))
        tabs.set_line(*self.tabs(cells))
        footer.set_line(*frame.footer(self.footer_actions(), cells))

    def tabs(self, cells: int) -> tuple[Line, tuple[frame.Spot, ...]]:
        """The line under the header."""
        return frame.tabs(self.MODE, cells)

    def footer_actions(self) -> list[Action]:
        """The page's own keys, then those of the app."""
        if self.in_input:
            return [LEAVE]
        return [*self.usable(), *self.jitsi.usable(self)]

    def on_mount(self) -> None:
        """Show what is known already."""
        self._built = True
        self.show(self.state)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Show what came while another page was up."""
        # Textual resumes a new page twice, and looks for the styles of all widgets each time.
        event.refresh_styles = self._colours is not self.jitsi.colours
        self._colours = self.jitsi.colours
        if self.ready:
            self.show(self.state)

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002
        """Fit the page and its frame to the new size."""
        self.call_after_refresh(self._show_again)

    def _show_again(self) -> None:
        if self.ready:
            self.show(self.state)

    def on_descendant_focus(self) -> None:
        self.refresh_frame()

    def on_descendant_blur(self) -> None:
        self.refresh_frame()

    def on_frame_line_picked(self, event: FrameLine.Picked) -> None:
        """A tab or a key in the footer was clicked."""
        event.stop()
        if event.frame_line.id == "tabs":
            self.jitsi.go(event.target)
        else:
            self.action_do(event.target)


class Sheet(Showing[R], ModalScreen[R], Generic[R]):
    """Something over the page: one border, a title, its own keys."""

    CSS_PATH = resources.style("sheets")  # read when the first of them opens
    WIDTH: ClassVar[str] = ""
    _dismissed = False

    def compose(self) -> ComposeResult:
        with Vertical(id="sheet"):
            yield Block(id="sheet-title")
            with VerticalScroll(id="sheet-body", can_focus=False):
                yield from self.body()
            yield FrameLine("sheet-keys")

    def body(self) -> ComposeResult:
        """The widgets between title and keys."""
        raise NotImplementedError

    @property
    def ready(self) -> bool:
        # One that is closed as it opens never gets them, and loses them at once when it is closed.
        return super().ready and bool(self.query("#sheet-keys"))

    def title_lines(self, cells: int) -> list[Line]:
        """The title, in the first line an admin's words."""
        raise NotImplementedError

    def show(self, state: State) -> None:  # noqa: ARG002
        self.query_one("#sheet-title", Block).put(self.title_lines)
        self.refresh_keys()

    def refresh_keys(self) -> None:
        """The line of keys at its end."""
        if not self.ready:
            return
        keys = self.query_one("#sheet-keys", FrameLine)
        actions = self.footer_actions()
        keys.display = bool(actions)
        keys.set_line(*frame.footer(actions, keys.size.width or 70, lead=0))

    def footer_actions(self) -> list[Action]:
        """What works in it."""
        return self.usable()

    def action_do(self, action_id: str) -> None:
        # Keys come as fast as they are typed: also before there is a sheet, and after its end.
        if not self.ready or self._dismissed:
            return
        super().action_do(action_id)
        if self.is_current and not self._dismissed:
            self.refresh_keys()

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """Close, once, where nothing lies above: Textual closes whatever is on top."""
        if self._dismissed or not self.is_active:
            return AwaitComplete()
        self._dismissed = True
        return super().dismiss(result)

    def on_mount(self) -> None:
        """Show what is known already."""
        self._built = True
        if self.ready:
            self.show(self.state)
            self.call_after_refresh(self.refresh_keys)

    def on_screen_resume(self) -> None:
        """Show what came while something lay above."""
        if self.ready:
            self.show(self.state)

    def on_resize(self) -> None:
        self.call_after_refresh(self.refresh_keys)

    def on_frame_line_picked(self, event: FrameLine.Picked) -> None:
        """A key in the last line was clicked."""
        event.stop()
        self.action_do(event.target)
