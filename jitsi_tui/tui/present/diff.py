"""A plan as people review it: each file's diff, secrets masked, what was added and what goes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from jitsi_tui import text
from jitsi_tui.configs.diff import unified_diff
from jitsi_tui.configs.masking import mask_secrets
from jitsi_tui.instance.model import FileChange, Plan
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line, line, spread


def plan_diff(plan: Plan, cells: int) -> list[Line]:
    """Every file of a plan, its name and size over its diff."""
    return changes_diff(plan.changes, cells)


def changes_diff(changes: Sequence[FileChange], cells: int) -> list[Line]:
    """Every changed file, its name and size over its diff."""
    lines: list[Line] = []
    for change in changes:
        if lines:
            lines.append(())
        lines += [_file_line(change, cells), *change_lines(change)]
        if change.mode_after is not None:
            lines.append(line((f"  {text.mode_words(change)}", "added")))
    return lines


def file_lines(plan: Plan, cells: int) -> list[Line]:
    """The files alone, where the diff stands elsewhere."""
    return [_file_line(change, cells) for change in plan.changes]


def _file_line(change: FileChange, cells: int) -> Line:
    added, removed = text.changed_lines(change.before, change.after)
    size = line((f"+{added}", "good"), " ", (f"−{removed}", "bad"))
    folder, _, name = visible(change.path).rpartition("/")
    if len(folder) + len(name) + 12 > cells:
        folder = "…" + folder[-max(0, cells - len(name) - 14) :]
    return spread(line((f"{folder}/", "dim"), (name, "strong")), size, cells)


@lru_cache(maxsize=64)
def change_lines(change: FileChange) -> tuple[Line, ...]:
    """The diff of one file, without its headers: the name stands above it."""
    lines: list[Line] = []
    hunks = 0
    for row in _diff(change):
        shown = visible(row[1:]).replace("\t", "    ")
        if row.startswith("@@"):
            hunks += 1
            if hunks > 1:
                lines.append(line(("  ⋯", "faint")))
        elif row.startswith("\\"):
            lines.append(line((f"  ({shown.strip()})", "faint")))
        elif row.startswith("+"):
            lines.append(line((f"+ {shown}", "added")))
        elif row.startswith("-"):
            lines.append(line((f"− {shown}", "removed")))
        else:
            lines.append(line((f"  {shown}", "dim")))
    return tuple(lines)


def _diff(change: FileChange) -> list[str]:
    """Without the two lines that name the file, secrets masked."""
    before = change.before.decode("utf-8", "replace")
    after = change.after.decode("utf-8", "replace")
    diff = unified_diff(change.path, before, after)
    return (diff if change.public else mask_secrets(diff)).split("\n")[2:-1]
