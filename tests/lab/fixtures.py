"""Lab hosts as pytest fixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from .admin import secured
from .generations import available, corpus_folder
from .host import LabHost, Spec

HostFactory = Callable[..., LabHost]
"""Takes the fields of ``Spec`` by name; gives a running host."""


def _wanted(**options: Any) -> Spec:
    spec = Spec(**options)
    if not available(spec.generation):
        pytest.skip(f"no {spec.generation} in {corpus_folder()}: set JITSI_TUI_CORPUS")
    return spec


def _cached() -> Iterator[HostFactory]:
    hosts: dict[str, LabHost] = {}
    with ExitStack() as stack:

        def make(**options: Any) -> LabHost:
            spec = _wanted(**options)
            if repr(spec) not in hosts:
                hosts[repr(spec)] = stack.enter_context(LabHost(spec))
            return hosts[repr(spec)]

        yield make


@pytest.fixture
def lab_host() -> Iterator[HostFactory]:
    """A factory of fresh hosts, as many as a test wants; all end with the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(LabHost(_wanted(**options)))


@pytest.fixture(scope="module")
def module_lab_host() -> Iterator[HostFactory]:
    """A factory whose hosts are kept for the module: one for each set of options."""
    yield from _cached()


@pytest.fixture(scope="session")
def shared_lab_host() -> Iterator[HostFactory]:
    """A factory whose hosts are kept for the whole run, for tests that change nothing on them."""
    yield from _cached()


@pytest.fixture(scope="module", params=["bullseye", "bookworm", "trixie"])
def closed(request: pytest.FixtureRequest, module_lab_host: HostFactory) -> LabHost:
    """A host of each Debian with the secure domain as the guide makes it, and one moderator."""
    host = module_lab_host(
        release=request.param, generation="fixture", prepare=secured("meet.example.org")
    )
    host.wait_for_jitsi()
    return host
