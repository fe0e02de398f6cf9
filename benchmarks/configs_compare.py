"""``python -m benchmarks.configs_compare``: the cases through us and what else people use.

The cases were written for our editors, which were changed until all of them held; the commands
of the others were written once, by us, and not tuned to the cases. So the table shows what kinds
of file each copes with, and no rate of failure in the wild.

Right is what the dialect's own parsers read as asked for, everything else as before. Refused is
a tool that leaves the file alone and says so; wrong is another meaning, or a file that its
server would not read.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmarks.configs_tools import HoconSet, RefusedError, Tool, lineinfile, sed
from benchmarks.table import show
from jitsi_tui.configs.document import ConfigError
from tests.fuzz_configs import ORACLES
from tests.oracles import Oracle, OracleError, OracleExhaustedError
from tests.oracles.cases import Case, load
from tests.oracles.laws import DOCUMENTS, Dialect, Step, alike, expected, perform, settled

_ATTEMPTS = 5
_COMMENT = re.compile(r"--.*|//.*|#.*|/\*.*?\*/")


def ours(dialect: Dialect, text: str, steps: Sequence[Step]) -> str | None:
    """This project's editors."""
    try:
        document = DOCUMENTS[dialect].parse(text, "case")
        for step in steps:
            document = perform(document, step).document
    except ConfigError as refusal:
        raise RefusedError from refusal
    changed: str = document.text
    return changed


def removed(before: str, after: str) -> Counter[str]:
    """The lines of a text that are gone after a change."""
    matcher = difflib.SequenceMatcher(None, a := before.split("\n"), after.split("\n"), False)
    return Counter(
        line for tag, i, j, _, _ in matcher.get_opcodes() if tag != "equal" for line in a[i:j]
    )


def asked(oracle: Oracle, text: str) -> dict[str, Any]:
    """What an oracle reads; one that gave out is started anew, for it says nothing of the text."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return oracle.meaning(text)
        except OracleExhaustedError:
            oracle.close()
    return oracle.meaning(text)


def judged(case: Case, changed: str, oracles: list[Oracle]) -> bool | None:
    """Whether every oracle that reads the file says that the change is right; None if none can."""
    verdicts = []
    for oracle in oracles:
        try:
            before = asked(oracle, case.before)
        except OracleError:
            continue
        try:
            after = asked(oracle, changed)
        except OracleError:
            return False
        wanted = settled(case.dialect, expected(case.dialect, before, case.steps))
        verdicts.append(alike(wanted, settled(case.dialect, after)))
    return all(verdicts) if verdicts else None


def comments(text: str) -> Counter[str]:
    """The comments of a text."""
    return Counter(found.strip() for found in _COMMENT.findall(text))


def count(tool: Tool, cases: list[Case], oracles: dict[Dialect, list[Oracle]]) -> Counter[str]:
    """One tool's results."""
    counts: Counter[str] = Counter()
    for case in cases:
        try:
            changed = tool(case.dialect, case.before, case.steps)
        except RefusedError:
            counts["cases"] += 1
            counts["refused"] += 1
            continue
        if changed is None:
            continue
        counts["cases"] += 1
        verdict = judged(case, changed, oracles[case.dialect])
        counts[{True: "right", False: "wrong", None: "unread"}[verdict]] += 1
        if case.after is None:
            continue
        counts["comparable"] += 1
        counts["minimal"] += removed(case.before, changed) <= removed(case.before, case.after)
        gone = comments(case.before) - comments(case.after)
        counts["comments"] += not comments(case.before) - comments(changed) - gone
    return counts


def main() -> int:
    """Print the tables, one for each dialect and one for all."""
    cases = load()
    oracles: dict[Dialect, list[Oracle]] = {d: [kind() for kind in ORACLES[d]] for d in ORACLES}
    lacking = [o.available() for group in oracles.values() for o in group if o.available()]
    if lacking:
        print("; ".join(lacking), file=sys.stderr)
        return 1
    hocon_set = HoconSet()
    tools: dict[str, Tool] = {
        "jitsi-tui": ours,
        "ruby-hocon set": hocon_set,
        "sed of the guides": sed,
        "lineinfile": lineinfile,
    }
    head = ["files", "tool", "cases", "right", "refused", "wrong", "not judged",
            "nothing else changed", "comments kept"]  # fmt: skip
    rows = []
    for name in [*ORACLES, "all"]:
        chosen = [case for case in cases if name in (case.dialect, "all")]
        for tool_name, tool in tools.items():
            counts = count(tool, chosen, oracles)
            if counts["cases"]:
                of = f" of {counts['comparable']}"
                rows.append(
                    [name, tool_name, *(str(counts[key]) for key in _COLUMNS),
                     f"{counts['minimal']}{of}", f"{counts['comments']}{of}"]
                )  # fmt: skip
    show(head, rows)
    hocon_set.close()
    for group in oracles.values():
        for oracle in group:
            oracle.close()
    return 0


_COLUMNS = ("cases", "right", "refused", "wrong", "unread")


if __name__ == "__main__":
    sys.exit(main())
