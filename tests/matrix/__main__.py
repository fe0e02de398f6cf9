"""``make matrix``: plays every case and writes docs/fault-matrix.md."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path

from . import ALL_FAULTS
from .faults import Fault, Row, play
from .pausing import BEFORE, STEPS

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
    parser.add_argument("--no-document", action="store_true", help="leave docs/ as it is")
    options = parser.parse_args()
    faults = [f for f in ALL_FAULTS if not options.names or f.name in options.names]
    rows = list(_play_all(faults, options.step, options.release))
    if not options.no_document and not options.names and not options.step:
        _DOC.write_text(document(rows), encoding="utf-8")
    failed = [row for row in rows if row.problems]
    print(f"{len(rows)} cases, {len(failed)} not as they must be")
    return 1 if failed else 0


def _play_all(faults: Iterable[Fault], steps: list[str] | None, release: str) -> Iterable[Row]:
    for fault in faults:
        for step in fault.expected:
            if steps and step not in steps:
                continue
            try:
                row = play(fault, step, release)
            except Exception:  # the next case is another host
                row = Row(fault, step, None, "", 0.0, (traceback.format_exc(),))
            ending = row.ending.value if row.ending else "?"
            print(f"{fault.name} at {step}: {ending} in {row.seconds:.0f} s", flush=True)
            for problem in row.problems:
                print(f"    {problem}", flush=True)
            yield row


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
