"""Text that somebody else wrote, made harmless for a terminal."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_UNSEEN = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
)
"""Printable by Unicode's word, yet without width or ink."""

_MARKS_IN_A_ROW = 2
"""Combining marks on one letter; real writing needs no more, towers of them leave their line."""

_NOT_PLAIN = re.compile(r"[^\x20-\x7e]+")


def visible(text: str, *, lines: bool = False, tabs: bool = False) -> str:
    """Text from a server as a terminal may show it: what controls is spelled out, as less does.

    ESC becomes ``^[``, C1 ``<9B>``, bidi controls, zero width and surrogates ``<U+202E>``; a tab is
    a space, with ``tabs`` a tab. With ``lines`` line feeds stay, otherwise they are ``^J``.
    """
    if text.isascii() and text.isprintable():
        return text
    if tabs:
        return "\t".join([visible(part, lines=lines) for part in text.split("\t")])
    if lines:
        return "\n".join(visible(line) for line in text.replace("\r\n", "\n").split("\n"))
    return _NOT_PLAIN.sub(_spell_run, text)


def _spell_run(match: re.Match[str]) -> str:
    spelled = []
    marks = 0
    for char in match.group():
        marks = marks + 1 if unicodedata.combining(char) else 0
        spelled.append(_code(char) if marks > _MARKS_IN_A_ROW else _spell(char))
    return "".join(spelled)


@lru_cache(maxsize=4096)
def _spell(char: str) -> str:
    point = ord(char)
    if char == "\t" or unicodedata.category(char) == "Zs":
        return " "
    if point < 0x20 or point == 0x7F:
        return "^" + chr(point ^ 0x40)
    if char.isprintable() and char not in _UNSEEN and not 0xE0100 <= point <= 0xE01EF:
        return char
    return _code(char)


def _code(char: str) -> str:
    point = ord(char)
    return f"<{point:02X}>" if point < 0x100 else f"<U+{point:04X}>"
