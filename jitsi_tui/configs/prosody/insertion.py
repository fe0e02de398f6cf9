"""Where new text goes in a Prosody file, what it looks like, and what goes with old text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from ..document import (
    BOM,
    ConfigError,
    Edit,
    Value,
    end_of_line,
    indentation,
    line_end,
    line_start,
    without_lines,
)
from . import lua, tables
from .events import Event, Header, Place

_BESIDE = {
    "disable_sasl_mechanisms": "authentication",
    "c2s_require_encryption": "authentication",
    "allow_registration": "authentication",
}
"""Options that belong below another one, for whoever reads the file next."""

_COMMENT = re.compile(r"[ \t]*(?:--(?!\[=*\[)[^\n]*|--\[(=*)\[(?:(?!\]\1\])[^\n])*\]\1\][ \t\r]*)?")


class File(Protocol):
    """The part of a Prosody file that is needed here."""

    @property
    def text(self) -> str:
        """The file's text."""

    def headers(self) -> Iterator[Header]:
        """The lines that name a host, in order."""

    def refuse(self, line: int, found: str, hint: str = ...) -> ConfigError:
        """An error about a line."""

    @property
    def events(self) -> Sequence[Event]:
        """Everything that the file says, in order."""


def option(file: File, host: str, name: str, value: Value) -> list[Edit]:
    """The edits that give a host an option which it does not have."""
    text = file.text
    if not lua.NAME.match(name) or name in lua.KEYWORDS:
        raise file.refuse(0, f"{name!r} is no name of an option", "")
    source = f"{name} = {_literal(file, value)}"
    if not host:
        return [_global_option(file, source)]
    headers = [header for header in file.headers() if header.host == host]
    if not headers:
        raise no_host(file, host)
    header = next((h for h in headers if not h.reason), headers[0])
    if header.reason:
        raise file.refuse(header.line, f"whether {host} is there depends on {header.reason}")
    if header.table is not None:
        return tables.append(text, header.table, [source], step(text))
    mine = [
        p for p in header.places if p.form == "statement" and p.end <= header.end and not p.reason
    ]
    anchor = next((p for p in reversed(mine) if p.option == _BESIDE.get(name)), None)
    anchor = anchor or (mine[-1] if mine else None)
    if anchor is not None:
        source = f"{name} = {_literal(file, value, _quote_of(text, anchor))}"
        source += _semicolon(text, anchor)
    start, end = (anchor.start, anchor.end) if anchor else (header.start, header.head_end)
    margin = indentation(text, start)
    if anchor is None or text[line_start(text, start) : start].strip():
        margin = indentation(text, header.start) + step(text)
    return [_below(text, end, margin + source, source)]


def _quote_of(text: str, place: Place) -> str:
    """The quote in which a place has its string; the usual one where it has none."""
    node = place.expression
    return "'" if node is not None and text[node.start_byte] == "'" else '"'


def _semicolon(text: str, place: Place) -> str:
    """The semicolon that ends a place's line; none where more stands on it."""
    end = _statement_end(text, place.end)
    return ";" if end > place.end and _rest_of_line(text, end) is not None else ""


def no_host(file: File, host: str) -> ConfigError:
    """That a file names no such host, or names one that may be it."""
    unclear = next((header for header in file.headers() if header.host is None), None)
    if unclear is None:
        return file.refuse(0, f"no host {host} in this file", "look for it in the other files")
    found = f"the name of this host is not a constant: it may be {host}"
    return file.refuse(unclear.line, found, "write the name as a constant")


def _global_option(file: File, source: str) -> Edit:
    text = file.text
    first = next((header.start for header in file.headers()), len(text))
    places = [
        e for e in file.events
        if isinstance(e, Place) and e.host == "" and e.form == "statement" and e.start < first
        and not e.reason
    ]  # fmt: skip
    if places:
        return _below(text, places[-1].end, source, source)
    start = 1 if text.startswith(BOM) else 0
    return Edit(start, start, source + end_of_line(text, start))


def _below(text: str, position: int, line: str, inline: str) -> Edit:
    """New text on the line below a statement, or behind it where its line goes on."""
    end = _statement_end(text, position)
    rest = _rest_of_line(text, end)
    if rest is None:
        return Edit(end, end, f" {inline.removesuffix(';')};")
    return Edit(rest, rest, end_of_line(text, rest) + line)


def _statement_end(text: str, position: int) -> int:
    """The end of a statement with the semicolon that may follow it."""
    match = re.compile(r"[ \t]*;").match(text, position)
    return match.end() if match else position


def _rest_of_line(text: str, position: int) -> int | None:
    """The line's end where nothing or a comment follows on it, else None."""
    match = _COMMENT.match(text, position)
    end = line_end(text, position)
    stop = len(text[:end].rstrip(" \t")) if match is None else match.end()
    return end if match is not None and stop >= end else None


def without(text: str, place: Place) -> list[Edit]:
    """The edits that take a place out, with its line where it stands alone there."""
    if place.form == "field" and (table := place.table) is not None:
        nodes = [c for c in table.children if c.start_byte == place.start and c.type == "field"]
        return tables.remove(text, table, nodes)
    return [_without_span(text, place.start, place.end)]


def _without_span(text: str, start: int, end: int) -> Edit:
    end = _statement_end(text, end)
    first, rest = line_start(text, start), _rest_of_line(text, end)
    if rest is None or text[first:start].strip():
        if rest is None:
            end += len(text[end:]) - len(text[end:].lstrip(" \t"))
        else:
            start = len(text[:start].rstrip(" \t"))
        return Edit(start, end, "")
    return without_lines(text, first, rest)


