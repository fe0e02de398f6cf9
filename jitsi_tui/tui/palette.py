"""The command palette: every action by a part of its name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider

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
        """Close, once: until it is gone a second wish would close what lies below."""
        if self._dismissed:
            return AwaitComplete()
        self._dismissed = True
        return super().dismiss(result)

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
