from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .following import Following
from .machine import Machine


@pytest.fixture
def machine() -> Iterator[Machine]:
    machine = Machine()
    yield machine
    machine.close()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "a.log"


class Open:
    """Opens followers that end with the test."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def __call__(self, *paths: Path, tail: int = -1) -> Following:
        return Following(self._machine, *paths, tail=tail)


@pytest.fixture
def follow(machine: Machine) -> Open:
    return Open(machine)
