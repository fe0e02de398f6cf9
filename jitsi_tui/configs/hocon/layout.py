"""Where HOCON fields go and come from, and how they look beside their neighbours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Protocol

from ..document import (
    ConfigError,
    Edit,
    Path,
    Value,
    end_of_line,
    indentation,
    line_end,
    line_start,
    without_lines,
)
from .meaning import Meaning
from .scanner import Field, IncludeField, Object
from .values import field_source, is_scalar, literal

Item = Field | IncludeField


class File(Protocol):
    """The part of a HOCON file that is needed here."""

    text: str
    file: str
    root: Object
    meaning: Meaning


def insert(file: File, parent: Path, values: Mapping[str, Value]) -> list[Edit]:
    """The edits that give new fields below ``parent``."""
    prefix, made = _home(file, parent)
    rest = parent[len(prefix) :]
    scalar, braces = _separator(file, objects=False), _separator(file, objects=True)
    like = _like(file)
    try:
        sources = {key: literal(value, like) for key, value in values.items()}
    except ValueError as error:
        raise ConfigError(file.file, 0, f"cannot write {error}", "") from None
    like_json = _like_json(file)
    field = partial(field_source, quotes=like_json)
    if not rest or (len(sources) == 1 and not like_json):
        lines = [[field((*rest, key), scalar, source)] for key, source in sources.items()]
        return _into(file, made, lines)
    inner = [field((key,), scalar, source) for key, source in sources.items()]
    block = [field(rest, braces, "{"), *inner, "}"]
    return _into(file, made, [block])


def _home(file: File, parent: Path) -> tuple[Path, Object]:
    """The last object that the fields may go into, as deep as there is one."""
    best: tuple[Path, Object] = ((), file.root)
    for prefix, made, _owner in file.meaning.objects:
        if len(prefix) >= len(best[0]) and parent[: len(prefix)] == prefix:
            best = (prefix, made)
    return best


def _into(file: File, made: Object, blocks: list[list[str]]) -> list[Edit]:
    text = file.text
    if not made.fields:
        return [_into_empty(file, made, blocks)]
    last = made.fields[-1]
    others = made.fields[:-1]
    commas = all(item.comma >= 0 for item in others) if others else _like_json(file)
    commas = commas or last.comma >= 0
    if not _over_lines(text, made, last):
        after = last.comma + 1 if last.comma >= 0 else last.end
        before = others[-1].comma if others and last.comma < 0 else -1
        if before >= 0 and not text[line_start(text, before) : before].strip():
            return [_comma_first(text, before, last, blocks)]
        if _tight(file, made):
            joined = "".join("," + _inline(block, "") for block in blocks)
            return [Edit(last.end, last.end, joined)]
        joined = ", ".join(_inline(block) for block in blocks)
        space = "" if last.comma >= 0 and text[after : after + 1] in ("", "\n") else " "
        return [Edit(after, after, f" {joined}," if last.comma >= 0 else f",{space}{joined}")]
    margin = indentation(text, last.start)
    step = _step(file, margin)
    edits = []
    if commas and last.comma < 0:
        edits.append(Edit(last.end, last.end, ","))
    position = _line_rest(text, max(last.end, last.comma + 1))
    newline = end_of_line(text, position)
    lines = _lines(blocks, margin, step, "," if commas else "", trailing=last.comma >= 0)
    return [*edits, Edit(position, position, newline + newline.join(lines))]


def _lines(
    blocks: list[list[str]], margin: str, step: str, comma: str, *, trailing: bool
) -> list[str]:
    lines = []
    for number, block in enumerate(blocks, 1):
        end = comma if number < len(blocks) or trailing else ""
        if len(block) == 1:
            lines.append(margin + block[0] + end)
            continue
        head, *inner, tail = block
        lines.append(margin + head)
        lines += [
            margin + step + line + comma * (n < len(inner)) for n, line in enumerate(inner, 1)
        ]
        lines.append(margin + tail + end)
    return lines


def _comma_first(text: str, comma: int, last: Item, blocks: list[list[str]]) -> Edit:
    """The edit where commas begin the lines and don't end them."""
    start, stop = line_start(text, comma), comma + 1
    while text[stop : stop + 1] in (" ", "\t"):
        stop += 1
    position = _line_rest(text, last.end)
    newline = end_of_line(text, position)
    lines = (newline + text[start:stop] + _inline(block) for block in blocks)
    return Edit(position, position, "".join(lines))


def _tight(file: File, made: Object) -> bool:
    """Whether nothing but commas stands between an object's fields, as in JSON of one line."""
    text, commas = file.text, [item.comma for item in made.fields]
    if commas[-1] >= 0 or text[made.open : made.open + 1].isspace():
        return False
    tight = all(comma >= 0 and not text[comma + 1].isspace() for comma in commas[:-1])
    return tight and (len(commas) > 1 or _like_json(file))


def _inline(block: list[str], space: str = " ") -> str:
    if len(block) == 1:
        return block[0]
    head, *inner, tail = block
    return f"{head}{space}{f',{space}'.join(inner)}{space}{tail}"


