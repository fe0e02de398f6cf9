"""The cases of tests/configs_corpus: a folder each, with what stands before and what must follow.

``before`` is the file, ``wanted.json`` the changes as data, and either ``after`` the file after
them or ``refusal.json`` the line and words of the refusal.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jitsi_tui.configs.document import decode

from .laws import DOCUMENTS, Dialect, Step
from .workers import Oracle

OracleGetter = Callable[[Dialect], list[Oracle]]
"""The test fixture that starts a dialect's oracles."""

FOLDER = Path(__file__).parents[1] / "configs_corpus"


@dataclass(frozen=True)
class Case:
    """One case. ``after`` is None where ``refusal`` is wanted."""

    dialect: Dialect
    name: str
    before: str
    steps: list[Step]
    after: str | None
    refusal: dict[str, Any] | None

    def __str__(self) -> str:
        return f"{self.dialect}/{self.name}"


def load() -> list[Case]:
    """Every case, by name."""
    found = []
    for dialect in DOCUMENTS:
        for folder in sorted((FOLDER / dialect).iterdir()):
            after, refusal = folder / "after", folder / "refusal.json"
            found.append(
                Case(
                    dialect,
                    folder.name,
                    decode((folder / "before").read_bytes()),
                    json.loads((folder / "wanted.json").read_text()),
                    decode(after.read_bytes()) if after.exists() else None,
                    json.loads(refusal.read_text()) if refusal.exists() else None,
                )
            )
    return found
