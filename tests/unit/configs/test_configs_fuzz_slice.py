"""A slice of the fuzzer: mutated files break no law. `make fuzz` runs as many as one likes."""

from __future__ import annotations

import pytest

from tests.fuzz_configs import run
from tests.oracles.cases import OracleGetter
from tests.oracles.laws import Dialect


@pytest.mark.parametrize(
    ("dialect", "count"), [("prosody", 600), ("meet", 600), ("hocon", 600), ("properties", 2000)]
)
@pytest.mark.timeout(600)
def test_mutated_files_break_no_law(dialect: Dialect, count: int, oracles_of: OracleGetter) -> None:
    oracles_of(dialect)
    counts, finds = run(dialect, count, seed=2024)
    assert not finds, finds[0]
    assert counts["edited"] > count / 10
