"""What is kept of a text before a change: read with it, the text after says what it says alone."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from jitsi_tui.configs import syntax
from tests.fuzz_configs import PIECES, mutated, seeds

if TYPE_CHECKING:
    from tree_sitter import Node


def shape(root: Node) -> list[tuple[object, ...]]:
    """All that a tree says."""
    nodes = [root]
    for node in nodes:
        nodes += node.children
    return [
        (n.type, n.start_byte, n.end_byte, n.start_point, n.is_missing, n.is_error, n.child_count)
        for n in nodes
    ]


def test_a_changed_scripts_tree_is_the_one_that_it_has_alone() -> None:
    texts, rng = seeds("meet"), random.Random(1)
    without_error = 0
    for _ in range(200):
        text = rng.choice(texts)
        changed = mutated(text, texts, PIECES["meet"], rng)
        alone = syntax.parse("javascript", changed)
        after = syntax.parse("javascript", changed, syntax.parse("javascript", text))
        assert shape(after.root) == shape(alone.root), changed
        without_error += not alone.root.has_error
    assert without_error > 60
