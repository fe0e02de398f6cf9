"""Unified diffs that patch(1) applies, also to files without a last line end."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

_CONTEXT = 3


def unified_diff(path: str, before: str, after: str) -> str:
    """The diff of one file, with headers ``a/etc/…`` and ``b/etc/…`` for ``patch -p1 -d /``.

    Lines end at line feeds alone, so carriage returns stay part of their line. Empty where
    nothing differs.
    """
    if before == after:
        return ""
    old, new = _lines(before), _lines(after)
    name = path.lstrip("/")
    head = [f"--- {_quoted('a/' + name)}\n", f"+++ {_quoted('b/' + name)}\n"]
    return "".join(head + list(_hunks(old, new)))


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    last = lines.pop()
    whole = [line + "\n" for line in lines]
    return [*whole, last] if last else whole


def _quoted(name: str) -> str:
    """A file name as patch reads it: quoted like a C string where it must be."""
    if name.isprintable() and not set(name) & set('"\\') and " " not in name:
        return name
    quoted = []
    for byte in name.encode("utf-8", "surrogateescape"):
        char = chr(byte)
        plain = 0x20 <= byte < 0x7F and char not in '"\\'
        quoted.append(char if plain else f"\\{byte:03o}")
    return '"' + "".join(quoted) + '"'


def _hunks(old: list[str], new: list[str]) -> Iterator[str]:
    # What is equal at both ends is cut off first: the matcher's time grows with what is left.
    start = 0
    shortest = min(len(old), len(new))
    while start < shortest and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < shortest - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    start = max(0, start - _CONTEXT)
    tail = max(0, tail - _CONTEXT)
    a = old[start : len(old) - tail]
    b = new[start : len(new) - tail]
    for group in SequenceMatcher(None, a, b, autojunk=False).get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        old_range = _range(first[1] + start, last[2] + start)
        new_range = _range(first[3] + start, last[4] + start)
        yield f"@@ -{old_range} +{new_range} @@\n"
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (_line(" ", line) for line in a[i1:i2])
            else:
                yield from (_line("-", line) for line in a[i1:i2])
                yield from (_line("+", line) for line in b[j1:j2])


def _line(mark: str, line: str) -> str:
    return mark + line if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"


def _range(start: int, stop: int) -> str:
    length = stop - start
    if length == 1:
        return str(start + 1)
    return f"{start + 1 if length else start},{length}"
