"""Oracles that live as long as a test module: one process for many texts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz_configs import ORACLES, corpus
from tests.oracles import Oracle
from tests.oracles.cases import OracleGetter
from tests.oracles.laws import Dialect


@pytest.fixture(scope="module")
def oracles_of() -> Iterator[OracleGetter]:
    """The oracles of a dialect that this machine has; skips where there is none."""
    started: dict[Dialect, list[Oracle]] = {}

    def get(dialect: Dialect) -> list[Oracle]:
        if dialect not in started:
            started[dialect] = [kind() for kind in ORACLES[dialect]]
        usable = [oracle for oracle in started[dialect] if not oracle.available()]
        if not usable:
            pytest.skip("; ".join(oracle.available() for oracle in started[dialect]))
        return usable

    yield get
    for group in started.values():
        for oracle in group:
            oracle.close()


@pytest.fixture(scope="session")
def corpus_folder() -> Path:
    """The configuration files of real installations; skips where they are not."""
    folder = corpus()
    if not folder.is_dir():
        pytest.skip(f"{os.environ.get('JITSI_TUI_CORPUS', folder)} is not here: JITSI_TUI_CORPUS")
    return folder
