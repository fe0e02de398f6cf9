"""Permission bits as part of the transaction: changed, proved, or as before."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jitsi_tui.instance.model import Ending, FileChange, Outcome, Plan, Verdict
from jitsi_tui.instance.transaction import apply
from jitsi_tui.ssh.host import ConnectionLostError

from .test_apply import run_process
from .tree import JICOFO, JICOFO_OPEN, JICOFO_SECURE, Tree

WIDE, NARROW = 0o644, 0o640


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    made = Tree(tmp_path)
    made.start_services()
    made.path(JICOFO).chmod(WIDE)
    yield made
    made.stop_services()


def mode(tree: Tree) -> int:
    return tree.path(JICOFO).stat().st_mode & 0o7777


def plan(tree: Tree, after: bytes) -> Plan:
    change = FileChange(JICOFO, JICOFO_OPEN, after, mode_before=WIDE, mode_after=NARROW)
    planned = tree.plan(change)
    if after == JICOFO_OPEN:
        return replace(planned, restarts=())
    return replace(planned, restarts=("jicofo",))


@pytest.mark.parametrize("after", [JICOFO_OPEN, JICOFO_SECURE], ids=["alone", "with bytes"])
def test_a_mode_is_changed_and_remembered(tree: Tree, after: bytes) -> None:
    pid = tree.pid("jicofo")
    result = tree.apply(plan(tree, after))
    assert result.ending is Ending.APPLIED
    assert (mode(tree), tree.read(JICOFO)) == (NARROW, after)
    assert (tree.pid("jicofo") == pid) is (after == JICOFO_OPEN)
    [entry] = tree.backups()[0].files
    assert (entry.mode_before, entry.mode_after) == (WIDE, NARROW)
    assert tree.strays() == []


@pytest.mark.parametrize("after", [JICOFO_OPEN, JICOFO_SECURE], ids=["alone", "with bytes"])
def test_a_mode_whose_proof_fails_is_as_before(tree: Tree, after: bytes) -> None:
    def wrong() -> tuple[Outcome, Verdict | None, tuple[str, ...]]:
        assert mode(tree) == NARROW
        return Outcome.WRONG, None, ("no",)

    result = tree.apply(plan(tree, after), prove=wrong)
    assert result.ending is Ending.ROLLED_BACK
    assert (mode(tree), tree.read(JICOFO)) == (WIDE, JICOFO_OPEN)
    assert tree.strays() == []


@pytest.mark.parametrize("after", [JICOFO_OPEN, JICOFO_SECURE], ids=["alone", "with bytes"])
def test_a_killed_run_gives_the_mode_back_at_the_next_connection(tree: Tree, after: bytes) -> None:
    def kill() -> tuple[Outcome, Verdict | None, tuple[str, ...]]:
        process = run_process(tree)
        watcher = int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])
        os.kill(process, signal.SIGSTOP)  # or it may go on between the two
        os.kill(watcher, signal.SIGKILL)
        os.kill(process, signal.SIGKILL)
        raise ConnectionLostError("gone", "")

    with pytest.raises(ConnectionLostError):
        tree.apply(plan(tree, after), prove=kill)
    assert mode(tree) == NARROW
    assert apply.recover(tree.host, tree.instance()) is not None
    assert (mode(tree), tree.read(JICOFO)) == (WIDE, JICOFO_OPEN)
    assert tree.strays() == []


def test_a_mode_that_somebody_narrowed_meanwhile_is_refused(tree: Tree) -> None:
    tree.path(JICOFO).chmod(NARROW)
    assert tree.apply(plan(tree, JICOFO_OPEN)).ending is Ending.REFUSED
    assert mode(tree) == NARROW
