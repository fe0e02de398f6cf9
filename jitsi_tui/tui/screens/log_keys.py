"""The keys of the Logs screen, and why some of them can't act now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jitsi_tui.tui.actions import Action

from .on_record import actions_on_record, no_record

if TYPE_CHECKING:
    from .logs import LogsScreen


def _not_paused(page: LogsScreen) -> str | None:
    panes = [page.pane] if page.grid.together else page.panes
    return "They follow already." if all(pane.following for pane in panes) else None


def _no_search(page: LogsScreen) -> str | None:
    return None if page.search is not None else "Search first, with /."


def _no_filter(page: LogsScreen) -> str | None:
    return "Filter first, with & or l." if page.filtering.idle else None


def _no_mark(page: LogsScreen) -> str | None:
    return None if page.jitsi.logs.marked else "Nothing is marked yet; m does it."


def _as_one(page: LogsScreen) -> str | None:
    return "All logs are shown as one; t parts them." if page.grid.together else None


def _last_pane(page: LogsScreen) -> str | None:
    if len(page.grid.arrangement.shown) == 1:
        return "It is the last one."
    return _as_one(page)


def _at_the_front(page: LogsScreen) -> str | None:
    first = page.grid.arrangement.shown[0] == page.pane.source
    return _last_pane(page) or ("It stands first already." if first else None)


def _at_the_end(page: LogsScreen) -> str | None:
    last = page.grid.arrangement.shown[-1] == page.pane.source
    return _last_pane(page) or ("It stands last already." if last else None)


_FINDING = (
    Action(
        "logs.filter",
        ("ampersand",),
        "filter",
        "Show only records that match, in every pane; Enter keeps the filter beside others, "
        "! at its start turns it round, Backspace on an empty line takes the last one back.",
        rank=2,
    ),
    Action(
        "logs.find",
        ("slash",),
        "find",
        "Find a word or a regular expression in the pane that has focus, as you type.",
        rank=3,
    ),
    Action(
        "logs.next-match",
        ("n",),
        "older match",
        "Go to the next older record that matches what was searched for.",
        rank=9,
        why_not=_no_search,
    ),
    Action(
        "logs.previous-match",
        ("N",),
        "newer match",
        "Go to the next newer record that matches.",
        rank=10,
        why_not=_no_search,
    ),
    Action(
        "logs.next-error",
        ("e",),
        "next error",
        "Go to the next older error, whichever pane it is in.",
        rank=5,
    ),
    Action(
        "logs.newer-error",
        ("E",),
        "newer error",
        "Go to the next newer error, whichever pane it is in.",
        footer=False,
    ),
    Action(
        "logs.level",
        ("l",),
        "level",
        "Show everything, info and worse, warnings and worse, or errors only.",
        rank=7,
    ),
    Action(
        "logs.dim",
        ("d",),
        "dim or hide",
        "Dim what does not pass the filters instead of hiding it, or hide it again.",
        rank=20,
        why_not=_no_filter,
    ),
    Action(
        "logs.jump",
        ("j",),
        "time …",
        "Go to a time in all panes together.",
        rank=11,
    ),
)

_RECORDS = (
    Action(
        "logs.record",
        ("enter",),
        "whole record",
        "Show the record under the cursor with all its lines.",
        rank=6,
        why_not=no_record,
    ),
    *actions_on_record("logs", 12),
    Action(
        "logs.fold",
        ("f",),
        "unfold",
        "Show the further lines of the record under the cursor, or fold them again.",
        rank=19,
        why_not=no_record,
    ),
    Action(
        "logs.fold-all",
        ("F",),
        "unfold all",
        "Show the further lines of all records of the pane, or fold them again.",
        footer=False,
    ),
    Action(
        "logs.wrap",
        ("W",),
        "wrap",
        "Wrap long lines of the pane, or cut them off; ← and → show the rest of lines cut off.",
        footer=False,
    ),
    Action(
        "logs.plain",
        ("v",),
        "plain text",
        "Show the pane as bare text, without borders and colours, to copy or to have it read out.",
        footer=False,
    ),
    Action(
        "logs.to-mark",
        ("apostrophe",),
        "to the mark",
        "Go to the record that was marked last; again, to the one marked before it.",
        footer=False,
        why_not=_no_mark,
    ),
    Action(
        "logs.save",
        ("s",),
        "save …",
        "Save what is shown, or everything since the mark, in a file on this machine.",
        rank=15,
    ),
)

_PANES = (
    Action(
        "logs.trace",
        ("T",),
        "follow an attempt",
        "Try it in the browser, and see what happens to the attempt at each station.",
        rank=5,
    ),
    Action("logs.zoom", ("z",), "zoom", "Let one pane fill the page, or show all.", rank=4),
    Action(
        "logs.together",
        ("t",),
        "together",
        "Show all logs as one, ordered by time, or each in a pane of its own.",
        rank=4,
    ),
    Action(
        "logs.layout",
        ("g",),
        "layout",
        "Have one, two, four or six panes in sight, as many as fit.",
        rank=16,
        why_not=_as_one,
    ),
    Action(
        "logs.add",
        ("a",),
        "add a log …",
        "Give one more log a pane: one of the usual ones, or any file of the server.",
        rank=17,
        why_not=_as_one,
    ),
    Action(
        "logs.hide",
        ("h",),
        "hide",
        "Take the pane that has focus away; a brings it back, no line is lost meanwhile.",
        rank=18,
        why_not=_last_pane,
    ),
    Action(
        "logs.earlier",
        ("less_than_sign",),
        "move back",
        "Move the pane that has focus one place back.",
        footer=False,
        why_not=_at_the_front,
    ),
    Action(
        "logs.later",
        ("greater_than_sign",),
        "move on",
        "Move the pane that has focus one place on.",
        footer=False,
        why_not=_at_the_end,
    ),
    Action(
        "logs.next-pane",
        ("tab",),
        "next pane",
        "Go to the next pane, also where it is not in sight.",
        footer=False,
    ),
    Action(
        "logs.previous-pane",
        ("shift+tab",),
        "pane before",
        "Go to the pane before.",
        footer=False,
    ),
)

ACTIONS = (
    *_FINDING[:2],
    *_PANES[:2],
    Action(
        "logs.pause",
        ("space",),
        "pause",
        "Stop a pane where it is, or follow again; no line is lost meanwhile.",
        rank=1,
    ),
    Action(
        "logs.follow",
        ("end",),
        "follow",
        "Keep the newest record in sight again; pressed once more, in all panes.",
        rank=8,
        why_not=_not_paused,
    ),
    *_FINDING[2:],
    *_RECORDS,
    *_PANES[2:],
)
"""In the order in which the footer shows them."""

KEEP = Action("logs.keep", ("enter",), "keep it", "Keep what was typed, and go back to the panes.")
"""While one types; the line itself takes the key."""
