"""Hiding secrets in configuration texts, diffs and log lines, by the names of their keys."""

from __future__ import annotations

import re

MASK = "***"

_WORDS = (
    r"(?:passwords?|passwd|passphrase|secrets?|(?<![A-Za-z])pass|api_?key|private_?key"
    r"|(?<![A-Za-z])tokens?|(?<=[a-z_.-])token|credentials?)"
)
_KEY = rf"(?:[\w.\-]*{_WORDS}|(?<!\w)(?:SID|MUID)|(?<![A-Za-z0-9])(?:sid|muid))(?![\w.\-])"
_SEPARATOR = r"""["']?\]?[ \t]*(?:\\\n.?)?(?:\+?=(?!=)|:)[ \t]*(?:\r?\n[-+ ]?[ \t]*)?"""
_DOUBLE = r'"(?:[^"\\\n]|\\(?:\r?\n|.))*"?'
_SINGLE = r"'(?:[^'\\\n]|\\(?:\r?\n|.))*'?"
_LONG = r"\[(?P<level>=*)\[.*?(?:\](?P=level)\]|\Z)"
_TRIPLE = r'""".*?(?:"{3,}|\Z)'
_BACKTICK = r"`[^`]*`?"
_QUOTED = rf"(?:{_TRIPLE}|{_DOUBLE}|{_SINGLE}|{_BACKTICK})"
_JOINED = rf"{_QUOTED}(?:[ \t]*(?:\.\.|\+)?[ \t]*{_QUOTED})*"
_BARE = r"[^\s\"'`{\[(,;][^\n,;}]*"

_ASSIGNED = re.compile(
    rf"(?P<key>{_KEY})(?P<sep>{_SEPARATOR})(?P<value>{_LONG}|{_JOINED}|{_BARE})",
    re.IGNORECASE | re.DOTALL,
)
_LISTED = re.compile(
    rf"(?P<key>{_KEY})(?P<sep>{_SEPARATOR}[\[{{])(?P<value>[^\]}}]*)", re.IGNORECASE
)
_SPACED = re.compile(
    rf"^(?P<key>[-+ ]?[ \t]*[\w\-]+\.[\w.\-]*{_WORDS})(?P<sep>[ \t]+)(?P<value>[^\s=:].*)$",
    re.IGNORECASE | re.MULTILINE,
)
_HARMLESS = re.compile(r"(?:true|false|nil|null|undefined|none)\b[ \t]*(?:--.*|//.*|#.*)?$", re.I)


def mask_secrets(text: str) -> str:
    """The text with the values of passwords, secrets, tokens, SID and MUID hidden.

    Works on files of every dialect, their diffs, and log lines. Lines stay lines, and the marks
    of a diff stay, so what is shown still lines up with what it hides.
    """
    text = _ASSIGNED.sub(_mask, text)
    text = _LISTED.sub(_mask_items, text)
    return _SPACED.sub(_mask, text)


def _mask(match: re.Match[str]) -> str:
    value = match["value"]
    if _HARMLESS.match(value.strip()):
        return match[0]
    return match["key"] + match["sep"] + _hidden(value)


def _mask_items(match: re.Match[str]) -> str:
    items = re.sub(_QUOTED, lambda m: _hidden(m[0]), match["value"], flags=re.DOTALL)
    return match["key"] + match["sep"] + items


def _hidden(value: str) -> str:
    quote = value[0] if value[0] in "\"'`" else ""
    closing = quote if quote and value.endswith(quote) else ""
    carriage = "\r" if value.endswith("\r") else ""
    first, *others = value.split("\n")
    # A value over several lines in a diff: the first column is the diff's mark.
    lines = ["", *((line[:1] if line[:1] in "-+ " else "") + MASK for line in others)]
    return quote + MASK + "\n".join(lines) + closing + carriage if first else value
