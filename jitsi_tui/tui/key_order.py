"""Keys take effect in the order in which they came, also where one of them moves the focus."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial
from pathlib import PurePath
from typing import Generic, TypeVar

from textual import events
from textual.app import App
from textual.message_pump import MessagePump
from textual.widgets import Input

R = TypeVar("R")

_LOST_SECONDS = 1.0
"""After which a key counts as done though its way was taken down under it."""


class KeysInOrder(App[R], Generic[R]):
    """Hands a key on when the one before has done what it does, where that may move the focus.

    Textual hands each at once to what has focus, from where it comes up to the app by itself: one
    that is typed behind a key that opens a line overtakes those that were on their way before the
    line had focus, and one behind a key that closes it is taken by the page before they are.
    """

    def __init__(self, css_path: list[str | PurePath]) -> None:
        super().__init__(css_path=css_path)
        self._held: deque[events.Key] = deque()
        self._number = self._watched = 0
        self._under_way = False

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
        elif not self._under_way:
            await self._hand_on(event)
        else:
            self._held.append(event)
            self._watch()

    async def _hand_on(self, key: events.Key) -> None:
        while self._stays(key):
            await super().on_event(key)
            if not self._held:
                return
            key = self._held.popleft()
        self._under_way = True
        self._number += 1
        way = list((self.focused or self.screen).ancestors_with_self)
        await super().on_event(key)
        await self._follow(key, way, self._number)

    def _stays(self, key: events.Key) -> bool:
        """Whether it is what has focus that knows the key: letters of a line, moves in a list."""
        focused = self.focused
        if focused is None:
            return False
        if isinstance(focused, Input):
            return key.is_printable
        bound = self.screen.active_bindings.get(key.key)
        return bound is not None and bound.node is focused

    def _watch(self) -> None:
        if self._held and self._watched != self._number:
            self._watched = self._number
            self.set_timer(_LOST_SECONDS, partial(self._done, self._number))

    async def _follow(self, key: events.Key, way: Sequence[MessagePump], number: int) -> None:
        """Go behind the key through the queues of all that it comes by, until one took it.

        Textual stops what goes from the screen to the app, and the app gets it all the same.
        """
        if not key._stop_propagation or len(way) < 2:
            for at, one in enumerate(way):
                if one.call_later(self._follow, key, way[at + 1 :], number):
                    return
        await self._done(number)

    async def _done(self, number: int) -> None:
        if number != self._number:
            return
        self._under_way = False
        if self._held:
            await self._hand_on(self._held.popleft())
            self._watch()
