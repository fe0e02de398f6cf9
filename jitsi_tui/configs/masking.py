"""Hiding secrets in configuration texts, diffs and log lines, by the names of their keys."""

from __future__ import annotations

import re

MASK = "***"

_SECRET = re.compile(
    r"(?:passwords?|passwd|passphrase|secrets?|(?<![a-z])pass|api_?key|private_?key"
    r"|(?<![a-z])tokens?|credentials?|(?<![a-z])(?:sid|muid))\Z",
    re.IGNORECASE,
)
_CAMEL_TOKEN = re.compile(r"[a-z]Tokens?\Z")
_KEY = re.compile(
    r"""(?<![\w.\-])(?P<key>[\w.\-]++)["']?\]?[ \t]*"""
    r"""(?:\\\r?\n[-+ ]?[ \t]*)?(?:\+?=(?!=)|:)[ \t]*(?:\r?\n[-+ ]?[ \t]*)?"""
)
_SPACED = re.compile(r"^[-+ ]?[ \t]*(?P<key>[\w\-]++\.[\w.\-]++)[ \t]+(?=[^\s=:])", re.MULTILINE)

_QUOTED = (
    r'(?:""".*?(?:"{3,}|\Z)'
    r'|"(?:[^"\\\n]|\\(?:\r?\n|.))*+"?'
    r"|'(?:[^'\\\n]|\\(?:\r?\n|.))*+'?"
    r"|`[^`]*+`?)"
)
_VALUE = re.compile(
    r"\[(?P<level>=*)\[.*?(?:\](?P=level)\]|\Z)"
    rf"|{_QUOTED}(?:[ \t]*(?:\.\.|\+)?[ \t]*{_QUOTED})*+"
    r"|(?P<list>[\[{][^\]}]*+)"
    r"|(?P<bare>[^\s\"'`{\[(,;](?:[^\n,;}\\]|\\(?:\r?\n|.)?)*+)",
    re.DOTALL,
)
_REST_OF_LINE = re.compile(r"(?:[^\n\\]|\\(?:\r?\n|.)?)*+", re.DOTALL)
_STRING = re.compile(_QUOTED, re.DOTALL)
_HARMLESS = re.compile(
    r"(?:true|false|nil|null|undefined|none)\b[ \t\r]*(?:[,;}#].*|--.*|//.*)?\Z", re.IGNORECASE
)
_BEGINS_LINE = re.compile(r"(?:\A|\n)[-+ ]?[ \t]*\Z")
_INDENT = 40


def mask_secrets(text: str) -> str:
    """The text with the values of passwords, secrets, tokens, SID and MUID hidden.

    Works on files of every dialect, their diffs, and log lines. Lines stay lines, and the marks
    of a diff stay, so what is shown still lines up with what it hides.
    """
    return _masked(_masked(text, _KEY), _SPACED)


def _masked(text: str, keys: re.Pattern[str]) -> str:
    parts: list[str] = []
    position = 0
    for match in keys.finditer(text):
        if match.start() < position or not _is_secret(match["key"]):
            continue
        value = _VALUE.match(text, match.end())
        if value is None:
            continue
        end = value.end()
        if value["bare"] is not None and _BEGINS_LINE.search(
            text, max(0, match.start() - _INDENT), match.start()
        ):
            # In a properties file the value goes on to the line's end, whatever stands in it.
            rest = _REST_OF_LINE.match(text, match.end())
            end = rest.end() if rest else end
        shown = text[match.end() : end]
        if not _HARMLESS.match(shown.strip()):
            hidden = (
                _STRING.sub(lambda m: _hidden(m[0]), shown) if value["list"] else _hidden(shown)
            )
            parts += (text[position : match.end()], hidden)
            position = end
    parts.append(text[position:])
    return "".join(parts)


def _is_secret(key: str) -> bool:
    tail = key[-_INDENT:]
    return _SECRET.search(tail) is not None or _CAMEL_TOKEN.search(tail) is not None


def _hidden(value: str) -> str:
    quote = value[0] if value[0] in "\"'`" else ""
    closing = quote if quote and len(value) > 1 and value.endswith(quote) else ""
    carriage = "\r" if value.endswith("\r") else ""
    # A value over several lines in a diff: the first column is the diff's mark.
    marks = [line[:1] if line[:1] in ("-", "+", " ") else "" for line in value.split("\n")[1:]]
    return "\n".join([quote + MASK, *(mark + MASK for mark in marks)]) + closing + carriage
