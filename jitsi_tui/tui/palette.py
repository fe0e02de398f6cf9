"""The command palette: every action by a part of its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual import events
from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.worker import Worker

from .actions import Acting, Action
from .present.frame import TABS
from .screens import MODES, page_class
from .screens.base import LEAVE, Showing

if TYPE_CHECKING:
    from .app import JitsiTuiApp


class Palette(CommandPalette):
    """As Textual's, for keys that come faster than it opens, lists and closes.

    It has no id: there may be one that is closed and not gone yet.
    """

    _dismissed = False

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close, once, where nothing lies above: Textual closes whatever is on top."""
        if not self.is_mounted:
            self.call_later(self.dismiss)
            return AwaitComplete()
        if self._dismissed or not self.is_active:
            return AwaitComplete()
        self._dismissed = True
        return super().dismiss(result)

    def _on_mount(self, event: events.Mount) -> None:
        # Another page may have come in between: what it is to list is not below it then.
        if not self.is_active:
            event.prevent_default()

    def on_screen_resume(self) -> None:
        """Go, where it has nothing to list."""
        if self._calling_screen is None:
            self.dismiss()

    def run_worker(self, *work: Any, **options: Any) -> Worker[Any]:
        """It looks for commands in a task of its own, which fails where it is closed meanwhile."""
        return super().run_worker(*work, **{**options, "exit_on_error": False})

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """All but leaving it needs its list."""
        if action != "escape" and not self.query(CommandList):
            return False
        return super().check_action(action, parameters)

    def _action_command_list(self, action: str) -> None:
        # The list knows the lines of its entries once they were drawn.
        with suppress(KeyError):
            super()._action_command_list(action)


class ActionProvider(Provider):
    """Offers the page's own actions first, then the app's, then those of other pages."""

    async def discover(self) -> Hits:
        for name, action, run in self._entries():
            yield DiscoveryHit(name, run, help=action.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for name, action, run in self._entries():
            score = max(matcher.match(name), matcher.match(action.help) / 2)
            if score > 0:
                yield Hit(score, matcher.highlight(name), run, help=action.help)

    def _entries(self) -> Iterator[tuple[str, Action, partial[None]]]:
        app = cast("JitsiTuiApp", self.app)
        here = self.screen
        if isinstance(here, Showing):
            for action in here.actions():
                if action is not LEAVE:
                    yield self._entry("", action, here)
        if app.page is not here:
            return
        for action in app.ACTIONS:
            if action.name != "palette":
                yield self._entry("", action, app)
        for mode in MODES if app.session is not None else ():
            if mode not in {app.page.MODE, "connect"}:
                for action in page_class(mode).ACTIONS:
                    title = dict(TABS)[mode]
                    run = partial(app.do_elsewhere, mode, action.id)
                    yield f"{title}: {_named(action)}", action, run

    def _entry(
        self, prefix: str, action: Action, owner: Acting
    ) -> tuple[str, Action, partial[None]]:
        return prefix + _named(action), action, partial(owner.action_do, action.id)


def _named(action: Action) -> str:
    title = action.title[:1].upper() + action.title[1:]
    return f"{title}   {action.key}"
