"""What all tests share: which of them need real hosts or the corpus, and what happens without."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

from tests.lab.generations import corpus_folder
from tests.lab.requirements import missing

LAB_FIXTURES = {"lab_host", "module_lab_host", "shared_lab_host"}
_GARBAGE_AFTER = 50_000

pytest_plugins = ["tests.lab.fixtures"]

# How long an example takes says how busy the machine is.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for a host is a lab test, whether it says so or not."""
    for item in items:
        if LAB_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("lab")


def pytest_collection_finish() -> None:
    """Never look for garbage among the tests themselves; the app does likewise (``cli._loaded``).

    Where the screens are drawn, looking for it took a fifth of the processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_AFTER)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Without root or Debian's packages lab tests are skipped, but never unseen where CI runs."""
    if item.get_closest_marker("lab"):
        lacks = missing()
        if lacks and os.environ.get("CI") == "true":
            pytest.fail(f"the lab can't run here: {lacks}", pytrace=False)
        if lacks:
            pytest.skip(f"the lab can't run here: {lacks}")
    if item.get_closest_marker("corpus") and not corpus_folder().is_dir():
        pytest.skip(f"no corpus in {corpus_folder()}: set JITSI_TUI_CORPUS")
