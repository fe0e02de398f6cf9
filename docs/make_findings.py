"""Writes docs/findings.md from the rules themselves: ``python docs/make_findings.py``."""

from __future__ import annotations

from pathlib import Path

from jitsi_tui.instance.findings import RULES

TARGET = Path(__file__).parent / "findings.md"
_HEAD = """# Findings

What `jitsi-tui status`, the Overview and `--json` can say of a server. An *error* keeps the server
from doing what it looks like it does, a *warning* wants a look, an *info* is worth knowing. Made by
`python docs/make_findings.py`.

| id | severity | what | why it matters |
|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = [f"| `{r.id}` | {r.severity} | {r.what} | {r.why} |\n" for r in RULES]
    return _HEAD + "".join(rows)


if __name__ == "__main__":
    TARGET.write_text(page(), "utf-8")
