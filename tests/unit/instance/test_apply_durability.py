"""A trace of the run's system calls: what a power cut can't undo is on the disk first."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jitsi_tui.instance.model import Ending, Outcome

from .tree import (
    JICOFO,
    JICOFO_OPEN,
    JICOFO_SECURE,
    OPEN,
    PROSODY,
    SECURE,
    Tree,
    answers,
    wait_until,
)

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")

_CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+)")
_NAME = re.compile(r'"((?:[^"\\]|\\.)*)"')
_OPEN = re.compile(r"^\d+<([^>]*)>")


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    made = Tree(tmp_path)
    made.start_services()
    yield made
    made.stop_services()


def calls_of(tree: Tree, trace: Path) -> list[tuple[str, list[str]]]:
    """What succeeded: the call, and the paths it names."""
    found = []
    for line in trace.read_text().splitlines():
        match = _CALL.match(line)
        if match and not match[3].startswith("-"):
            opened = _OPEN.match(match[2])
            paths = [opened[1]] if opened else _NAME.findall(match[2])
            found.append((match[1], [path.replace(str(tree.root), "") for path in paths]))
    return found


@pytest.mark.parametrize(
    ("proof", "ending"), [(Outcome.PROVED, Ending.APPLIED), (Outcome.WRONG, Ending.ROLLED_BACK)]
)
def test_files_are_synced_before_and_folders_after_every_rename(
    tree: Tree, tmp_path: Path, proof: Outcome, ending: Ending
) -> None:
    trace = tmp_path / "trace"
    tree.under_strace(str(trace), "-e trace=fsync,rename,renameat2,link")

    assert tree.apply(prove=lambda: (proof, None, ("as asked",))).ending is ending

    calls = calls_of(tree, trace)
    renames = [
        (number, paths)
        for number, (name, paths) in enumerate(calls)
        if name.startswith("rename") and paths[-1].startswith(("/etc/", "/var/"))
    ]
    assert len(renames) >= 2
    synced: set[str] = set()
    for number, (name, paths) in enumerate(calls):
        if name == "fsync":
            synced.add(paths[0])
        if (number, paths) in renames and paths[0].endswith(".new"):
            assert paths[0] in synced, f"{paths[0]} was not synced before it was renamed"
    for number, paths in renames:
        folder = paths[-1].rsplit("/", 1)[0]
        after = calls[number + 1] if number + 1 < len(calls) else ("nothing", [])
        assert after == ("fsync", [folder]), f"{folder} was not synced after {paths}"


def test_a_disk_that_fails_as_one_file_is_given_back_keeps_no_other_from_it(
    tree: Tree, tmp_path: Path
) -> None:
    wrong = (Outcome.WRONG, None, ("as asked",))
    tree.path("/var/backups/jitsi-tui").mkdir(mode=0o700)  # so that both runs make the same calls
    trace = tmp_path / "trace"
    tree.under_strace(str(trace), "-e trace=fsync,renameat2")
    assert tree.apply(prove=lambda: wrong).ending is Ending.ROLLED_BACK
    calls = calls_of(tree, trace)
    back = next(
        number
        for number, (name, paths) in enumerate(calls)
        if name == "renameat2" and paths[0].endswith(".old")
    )
    fails = sum(name == "fsync" for name, _ in calls[:back]) + 1
    tree.under_strace("/dev/null", f"-e trace=fsync -e inject=fsync:error=EIO:when={fails}")

    result = tree.apply(prove=lambda: wrong)

    assert (tree.read(PROSODY), tree.read(JICOFO)) == (OPEN, JICOFO_OPEN)
    assert result.ending is Ending.BROKEN
    assert "can't be synced" in result.message


_POINTS = (1, 15, 33, 52, 70, 88)
"""Calls at which every test run kills; the rest is for ``-m slow``."""


@pytest.mark.parametrize(
    "number",
    [pytest.param(n, marks=() if n in _POINTS else pytest.mark.slow) for n in range(1, 121)],
)
def test_a_run_killed_at_any_call_is_finished_or_undone_by_its_watcher(
    tree: Tree, number: int
) -> None:
    calls = "write,fsync,rename,renameat2,link,unlink,mkdir,rmdir"
    tree.under_strace(
        "/dev/null", f"-e trace={calls} -e inject={calls}:signal=SIGKILL:when={number}"
    )

    result = tree.apply()

    files = (tree.read(PROSODY), tree.read(JICOFO))
    if result.ending is Ending.APPLIED:
        assert files == (SECURE, JICOFO_SECURE)
    else:
        assert result.ending in (Ending.REFUSED, Ending.ROLLED_BACK)
        assert files == (OPEN, JICOFO_OPEN)
    assert {backup.state for backup in tree.backups()} == {
        Ending.APPLIED: {"applied"},
        Ending.ROLLED_BACK: {"rolled-back"},
        Ending.REFUSED: set(),
    }[result.ending]
    wait_until(lambda: tree.strays() == [])
    for port in tree.ports.values():
        wait_until(lambda port=port: answers(port))