def virtual_host(
    file: File, name: str, options: Mapping[str, Value], after: Header
) -> Iterator[Edit]:
    """Edits that add a host, the best place first: behind ``after``, else at the file's end."""
    text = file.text
    lines = _host_lines(file, name, options, after)
    end = _end_of_host(file, after)
    newline = end_of_line(text, end)
    body = newline.join(lines)
    below = text[end:].removeprefix("\r").removeprefix("\n").split("\n", 1)[0].strip()
    if not below or after.depth:
        yield Edit(end, end, f"{newline}{newline}{body}")
    elif any(_set_apart(text, header) for header in file.headers()):
        yield Edit(end, end, f"{newline}{newline}{body}{newline}")
    else:
        yield Edit(end, end, f"{newline}{body}")
    if after.table is None:
        stop = len(text)
        if text.endswith("\n"):
            yield Edit(stop, stop, f"{newline}{body}{newline}")
        else:
            yield Edit(stop, stop, f"{newline}{newline}{body}")


def _set_apart(text: str, header: Header) -> bool:
    """Whether a blank line and another host stand above a host, but for its comments."""
    above = text[: line_start(text, header.start)]
    lines = above.rstrip(" \t").split("\n")[:-1]
    while lines and lines[-1].lstrip().startswith("--"):
        lines.pop()
    return bool(lines) and not lines[-1].strip()


def _host_lines(file: File, name: str, options: Mapping[str, Value], after: Header) -> list[str]:
    text = file.text
    head = text[after.start : after.head_end]
    margin = indentation(text, after.start)
    if text[line_start(text, after.start) : after.start].strip():
        margin = ""
    indent = margin + step(text)
    starts = [place.start for place in after.places if not place.reason]
    own = [start for start in starts if not text[line_start(text, start) : start].strip()]
    if own:
        indent = indentation(text, own[0])
    quote = "'" if re.match(r"\w+\s*\(?\s*'", head) else '"'
    named = f"VirtualHost {lua.quoted(name, quote)}"
    if re.match(r"\w+\s*\(", head):
        named = f"VirtualHost({lua.quoted(name, quote)})"
    like = next((p for p in after.places if p.option == "authentication"), None)
    inner = _quote_of(text, like) if like is not None else quote
    end = _semicolon(text, like) if like is not None else ""
    fields = [f"{option} = {_literal(file, value, inner)}" for option, value in options.items()]
    if after.table is None:
        return [margin + named, *(indent + field + end for field in fields)]
    separator = ";" if any(c.type == ";" for c in after.table.children) else ","
    return [
        f"{margin}{named} {{",
        *(f"{indent}{field}{separator}" for field in fields),
        f"{margin}}}",
    ]


def _end_of_host(file: File, header: Header) -> int:
    """Where the lines of a host end, with the comments that belong to it."""
    text = file.text
    end = _statement_end(text, header.end)
    rest = _rest_of_line(text, end)
    end = line_end(text, end) if rest is None else rest
    following = next((h.start for h in file.headers() if h.start > header.end), len(text))
    margin = len(indentation(text, header.start).expandtabs(8))
    kept = end
    position = end
    blank = False
    # Comments directly below belong to this host; those that stand with the next one do not.
    while position < following:
        newline = text.find("\n", position)
        if newline < 0 or newline + 1 >= following:
            break
        stop = line_end(text, newline + 1)
        line = text[newline + 1 : stop]
        if not line.strip():
            blank = True
        elif not line.lstrip().startswith("--") or line.lstrip().startswith("--["):
            break
        else:
            deeper = len(line.expandtabs(8)) - len(line.expandtabs(8).lstrip()) > margin
            if not deeper and (blank or not _apart(text, stop, following)):
                break
            kept = stop
        position = max(stop, newline + 1)
    return kept


def _apart(text: str, position: int, following: int) -> bool:
    """Whether a blank line lies between a comment and the next host."""
    if following == len(text):
        return True
    between = text[position:following].split("\n")
    return any(not line.strip() for line in between[1:-1])


def without_host(file: File, header: Header) -> Edit:
    """The edit that takes out a host's lines and one blank line that set it apart."""
    text = file.text
    first = line_start(text, header.start)
    end = _statement_end(text, header.end)
    rest = _rest_of_line(text, end)
    if rest is None or text[first : header.start].strip():
        return Edit(header.start, end, "")
    edit = without_lines(text, first, rest)
    above = text[: edit.start]
    if edit.end == len(text) and not text.endswith("\n"):
        blank = re.search(r"\r?\n[ \t]*\Z", above)
        return Edit(blank.start(), edit.end, "") if blank else edit
    blank = re.search(r"(?:\A|(?<=\n))[ \t]*\r?\n\Z", above)
    if blank:
        return Edit(blank.start(), edit.end, "")
    below = re.compile(r"[ \t]*\r?\n").match(text, edit.end)
    return Edit(edit.start, below.end(), "") if below and not edit.start else edit


def step(text: str) -> str:
    """One step of indentation as the file has it."""
    steps = Counter(re.findall(r"^([ \t]+)(?=[A-Za-z_]\w*[ \t]*=)", text, re.MULTILINE))
    return steps.most_common(1)[0][0] if steps else "    "


def _literal(file: File, value: Value, like: str = '"') -> str:
    try:
        return lua.literal(value, like)
    except ValueError as error:
        raise file.refuse(0, f"cannot write {error}", "") from None
