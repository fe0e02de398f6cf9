"""``make matrix``: plays every case and writes docs/fault-matrix.md."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import traceback
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any, TypeAlias

from jitsi_tui.instance.model import Ending

from . import ALL_FAULTS
from .faults import Row, play
from .pausing import BEFORE, STEPS

_FAULTS = {fault.name: fault for fault in ALL_FAULTS}
_DOC = Path(__file__).parents[2] / "docs" / "fault-matrix.md"
_HEAD = """# What happens when something goes wrong

Each row is a fault, each column the step of a change at which it strikes on a real Debian host
(see `tests/matrix`). **A**: changed and proved. **R**: refused, nothing was changed (exit 1).
**B**: rolled back, files and services as before (exit 4). **X**: could not be rolled back by
itself, the commands to run by hand are said (exit 5). After each case the files (bytes, owner,
mode, ACL, attributes, links), the services, what the server answers, and that nothing is left
behind are compared.

Made by `make matrix`; `make test` plays a part of it.
"""
_LETTERS = {"applied": "A", "refused": "R", "rolled back": "B", "broken": "X", None: "?"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("names", nargs="*", help="faults to play; all without")
    parser.add_argument("--step", action="append", help="only these steps")
    parser.add_argument("--release", default="bookworm")
    parser.add_argument("--jobs", type=int, default=1, help="cases at the same time")
    parser.add_argument(
        "--journal", type=Path, help="writes each case down, and plays none that is in it"
    )
    parser.add_argument("--no-document", action="store_true", help="leave docs/ as it is")
    options = parser.parse_args()
    faults = [f for f in ALL_FAULTS if not options.names or f.name in options.names]
    cases = [(f.name, s) for f in faults for s in f.expected if s in (options.step or f.expected)]
    journal = Journal(options.journal)
    todo = [case for case in cases if case not in journal.rows]
    for row in _play_all(todo, options.release, options.jobs):
        journal.add(row)
    rows = [journal.rows[case] for case in cases]
    if not options.no_document and not options.names and not options.step:
        _DOC.write_text(document(rows), encoding="utf-8")
    failed = [row for row in rows if row.problems]
    print(f"{len(rows)} cases, {len(failed)} not as they must be")
    return 1 if failed else 0


class Journal:
    """The cases that were played, on disk as they come: a run of hours may be broken off."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.rows: dict[tuple[str, str], Row] = {}
        if path is not None and path.is_file():
            for line in path.read_text("utf-8").splitlines():
                self._keep(_row(json.loads(line)))

    def add(self, row: Row) -> None:
        self._keep(row)
        if self._path is not None:
            fields = dataclasses.asdict(row) | {"fault": row.fault.name, "ending": None}
            fields["ending"] = row.ending.value if row.ending else None
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(fields) + "\n")

    def _keep(self, row: Row) -> None:
        self.rows[row.fault.name, row.step] = row


def _row(fields: dict[str, Any]) -> Row:
    ending = Ending(fields["ending"]) if fields["ending"] else None
    problems = tuple(fields["problems"])
    return Row(
        _FAULTS[fields["fault"]],
        fields["step"],
        ending,
        fields["message"],
        fields["seconds"],
        problems,
    )


def _play_all(cases: Iterable[tuple[str, str]], release: str, jobs: int) -> Iterator[Row]:
    with ProcessPoolExecutor(jobs) as pool:
        played = [pool.submit(_play, name, step, release) for name, step in cases]
        for each in as_completed(played):
            name, step, ending, message, seconds, problems = each.result()
            row = Row(_FAULTS[name], step, ending, message, seconds, problems)
            said = ending.value if ending else "?"
            print(f"{name} at {step}: {said} in {seconds:.0f} s", flush=True)
            for problem in problems:
                print(f"    {problem}", flush=True)
            yield row


Played: TypeAlias = tuple[str, str, Ending | None, str, float, tuple[str, ...]]


def _play(name: str, step: str, release: str) -> Played:
    """One case, in a process of its own; a fault itself can't travel between processes."""
    try:
        row = play(_FAULTS[name], step, release)
    except Exception:  # the next case is another host
        return name, step, None, "", 0.0, (traceback.format_exc(),)
    return name, step, row.ending, row.message, row.seconds, row.problems


def document(rows: Iterable[Row]) -> str:
    """The table, as Markdown: faults that strike at steps, then those that are there before."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        letter = _LETTERS[row.ending.value if row.ending else None]
        cell = letter if not row.problems else f"**{letter}!**"
        found.setdefault(row.fault.title, {})[row.step] = cell
    at_steps = {t: cells for t, cells in found.items() if set(cells) & set(STEPS)}
    others = {t: cells for t, cells in found.items() if t not in at_steps}
    columns = (BEFORE, *STEPS)
    lines = [_HEAD, "| fault | " + " | ".join(columns) + " |", "|---" * (1 + len(columns)) + "|"]
    for title, cells in at_steps.items():
        lines.append(f"| {title} | " + " | ".join(cells.get(c, "") for c in columns) + " |")
    lines += ["", "| fault, there before the apply or at a system call | ending |", "|---|---|"]
    for title, cells in others.items():
        shown = ", ".join(c if s == BEFORE else f"{s}: {c}" for s, c in cells.items())
        lines.append(f"| {title} | {shown} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
