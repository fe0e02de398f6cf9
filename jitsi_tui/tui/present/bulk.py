"""A list of new moderators: what would become of it, how far it is, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jitsi_tui import text
from jitsi_tui.instance.accounts.bulk import Preview
from jitsi_tui.instance.accounts.bulk_add import BulkResult, Made
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line, line, marked, wrap

_SHOWN = 8


def preview_lines(found: Preview | None, wrong: str, cells: int) -> list[Line]:
    """What the list would make; what is wrong with it first."""
    lines: list[Line] = []
    if wrong:
        head, *rest = wrap(visible(wrong), cells - 2)
        lines += [line(marked("bad"), " ", *head), *(line("  ", *row) for row in rest)]
    if found is None:
        return lines or [line(("Nobody yet.", "dim"))]
    lines.append(
        line(
            marked("good" if found.good else "off"),
            (f" {found.to_add}", "strong"),
            (f"   {len(found.wrong)} wrong", "bad" if found.wrong else "dim"),
            (f"   {len(found.existing)} exist already", "dim"),
        )
    )
    for entry in found.wrong[:_SHOWN]:
        head, *rest = wrap(visible(f"line {entry.line}: {entry.problem}"), cells - 2)
        lines += [line(marked("bad"), " ", *head), *(line("  ", *row) for row in rest)]
    if len(found.wrong) > _SHOWN:
        lines.append(line((f"  and {len(found.wrong) - _SHOWN} more wrong lines", "dim")))
    for entry in found.existing[:3]:
        lines.append(
            line(
                marked("off"), (f" line {entry.line}: {visible(entry.name)} stays as it is", "dim")
            )
        )
    return lines


def before_adding(found: Preview, to: Path | None, cells: int) -> list[Line]:
    """The last words before they are made."""
    names = [visible(entry.name) for entry in found.good[:6]]
    more = f" and {len(found.good) - 6} more" if len(found.good) > 6 else ""
    lines = wrap(", ".join(names) + more, cells)
    if found.wrong:
        words = f"{text.count(len(found.wrong), 'line')} with mistakes left out"
        lines.append(line(marked("attention"), f" {words}"))
    where = f"written to {to}, for you alone" if to is not None else "shown once"
    lines += wrap(visible(f"Passphrases that are made are {where}."), cells, "dim")
    return lines


def progress(made: int, total: int, cells: int) -> list[Line]:
    """A bar and its numbers."""
    wide = max(10, min(cells - 14, 48))
    full = wide * made // total if total else wide
    return [line(("━" * full, "accent"), ("─" * (wide - full), "faint"), f"  {made} of {total}")]


def generated(result: BulkResult) -> tuple[Made, ...]:
    """The accounts whose passphrases were made here."""
    return tuple(made for made in result.made if made.generated)


def result_title(result: BulkResult | None, domain: str, cells: int) -> list[Line]:
    """How it ended, in one line."""
    if result is None:
        return []
    good = not (result.failed or result.left)
    words = f" {text.count(len(result.made), 'moderator')} added"
    return [
        line(marked("good" if good else "attention"), (words, "strong")),
        *wrap(visible(f"on {domain}"), cells, "dim"),
    ]


def result_lines(result: BulkResult | None, file: str | None, note: str, cells: int) -> list[Line]:
    """What became of the others, and of the passphrases."""
    if result is None:
        return []
    lines: list[Line] = []
    for name, why in result.failed[:_SHOWN]:
        lines.append(line(marked("bad"), f" {visible(name)}: {visible(why)}"))
    if len(result.failed) > _SHOWN:
        lines.append(line((f"  and {len(result.failed) - _SHOWN} more", "dim")))
    if result.existing:
        words = f" {len(result.existing)} existed already and stay as they are"
        lines.append(line(marked("off"), (words, "dim")))
    if result.left:
        words = f"{len(result.left)} not made: {result.stopped}. Add the same list again to go on."
        lines += _with_mark("attention", words, cells)
    for words in filter(None, (note, result.unwritten)):
        lines += _with_mark("bad", words, cells)
    if file is not None:
        lines += _with_mark("good", f"Passphrases are in {file} (0600).", cells)
    elif generated(result):
        words = "They are shown this once and kept nowhere."
        lines += wrap(words, cells, "dim")
    return lines


def _with_mark(tone: text.Tone, words: str, cells: int) -> list[Line]:
    head, *rest = wrap(visible(words), cells - 2)
    return [line(marked(tone), " ", *head), *(line("  ", *row) for row in rest)]


def as_lines(made: Sequence[Made]) -> str:
    """Name, tab, passphrase: one a line."""
    return "".join(f"{m.name}\t{m.password.reveal()}\n" for m in made)
