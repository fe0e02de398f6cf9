"""Hides credentials in text from logs.

Jicofo logs session and machine ids (``SID=``, ``MUID=``) that together let one in; requests carry
tokens and passwords. What is hidden keeps its name and loses its value. Of the id of a BOSH
session, by which Prosody's records belong together, the first characters stay: too few to use it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

MASK = "••••"

_SHORT = r"(?<![A-Za-z0-9])(?:sid|muid|jwt|pwd|pass)"
"""Names that are part of common words, so that they must begin where a word begins."""

_LONG = (
    r"machine[_-]?uid|session[_-]?id|previd|passwd|password|passphrase|secret(?:[_-]?key)?|token"
    r"|preauth|api[_-]?key|credentials?"
)

_NIL = r"(?!\(nil\))"
"""What Lua prints where there was no value."""

_SECRET = (
    # A header's whole value, whatever its scheme.
    r"""\b(?P<header>(?:authorization|cookie)["']?\s{0,30}[:=]\s{0,30}["']?"""
    r"""(?:(?:Bearer|Basic|Digest|Token)\s{1,3})?)(?P<rest>[^"'\n]+)"""
    # "sid 'value'" as Prosody writes it; "boshVALUE" is who speaks in a session's records.
    r"""|(?<![A-Za-z0-9])(?P<bosh>sid\s["']|bosh(?=[0-9a-f]{8}[0-9a-f-]))"""
    r"""(?P<begin>(?:[0-9a-f]{8}(?=[0-9a-f-]))?)"""
    r"""(?P<sid>(?<=["'])[^"'\n]+|[^\s"',\])]+)"""
    rf"""|(?P<named>(?:{_SHORT}|{_LONG})\s["'])(?P<quoted>[^\s"']{{8,}})"""
    # As arguments of a program: --name value
    rf"""|(?P<option>(?<=--)(?:{_SHORT}|{_LONG})\s{{1,3}})(?P<argument>"[^"\n]*"|'[^'\n]*'|[^\s"'-]\S*)"""
    # <name attribute="…">value</name>
    rf"""|(?P<element>(?<=<)(?:{_SHORT}|{_LONG})\s[^<>\n]{{0,200}}>)(?P<content>[^<>\n]+)(?=</)"""
    # Words that nothing ends but the line, or the quotes around it; what stands in an address or
    # an argument ends sooner.
    r"""|(?P<phrase>(?<![?&])(?<!--)(?:passphrase[^\S\n]{0,30}[:=]"""
    r"""|passw(?:or)?d[^\S\n]{0,30}(?::|(?<=\s)=(?=\s)))[^\S\n]{0,30})"""
    rf"""{_NIL}(?P<words>[^\s"'<>\\][^"\n]*)"""
    # name=value, name: value, "name":"value", <name>value</name>, name='value'; within a string
    # \"name\":\"value\", within an address name%3Dvalue
    rf"""|(?P<key>(?<!</)(?:{_SHORT}|{_LONG})(?:\\?["']|%22)?\s{{0,30}}(?:=>?|:|>|%3[AD])"""
    r"""\s{0,30}(?:\\(?=["'])|%22)?)"""
    rf"""{_NIL}(?P<value>(?<=>)[^<>\n]+(?=</)|(?<=\\)["'][^"'\\\n]*"""
    r"""|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|[^\s,;&<>\])}"']+)"""
    r"""|(?P<scheme>\b(?:Bearer|Basic|Digest)\s{1,3})(?P<credential>[A-Za-z0-9._~+/=-]{8,})"""
    # Of PLAIN (RFC 4616), which begins with NUL or with who logs in.
    r"""|(?P<mechanism>\b(?-i:PLAIN)\s{1,3})"""
    r"""(?P<response>(?:(?-i:A[C-H])[A-Za-z0-9+/]{6}|[A-Za-z0-9+/]{20})[A-Za-z0-9+/=]*)"""
    # Whole or cut short: what need not be there makes no attempt run on in vain.
    r"""|(?P<token>\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){0,2})"""
    r"""|(?P<url>(?:://|\bturns?:)[^\s/:@"']{1,100}:)(?P<password>[^\s/@"']{1,200})(?=@)"""
    r"""|(?P<open><(?:auth|(?:initial-)?response)\b[^<>]{0,200}>)(?P<sasl>[A-Za-z0-9+/=]{8,})"""
)

_START = re.compile(
    r"authorization|cookie|sid|muid|jwt|pwd|pass|machine|session|previd|secret|token|preauth"
    r"|api[_-]?key|credential|bosh|bearer|basic|digest|plain|eyj|://|turns?:|<auth|<response"
    r"|<initial-"
)
"""With which of these small letters a credential begins: found in a twentieth of the time that it
takes to try the whole expression at every character, and most records have none."""

_LONGEST = len("authorization")
"""Characters of the longest of them."""

_CASELESS = str.maketrans("\u0131\u017f", "is")
"""Letters that are the same as small ones to an expression without case, and not to ``lower``."""


def mask(text: str) -> str:
    """The text with every credential that we can tell hidden."""
    kept: list[str] = []
    done = 0
    for match in _credentials(text):
        kept += (text[done : match.start()], _hide(match))
        done = match.end()
    return "".join((*kept, text[done:])) if kept else text


def hides(text: str, start: int, end: int) -> bool:
    """Whether ``mask`` changes what stands between two places of a text, or right beside it."""
    return any(
        match.start(match.lastindex or 0) <= end and match.end() >= start
        for match in _credentials(text, end + 1)
    )


def _credentials(text: str, end: int | None = None) -> Iterator[re.Match[str]]:
    """The credentials of a text, or those up to ``end``; the last group of each is hidden."""
    lower = text.lower()
    if not text.isascii():
        lower = lower.translate(_CASELESS)
        if len(lower) != len(text):
            yield from _secret().finditer(text)
            return
    at, stop = 0, len(lower) if end is None else end + _LONGEST
    while (found := _START.search(lower, at, stop)) is not None:
        at = found.start()
        match = _secret().match(text, at)
        if match is None:
            at += 1
            continue
        yield match
        at = match.end()


@cache
def _secret() -> re.Pattern[str]:
    return re.compile(_SECRET, re.IGNORECASE)


def _hide(match: re.Match[str]) -> str:
    """What stands in a credential's place."""
    at = match.start(match.lastindex or 0)
    quote = end = ""
    if match["key"] is not None:
        value = match["value"]
        quote = value[0] if value[0] in "\"'" else ""
        end = quote if len(value) > 1 and value.endswith(quote) else ""
    return f"{match.string[match.start() : at]}{quote}{MASK}{end}"
