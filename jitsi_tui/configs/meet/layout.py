"""Where a property goes in an object of config.js, how it looks there, and how it goes away."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from ..document import Edit, Value, end_of_line, indentation, line_end, line_start
from ..syntax import named
from .script import Source, key_source, literal

if TYPE_CHECKING:
    from tree_sitter import Node

BESIDE = {"anonymousdomain": "domain", "authdomain": "domain"}
"""Properties that belong below another one, for whoever reads the file next."""


class Layout:
    """The style of one object and the spans of its members."""

    def __init__(self, source: Source, made: Node) -> None:
        self.text = source.text
        self.source = source
        self.made = made
        self.members = [c for c in named(made) if c.type != "ERROR"]
        self.commas = [c for c in made.children if c.type == ","]
        self.quote = _quote(source, made)

    def member(self, key: str, value: Value) -> str:
        """A member's source in the style of its neighbours."""
        quoted_keys: Counter[str] = Counter()
        between: Counter[str] = Counter()
        columns: set[int] = set()
        for member in self.members:
            name, content = member.child_by_field_name("key"), member.child_by_field_name("value")
            if member.type == "pair" and name is not None and content is not None:
                first = self.text[name.start_byte]
                quoted_keys[first if first in "\"'" else ""] += 1
                gap = self.text[name.end_byte : content.start_byte]
                if gap.strip() == ":" and "\n" not in gap:
                    between[gap] += 1
                    columns.add(content.start_byte - member.start_byte - len(gap.lstrip(" ")))
        style = quoted_keys.most_common(1)[0][0] if quoted_keys else ""
        gap = between.most_common(1)[0][0] if between else ": "
        written = key_source(key, style, self.quote)
        if len(between) > 1 and len(columns) == 1:
            blanks = max(1, columns.pop() - len(written))
            gap = " " * blanks + gap.lstrip(" ")
        return written + gap + literal(value, self.quote)

    def insert(self, key: str, value: Value) -> list[Edit]:
        """The edits that add a member."""
        source = self.member(key, value)
        commented = self._commented(key)
        if commented is not None:
            edits = self._below_comment(commented, source)
            if edits:
                return edits
        if not self.members:
            return [self._into_empty(source)]
        beside = BESIDE.get(key)
        anchor = next((m for m in self.members if self._key(m) == beside), self.members[-1])
        return self._behind(anchor, source)

    def remove(self, gone: list[Node]) -> list[Edit]:
        """The edits that take members out, each with its comma, and with its lines if alone."""
        edits: list[Edit] = []
        starts = {member.start_byte for member in gone}
        kept = [m for m in self.members if m.start_byte not in starts]
        for member in gone:
            comma = self._comma_after(member)
            end = comma.end_byte if comma is not None else member.end_byte
            start = member.start_byte
            if comma is None and kept and kept[-1].end_byte < member.start_byte:
                before = self._comma_after(kept[-1])
                if before is not None and self.text[before.end_byte : start].strip(" \t"):
                    edits.append(Edit(before.start_byte, before.end_byte, ""))
                elif before is not None:
                    start = before.start_byte
            edits.append(self._without(member, start, end))
        unique = {(e.start, e.end): e for e in edits}
        return list(unique.values())

    # -- inside

    def _key(self, member: Node) -> str:
        key = member.child_by_field_name("key")
        return self.text[key.start_byte : key.end_byte].strip("\"'") if key is not None else ""

    def _commented(self, key: str) -> Node | None:
        """The last comment of the object that shows the key set."""
        shown = re.compile(rf"//\s*[\"']?{re.escape(key)}[\"']?\s*:")
        comments = [c for c in self.made.children if c.type == "comment"]
        found = [c for c in comments if shown.match(self.text[c.start_byte : c.end_byte])]
        return found[-1] if found else None

    def _below_comment(self, comment: Node, source: str) -> list[Edit]:
        end = line_end(self.text, comment.start_byte)
        before = [m for m in self.members if m.end_byte <= comment.start_byte]
        after = [m for m in self.members if m.start_byte > comment.start_byte]
        margin = indentation(self.text, comment.start_byte)
        newline = end_of_line(self.text, end)
        edits: list[Edit] = []
        trailing = bool(after)
        if before:
            comma = self._comma_after(before[-1])
            if comma is None:
                position = before[-1].end_byte
                edits.append(Edit(position, position, ","))
            elif comma.start_byte > comment.start_byte:
                return []
            else:
                trailing = True
        return [*edits, Edit(end, end, newline + margin + source + ("," if trailing else ""))]

    def _behind(self, anchor: Node, source: str) -> list[Edit]:
        text = self.text
        comma = self._comma_after(anchor)
        end = comma.end_byte if comma is not None else anchor.end_byte
        alone = not text[line_start(text, anchor.start_byte) : anchor.start_byte].strip()
        rest = self._rest_of_line(end)
        if alone and rest is not None:
            newline, margin = end_of_line(text, rest), indentation(text, anchor.start_byte)
            edits = [] if comma is not None else [Edit(anchor.end_byte, anchor.end_byte, ",")]
            tail = "," if comma is not None else ""
            return [*edits, Edit(rest, rest, newline + margin + source + tail)]
        first = comma or self._comma_before(anchor)
        if first is not None and (edit := self._comma_first(anchor, first, source)):
            return [edit]
        minified = self.commas and text[self.commas[0].end_byte] not in " \t\r\n"
        space = (
            ""
            if minified or (not self.commas and "{ " not in text[self.made.start_byte :][:2])
            else " "
        )
        if comma is not None:
            return [Edit(end, end, f"{space}{source},")]
        return [Edit(end, end, f",{space}{source}")]

    def _comma_first(self, anchor: Node, comma: Node, source: str) -> Edit | None:
        """The edit where commas begin the lines and don't end them."""
        text = self.text
        margin = text[line_start(text, comma.start_byte) : comma.start_byte]
        rest = self._rest_of_line(anchor.end_byte)
        follows = comma.start_byte > anchor.start_byte
        if margin.strip() or rest is None or (follows and rest > comma.start_byte):
            return None
        space = re.compile(r"[ \t]*").match(text, comma.end_byte)
        gap = space[0] if space else ""
        return Edit(rest, rest, f"{end_of_line(text, rest)}{margin},{gap}{source}")

    def _into_empty(self, source: str) -> Edit:
        text = self.text
        start, end = self.made.start_byte + 1, self.made.end_byte - 1
        inside = text[start:end]
        if "\n" not in inside:
            return (
                Edit(start, end, f" {source} ")
                if not inside.strip()
                else Edit(start, start, f" {source}")
            )
        margin = indentation(text, end)
        position = start + len(inside.rstrip(" \t").removesuffix("\n").removesuffix("\r"))
        newline = end_of_line(text, end)
        comments = [c for c in self.made.children if c.type == "comment"]
        inner = indentation(text, comments[0].start_byte) if comments else margin + "    "
        return Edit(position, position, newline + inner + source)

    def _comma_after(self, member: Node) -> Node | None:
        """The comma that ends a member, if one does before the next member."""
        sibling = member.next_sibling
        while sibling is not None and sibling.type == "comment":
            sibling = sibling.next_sibling
        return sibling if sibling is not None and sibling.type == "," else None

    def _comma_before(self, member: Node) -> Node | None:
        """The comma that a member has before it."""
        before = [comma for comma in self.commas if comma.start_byte < member.start_byte]
        return before[-1] if before else None

    def _rest_of_line(self, position: int) -> int | None:
        end = line_end(self.text, position)
        rest = self.text[position:end].strip()
        block = re.fullmatch(r"/\*(?:(?!\*/).)*\*/", rest)
        closed = self.made.end_byte <= end
        return end if (not rest or rest.startswith("//") or block) and not closed else None

    def _without(self, member: Node, start: int, end: int) -> Edit:
        """The edit that takes out ``start`` to ``end``: a member and a comma."""
        text = self.text
        first = line_start(text, start)
        rest = self._rest_of_line(end)
        if rest is not None and not text[first:start].strip():
            newline = text.find("\n", rest)
            if newline >= 0 and first > self.made.start_byte:
                return Edit(first, newline + 1, "")
        last = member.start_byte == self.members[-1].start_byte
        while not last and text[end] in " \t":
            end += 1
        while last and text[start - 1] in " \t":
            start -= 1
        if last and len(self.members) == 1:
            while text[end] in " \t":
                end += 1
        return Edit(start, end, "")


def _quote(source: Source, made: Node) -> str:
    """The quote that the object's strings have, or most strings of the file."""
    seen: Counter[str] = Counter()
    for member in named(made):
        value = member.child_by_field_name("value")
        while value is not None and value.type == "binary_expression":
            value = value.child_by_field_name("left")
        if value is not None and value.type == "string":
            seen[source.text[value.start_byte]] += 1
    if not seen:
        seen.update(re.findall(r":[ \t]*([\"'])", source.text[:20000]))
    return seen.most_common(1)[0][0] if seen else "'"
