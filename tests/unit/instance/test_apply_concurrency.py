"""Two admins press the key at the same moment."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from jitsi_tui.instance.model import Applied, Ending, FileChange

from .tree import JICOFO, PROSODY, Tree

WANTED = (b"# one's\n", b"# the other's\n")


def both_at_once(tree: Tree) -> list[Applied]:
    """Two plans made for the same state, run at the same moment."""
    plans = []
    for text in WANTED:
        changes = [
            FileChange(path, tree.read(path), tree.read(path) + text) for path in (PROSODY, JICOFO)
        ]
        plans.append(tree.plan(*changes))
    results: list[Applied] = []
    gate = threading.Barrier(len(plans))

    def press(number: int) -> None:
        gate.wait()
        results.append(tree.apply(plans[number], who=f"admin {number}", on_step=lambda step: None))

    threads = [threading.Thread(target=press, args=(n,)) for n in range(len(plans))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.timeout(900)
@pytest.mark.parametrize("rounds", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_one_of_two_admins_wins_and_the_other_is_refused_in_words(
    tmp_path: Path, rounds: int
) -> None:
    tree = Tree(tmp_path)
    tree.start_services()
    try:
        for number in range(rounds):
            before = (tree.read(PROSODY), tree.read(JICOFO))

            results = both_at_once(tree)

            endings = sorted(result.ending.value for result in results)
            assert endings == [Ending.APPLIED.value, Ending.REFUSED.value], number
            refused = next(r for r in results if r.ending is Ending.REFUSED)
            assert "another change" in refused.message or "was changed" in refused.message
            now = (tree.read(PROSODY), tree.read(JICOFO))
            assert now in [tuple(data + text for data in before) for text in WANTED]
            assert tree.strays() == []
    finally:
        tree.stop_services()
