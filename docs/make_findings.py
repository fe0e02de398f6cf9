"""Writes docs/findings.md from the rules themselves: ``python docs/make_findings.py``."""

from __future__ import annotations

from pathlib import Path

from jitsi_tui.instance.findings import RULES
from jitsi_tui.instance.findings.subject import Rule
from jitsi_tui.instance.mending import MENDS

TARGET = Path(__file__).parent / "findings.md"
_HEAD = """# Findings

What `jitsi-tui status`, the Overview and `--json` can say of a server. An *error* keeps the server
from doing what it looks like it does, a *warning* wants a look, an *info* is worth knowing. What
`jitsi-tui mend` mends says so (`mendable` in `--json`); on a server where it can't, it says why and
what to do by hand, as it does for all others. Made by `python docs/make_findings.py`.

| id | severity | what | why it matters | `mend` |
|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(map(_row, RULES))


def _row(rule: Rule) -> str:
    mends = "yes" if rule.id in MENDS else "by hand"
    return f"| `{rule.id}` | {rule.severity} | {rule.what} | {rule.why} | {mends} |\n"


if __name__ == "__main__":
    TARGET.write_text(page(), "utf-8")
