"""What is kept of a text before a change: read with it, the text after says what it says alone."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from jitsi_tui.configs import syntax
from jitsi_tui.configs.document import ConfigError
from jitsi_tui.configs.prosody import ProsodyFile, chunk
from tests.fuzz_configs import PIECES, mutated, seeds

if TYPE_CHECKING:
    from tree_sitter import Node

HOST = 'VirtualHost "h{}.example.org"\n    authentication = "internal_hashed" -- kept\n\n'


def shape(root: Node) -> list[tuple[object, ...]]:
    """All that a tree says."""
    nodes = [root]
    for node in nodes:
        nodes += node.children
    return [
        (n.type, n.start_byte, n.end_byte, n.start_point, n.is_missing, n.is_error, n.child_count)
        for n in nodes
    ]


def reading(text: str, before: ProsodyFile | None = None) -> object:
    """All that a Prosody file says, or why it is refused."""
    try:
        file = before.reparsed(text) if before is not None else ProsodyFile.parse(text, "x")
    except ConfigError as refused:
        return str(refused), refused.line, refused.hint
    return file.settings(), file.hosts(), file.includes()


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


def test_a_prosody_file_says_in_sections_what_it_says_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts, rng = seeds("prosody"), random.Random(2)
    in_sections = 0
    for _ in range(300):
        text = rng.choice(texts)
        changed = mutated(text, texts, PIECES["prosody"], rng)
        whole = reading(changed)
        with monkeypatch.context() as small:
            small.setattr(chunk, "_SECTION", 1)
            assert reading(changed) == whole, changed
            try:
                before = ProsodyFile.parse(text, "x")
            except ConfigError:
                continue
            assert reading(changed, before) == whole, changed
            in_sections += len(chunk.Chunk(text, "x").sections) > 1
    assert in_sections > 60


def test_a_change_of_a_long_file_reads_one_section_again() -> None:
    text = "".join(map(HOST.format, range(4000)))
    before = chunk.Chunk(text, "x")
    at = text.index('"h2000.')
    after = chunk.Chunk(text[:at] + '"another.' + text[at + 7 :], "x", before)
    assert len(before.sections) == len(after.sections) > 5
    assert len(set(after.sections) - set(before.sections)) == 1


@pytest.mark.parametrize(
    ("opens", "closes"),
    [("x = [[\n", "]]\n"), ("--[[\n", "--]]\n"), ("if a then\n", "end\n"), ("return\n", "")],
)
def test_no_section_begins_where_no_statement_does(
    opens: str, closes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = "".join(map(HOST.format, range(5)))
    text = hosts + opens + hosts + closes
    found = []
    for size in (1, len(text)):
        monkeypatch.setattr(chunk, "_SECTION", size)
        found.append(reading(text))
    assert found[0] == found[1]
