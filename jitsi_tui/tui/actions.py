"""What an action is, and the one place from which keys, footer, palette and help are made.

A screen declares its actions as data (``ACTIONS``) and has a method ``do_<name>`` for each, where
``<name>`` is what follows the dot in the action's id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, NamedTuple

from textual.binding import Binding, BindingType


class Action(NamedTuple):
    """Something that a key does."""

    id: str
    """``screen.name``, unique in the app."""

    keys: tuple[str, ...]
    """Textual's names of its keys; the first is the one that is shown."""

    title: str
    """What stands beside the key: two or three words. An ``…`` says that it asks first."""

    help: str
    """One sentence for the help and the command palette."""

    mutates: bool = False
    """Whether it changes, or leads to a change of, a server: off with ``--read-only``."""

    rank: int = 50
    """Which actions keep their place in a short footer: smaller stays longer."""

    why_not: Callable[[Any], str | None] | None = None
    """Given the screen: why it can't act now, in a sentence, or ``None``."""

    footer: bool = True
    """Whether the footer may show it."""

    @property
    def name(self) -> str:
        """Its method is ``do_`` and this."""
        return self.id.partition(".")[2].replace("-", "_")

    @property
    def key(self) -> str:
        """The key as people write it."""
        return key_label(self.keys[0])


_LABELS = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "exclamation_mark": "!",
    "ampersand": "&",
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "end": "End",
    "home": "Home",
    "up": "↑",
    "down": "↓",
    "tab": "Tab",
    "full_stop": ".",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "apostrophe": "'",
    "f1": "F1",
}


def key_label(key: str) -> str:
    """``question_mark`` is ``?``, ``ctrl+p`` is ``Ctrl-P``."""
    if key.startswith("ctrl+"):
        return f"Ctrl-{key_label(key[5:]).upper()}"
    return _LABELS.get(key, key)


def bindings(actions: Iterable[Action]) -> list[BindingType]:
    """Textual's bindings of actions, every key of each."""
    return [
        # Ctrl-Q, which is what Textual names to whoever presses Ctrl-C, leaves from everywhere.
        Binding(key, f"do('{action.id}')", action.title, show=False, priority=key == "ctrl+q")
        for action in actions
        for key in action.keys
    ]


class Acting:
    """What screens and the app share: actions, and the one way in which they run."""

    ACTIONS: ClassVar[tuple[Action, ...]] = ()

    def actions(self) -> Iterator[Action]:
        """Every action that this object has."""
        yield from self.ACTIONS

    def action_do(self, action_id: str) -> None:
        """Run an action, or say why it can't."""
        action = next(a for a in self.actions() if a.id == action_id)
        if reason := self.why_not(action):
            self.refuse(action, reason)
        else:
            getattr(self, f"do_{action.name}")()

    def why_not(self, action: Action) -> str | None:
        """Why an action can't act now, ``None`` where it can."""
        return action.why_not(self) if action.why_not else None

    def refuse(self, action: Action, reason: str) -> None:
        """Say why a key did nothing."""
        raise NotImplementedError


def clashes(groups: Sequence[Sequence[Action]]) -> list[str]:
    """Keys and ids that stand twice. Each group is what works at the same time."""
    wrong: list[str] = []
    seen_ids: dict[str, Action] = {}
    for group in groups:
        keys: dict[str, Action] = {}
        for action in group:
            other = seen_ids.setdefault(action.id, action)
            if other is not action:
                wrong.append(f"two actions are called {action.id}")
            wrong += [
                f"{key} means both {keys[key].id} and {action.id}"
                for key in action.keys
                if keys.setdefault(key, action) is not action
            ]
    return wrong
