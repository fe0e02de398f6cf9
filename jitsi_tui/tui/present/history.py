"""What was changed: a timeline, and one change in full."""

from __future__ import annotations

from datetime import datetime

from jitsi_tui import text
from jitsi_tui.instance.model import Backup
from jitsi_tui.instance.transaction import proof
from jitsi_tui.instance.transaction.pruning import Pruning
from jitsi_tui.text import Tone, visible
from jitsi_tui.tui.lines import Line, Run, line, marked, wrap
from jitsi_tui.tui.state import State

_STATES: dict[str, tuple[Tone, str]] = {
    "applied": ("good", "made"),
    "rolled-back": ("off", "rolled back"),
    "open": ("attention", "never ended"),
    "failed": ("bad", "failed"),
}


def cells(backup: Backup, now: datetime) -> tuple[Run, ...]:
    """One change: how it ended, when, who, what."""
    tone, word = _STATES[backup.state]
    what = visible(backup.what)
    return (
        (text.MARKS[tone], tone),
        (text.ago(backup.time, now), "dim"),
        (what[:1].upper() + what[1:], ""),
        (visible(backup.who), "dim"),
        (word, "dim" if backup.state == "applied" else tone),
    )


def head(state: State, now: datetime) -> list[Line]:
    """How many there are, or what is waited for."""
    if state.backups is None:
        waited = (now - state.backups_since).total_seconds() if state.backups_since else 0
        more = f"   {text.span(waited)}" if waited >= 1 else ""
        return [line((f"reading what was changed …{more}", "dim"))]
    if not state.backups:
        return [
            line(("Nothing was changed here yet.", "strong")),
            line(
                (
                    "Every change that jitsi-tui makes is kept with a backup and can be undone.",
                    "dim",
                )
            ),
            (),
            line(("2", "key"), ("  choose who may open meetings", "accent")),
        ]
    made = text.count(len(state.backups), "change")
    return [line((made[:1].upper() + made[1:], "strong"), ("   newest first", "dim"))]


def _proof(backup: Backup, cells_wide: int) -> list[Line]:
    """What was proved that day, or why it did not stay."""
    if backup.proof:
        sentence, asked = proof.split(backup.proof)
        return [
            line(("Proof of that day", "dim")),
            *wrap(visible(sentence), cells_wide),
            *wrap(visible(asked), cells_wide, "dim"),
            (),
        ]
    if backup.state == "applied":
        return [line(("Proof of that day", "dim")), line("none was had"), ()]
    lines: list[Line] = []
    if backup.message:
        lines += [line(("Why", "dim")), *wrap(visible(backup.message), cells_wide), ()]
    if backup.hint:
        lines.append(line(("To do by hand", "dim")))
        for row in visible(backup.hint, lines=True).split("\n"):
            lines += wrap(row, cells_wide)
        lines.append(())
    return lines


def pruning(found: Pruning, now: datetime, cells_wide: int) -> list[Line]:
    """What deleting backups costs, before it is confirmed."""
    lines: list[Line] = []
    for backup in found.gone[:8]:
        ago = text.ago(backup.time, now)
        lines += wrap(f"{ago}: {visible(backup.what)}", cells_wide)
    if len(found.gone) > 8:
        lines.append(line((f"and {len(found.gone) - 8} more", "dim")))
    for backup, why in found.held:
        stays = f"{text.ago(backup.time, now)}: {visible(backup.what)} stays, {why}"
        lines += wrap(stays, cells_wide, "attention")
    lines.append(())
    return [*lines, *wrap("None of these changes can be undone then.", cells_wide, "dim")]


def details(backup: Backup | None, now: datetime, cells_wide: int) -> list[Line]:
    """The change under the cursor: proof, time, files."""
    if backup is None:
        return []
    tone, word = _STATES[backup.state]
    lines: list[Line] = [
        *wrap(visible(backup.what)[:1].upper() + visible(backup.what)[1:], cells_wide, "strong"),
        line(marked(tone), (f" {word} {text.ago(backup.time, now)}", "")),
        (),
    ]
    lines += _proof(backup, cells_wide)
    lines += [
        line(("Who and when", "dim")),
        *wrap(f"{visible(backup.who)}, {text.exact(backup.time)}", cells_wide),
        (),
        line((text.count(len(backup.files), "file").capitalize(), "dim")),
    ]
    for file in backup.files:
        lines += wrap(visible(file.path), cells_wide)
    return lines
