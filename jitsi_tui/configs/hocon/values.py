"""HOCON values: reading the parts of one, and writing constants."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ..document import Unknown, Value
from .scanner import Field, IncludeField, Object, Part, unquoted

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?(?:[eE]-?[0-9]{1,2})?\Z")
_ALMOST = re.compile(r"(?=[-.eE]*[0-9])-?[0-9]*\.?[0-9]*(?:[eE]-?[0-9]*)?\Z|[0-9]+-[-0-9]*\Z")
"""What is a number to one of the two parsers and text to the other, or of another size."""
_SAFE = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*\Z")
_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")
_CONSTANTS: dict[str, Value] = {"true": True, "false": False, "null": None}

Resolve = Callable[[str], Value]


def value_of(parts: list[Part], text: str, resolve: Resolve) -> Value:
    """What the parts of a value are together. ``resolve`` gives what ``${…}`` stands for."""
    solid = [part for part in parts if part.kind != "blank"]
    if len(solid) == 1:
        return _single(solid[0], text, resolve)
    source = text[parts[0].start : parts[-1].end]
    if any(part.kind in ("object", "array", "substitution") for part in solid):
        return Unknown(source)
    return "".join(
        unquoted(text[p.start : p.end]) if p.kind == "quoted" else text[p.start : p.end]
        for p in parts
    )


def _single(part: Part, text: str, resolve: Resolve) -> Value:
    source = text[part.start : part.end]
    if part.kind == "quoted":
        return unquoted(source)
    if part.kind == "substitution":
        return resolve(source)
    if part.kind == "array":
        items = [value_of(item, text, resolve) for item in part.items]
        # An optional substitution of nothing is no item at all.
        return Unknown(source) if any(isinstance(i, Unknown) for i in items) else items
    if part.object is not None:
        return object_value(part.object, text, resolve)
    return _bare(source)


def _bare(source: str) -> Value:
    if source in _CONSTANTS:
        return _CONSTANTS[source]
    if _NUMBER.match(source):
        return int(source) if source.lstrip("-").isdigit() else float(source)
    return Unknown(source) if _ALMOST.match(source) and source[0] in "-0123456789" else source


def object_value(made: Object, text: str, resolve: Resolve) -> Value:
    """An object inside a list, as a mapping; Unknown where an include decides."""
    value: dict[str, Value] = {}
    for item in made.fields:
        if isinstance(item, IncludeField) or item.separator == "+=":
            return Unknown(text[made.open - 1 : made.close + 1])
        _merge(value, item.path, value_of(item.parts, text, resolve))
    return value


def _merge(value: dict[str, Value], path: tuple[str, ...], new: Value) -> None:
    for key in path[:-1]:
        inner = value.get(key)
        if not isinstance(inner, dict):
            inner = value[key] = {}
        value = inner
    old = value.get(path[-1])
    if isinstance(old, dict) and isinstance(new, dict):
        for key, item in new.items():
            _merge(old, (key,), item)
    else:
        value[path[-1]] = new


def literal(value: Value, like: str = '"') -> str:
    """A value as HOCON source, on one line; unquoted where ``like`` is. ValueError if it can't."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        source = repr(value)
        if not _NUMBER.match(source):
            raise ValueError("a number that has no literal")
        return source
    if isinstance(value, str):
        plain = like and like[0] not in '"$' and _SAFE.match(value) and value not in _CONSTANTS
        return value if plain and not value.startswith("include") else quoted(value)
    if isinstance(value, list):
        return "[ " + ", ".join(literal(item) for item in value) + " ]" if value else "[]"
    if isinstance(value, Mapping):
        fields = (f"{key_source((key,))}: {literal(item)}" for key, item in value.items())
        return "{ " + ", ".join(fields) + " }" if value else "{}"
    raise ValueError("a value that is no constant")


def quoted(value: str) -> str:
    """A string in double quotes."""
    parts = []
    for char in value:
        if char in '"\\':
            parts.append("\\" + char)
        elif char in "\n\r\t\b\f":
            parts.append({"\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}[char])
        elif char < " " or "\ud800" <= char <= "\udfff":
            parts.append(f"\\u{ord(char):04x}")
        else:
            parts.append(char)
    return '"' + "".join(parts) + '"'


def key_source(path: tuple[str, ...], *, quotes: bool = False) -> str:
    """A path as a key: parts in quotes where they are no plain words, or where ``quotes`` says."""
    plain = ("include",)
    bare = () if quotes else [k for k in path if _KEY.match(k) and k not in plain]
    return ".".join(k if k in bare else quoted(k) for k in path)


def field_source(
    path: tuple[str, ...], separator: str, source: str, *, quotes: bool = False
) -> str:
    """``key: value`` with the neighbours' separator."""
    return key_source(path, quotes=quotes) + separator + source


def is_scalar(item: Field) -> bool:
    """Whether a field's value is one constant."""
    return len(item.parts) == 1 and item.parts[0].kind in ("quoted", "bare")