def _into_empty(file: File, made: Object, blocks: list[list[str]]) -> Edit:
    text = file.text
    inside = text[made.open : made.close]
    if not made.braces:
        position = len(text)
        newline = end_of_line(text, position)
        source = newline.join(_lines(blocks, "", _step(file, ""), "", trailing=False))
        ended = not text or text.endswith("\n")
        return Edit(position, position, source + newline if ended else newline + source)
    if "\n" not in inside and not inside.strip():
        joined = ", ".join(_inline(block) for block in blocks)
        return Edit(made.open, made.close, f" {joined} ")
    margin = indentation(text, made.close)
    position = made.open + len(inside.rstrip(" \t").removesuffix("\n").removesuffix("\r"))
    newline = end_of_line(text, made.close)
    step = _step(file, margin)
    inner = _lines(blocks, margin + step, step, "", trailing=False)
    return Edit(position, position, newline + newline.join(inner))


def _over_lines(text: str, made: Object, last: Item) -> bool:
    """Whether the fields stand on lines of their own."""
    alone = not text[line_start(text, last.start) : last.start].strip("\ufeff \t\r")
    if not made.braces:
        return alone or "\n" not in text[: last.start]
    return alone and "\n" in text[last.end : made.close]


def _line_rest(text: str, position: int) -> int:
    """The line's end where at most a comment follows on it."""
    end = line_end(text, position)
    rest = text[position:end].strip()
    return end if not rest or rest.startswith(("#", "//")) else position


def remove(file: File, gone: list[tuple[Field, Object]]) -> list[Edit]:
    """The edits that take fields out, and objects that would be left empty by it."""
    fields: dict[int, tuple[Item, Object]] = {id(f): (f, made) for f, made in gone}
    owners = {id(made): owner for _, made, owner in file.meaning.objects}
    homes = {id(f): made for _, f, made in file.meaning.keys}
    # An object around an object stays: what we write new is one object, with a dotted key.
    for _item, made in list(fields.values()):
        owner = owners.get(id(made))
        empty = all(id(item) in fields for item in made.fields) and _only_fields(file.text, made)
        if owner is not None and empty:
            fields[id(owner)] = (owner, homes[id(owner)])
    spans = [(item.start, item.end) for item, _ in fields.values()]
    outer = [
        (item, made)
        for item, made in fields.values()
        if not any(s <= item.start and item.end <= e and (s, e) != (item.start, item.end)
                   for s, e in spans)
    ]  # fmt: skip
    edits: list[Edit] = []
    for made in {id(made): made for _, made in outer}.values():
        mine = {id(item) for item, home in outer if home is made}
        edits += _without(file.text, made, mine)
    return edits


def _only_fields(text: str, made: Object) -> bool:
    """Whether an object holds fields and nothing else, as we write them."""
    inside = text[made.open : made.close]
    rest = list(inside)
    for item in made.fields:
        for i in range(item.start - made.open, item.end - made.open):
            rest[i] = " "
    return not "".join(rest).replace(",", " ").strip()


def _without(text: str, made: Object, gone: set[int]) -> list[Edit]:
    edits: list[Edit] = []
    kept = [item for item in made.fields if id(item) not in gone]
    last_kept = kept[-1] if kept else None
    for index, item in enumerate(made.fields):
        if id(item) not in gone:
            continue
        end = item.comma + 1 if item.comma >= 0 else item.end
        first, rest = line_start(text, item.start), _line_rest(text, end)
        whole = not text[first : item.start].strip() and rest == line_end(text, end)
        if whole and first >= made.open:
            edits.append(without_lines(text, first, rest))
        else:
            while end < len(text) and text[end] in " \t" and index + 1 < len(made.fields):
                end += 1
            edits.append(Edit(item.start, end, ""))
    if not kept and made.braces and "\n" not in text[made.open : made.close]:
        return [Edit(made.open, made.close, "")]
    final = made.fields[-1]
    if last_kept is not None and id(final) in gone and final.comma < 0 and last_kept.comma >= 0:
        # The fields' last one has no comma after it: so shall the new last one.
        on_line = "\n" not in text[last_kept.comma : final.start]
        stop = last_kept.comma + 1
        while on_line and text[stop : stop + 1] in (" ", "\t"):
            stop += 1
        edits.append(Edit(last_kept.comma, stop, ""))
    return edits


def _separator(file: File, *, objects: bool) -> str:
    """What stands between key and value, as most fields of the kind have it."""
    seen: Counter[str] = Counter()
    for _path, item, _made in file.meaning.keys:
        between = file.text[item.key_end : item.value_start]
        fits = (item.object is not None) is objects
        if fits and between.strip() in (":", "=", "") and "\n" not in between:
            seen[between] += 1
    return seen.most_common(1)[0][0] if seen else ": "


def _like_json(file: File) -> bool:
    """Whether the file has braces around it and quotes around its keys, as JSON has."""
    keys = file.meaning.keys if file.root.braces else ()
    return bool(keys) and all(file.text[item.start] == '"' for _path, item, _made in keys)


def _like(file: File) -> str:
    """A value in the quotes that most strings of the file have."""
    seen: Counter[bool] = Counter()
    for _path, item, _made in file.meaning.keys:
        if is_scalar(item):
            source = file.text[item.value_start : item.end]
            if source not in ("true", "false", "null") and not source[0].isdigit():
                seen[source[0] == '"'] += 1
    return '"' if seen[True] >= seen[False] else "bare"


def _step(file: File, margin: str) -> str:
    """One step of indentation."""
    for _prefix, made, owner in file.meaning.objects:
        if owner is not None and made.fields:
            outer, inner = (indentation(file.text, x.start) for x in (owner, made.fields[0]))
            if inner.startswith(outer) and len(inner) > len(outer):
                return inner[len(outer) :]
    return margin or "  "
