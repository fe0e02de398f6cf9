"""Reads a file as java.util.Properties.load does."""

from __future__ import annotations

import re

_SPACE = " \t\f"
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_LINE_END = re.compile(r"\r\n|\n|\r")


def parse(text: str) -> dict[str, str]:
    """Every key with its last value: comments, three separators, continued lines, escapes."""
    found: dict[str, str] = {}
    lines = iter(_LINE_END.split(text))
    for first in lines:
        line = first.lstrip(_SPACE)
        if not line or line[0] in "#!":
            continue
        while _is_continued(line):
            line = line[:-1] + next(lines, "").lstrip(_SPACE)
        key, value = _split(line)
        found[_unescape(key)] = _unescape(value)
    return found


def _is_continued(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _split(line: str) -> tuple[str, str]:
    """A key ends at the first separator that no backslash precedes."""
    end = 0
    while end < len(line) and line[end] not in f"=:{_SPACE}":
        end += 2 if line[end] == "\\" else 1
    rest = line[end:].lstrip(_SPACE)
    if rest[:1] in {"=", ":"}:
        rest = rest[1:].lstrip(_SPACE)
    return line[:end], rest


def _unescape(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        code = found[1]
        if len(code) == 5:
            return chr(int(code[1:], 16))
        return _ESCAPES.get(code, code)

    return re.sub(r"\\(u[0-9A-Fa-f]{4}|.)", one, text, flags=re.DOTALL)
