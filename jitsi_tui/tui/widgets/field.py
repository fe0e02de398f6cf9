"""Field: one line to type into, where keys take effect in the order in which they came."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

_NEXT = {"app.focus_next": "focus_next", "app.focus_previous": "focus_previous"}

_SCROLLS = ("scroll_", "page_")
"""What every widget can do, and one line has no use for: the arrows are for a list beside it."""


class Field(Input):
    """Textual's ``Input`` inserts a letter at once, and lets every other key go up to the app and
    come back as an action: of keys that arrive together, as over a slow connection or in a paste,
    what was typed behind a Backspace would be deleted by it, and what was typed behind a Tab, maybe
    a password, would stand in the field before.
    """

    async def on_key(self, event: events.Key) -> None:
        """Do at once what a key of ours means, and hand on what is meant for another."""
        if await self._took(event):
            event.stop()
            event.prevent_default()

    async def _took(self, event: events.Key) -> bool:
        focused = self.screen.focused
        if focused is not None and focused is not self:
            focused.post_message(events.Key(event.key, event.character))
            return True
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if not binding.action.startswith(_SCROLLS):
                await self.run_action(binding.action)
                return True
        if event.is_printable:
            return False
        active = self.screen.active_bindings.get(event.key)
        if active is None or active.binding.action not in _NEXT:
            return False
        getattr(self.screen, _NEXT[active.binding.action])()
        return True
