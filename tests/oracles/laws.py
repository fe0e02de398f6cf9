"""The laws of an edit, and what an oracle says about them.

1. Every byte outside the edits stays; decoding loses nothing.
2. What was asked for holds, and everything else means what it meant, by the oracle.
3. The same change again changes nothing.
4. What we read, where we claim to know it, is what the oracle reads.
5. The only exception is ``ConfigError``, and its message is one printable line.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from jitsi_tui.configs.document import (
    BOM,
    Change,
    ConfigError,
    Setting,
    Unknown,
    apply_edits,
    decode,
    encode,
)
from jitsi_tui.configs.hocon import Hocon
from jitsi_tui.configs.meet import MeetConfig
from jitsi_tui.configs.properties import Properties
from jitsi_tui.configs.prosody import ProsodyFile

from .workers import HoconOracle, Oracle, OracleError

Dialect = Literal["prosody", "meet", "hocon", "properties"]
Step = Sequence[Any]
"""A change as data: its name and arguments, paths as lists: ["set", ["hosts", "domain"], "x"]."""

DOCUMENTS: dict[Dialect, type[Any]] = {
    "prosody": ProsodyFile,
    "meet": MeetConfig,
    "hocon": Hocon,
    "properties": Properties,
}


class BrokenLaw(AssertionError):  # noqa: N818
    """A law does not hold; the message says which, and shows the texts."""


@dataclass(frozen=True)
class Outcome:
    """What became of a change: the text after it, or why it was refused."""

    before: str
    after: str | None
    refusal: ConfigError | None
    oracle_read: bool
    """Whether the oracle could read the text before the change; not asked where we refuse it."""


def perform(document: Any, step: Step) -> Change[Any]:
    """Make one change of a document."""
    name, *arguments = step
    if name == "set_many":
        return document.set_many({tuple(path): value for path, value in arguments[0]})  # type: ignore[no-any-return]
    if name in ("set", "insert", "remove", "extend_list", "shrink_list"):
        arguments[0] = tuple(arguments[0])
    return getattr(document, name)(*arguments)  # type: ignore[no-any-return]


def check(dialect: Dialect, text: str, steps: Sequence[Step], oracles: Sequence[Oracle]) -> Outcome:
    """Make changes one after another and hold every law. Raises :class:`BrokenLaw`."""
    if decode(encode(text)) != text and not _split_bytes(text):
        raise BrokenLaw("decoding loses something")
    meanings: list[dict[str, Any] | None] = []
    try:
        document = DOCUMENTS[dialect].parse(text, "case")
        meanings = _meanings(oracles, text)
        _check_reading(dialect, document, meanings)
        for step in steps:
            change = perform(document, step)
            _check_bytes(document.text, change)
            again = perform(change.document, step)
            if again.edits or again.document.text != change.document.text:
                raise BrokenLaw(f"a second time changes more: {step}\n{change.document.text}")
            document = change.document
    except ConfigError as refusal:
        _check_refusal(refusal)
        return Outcome(text, None, refusal, any(m is not None for m in meanings))
    if document.text != text:
        for oracle, meaning in zip(oracles, meanings, strict=True):
            _check_meaning(dialect, oracle, meaning, document.text, steps)
    return Outcome(text, document.text, None, any(m is not None for m in meanings))


def _split_bytes(text: str) -> bool:
    """Bytes that are not UTF-8 may join when a mutation puts them side by side."""
    return any("\udc80" <= char <= "\udcff" for char in text)


def _meanings(oracles: Sequence[Oracle], text: str) -> list[dict[str, Any] | None]:
    meanings: list[dict[str, Any] | None] = []
    for oracle in oracles:
        if isinstance(oracle, HoconOracle) and text.startswith(BOM):
            # ruby-hocon takes the mark for a letter of the first key; Jicofo's parser does not.
            meanings.append(None)
            continue
        try:
            meanings.append(oracle.meaning(text))
        except OracleError:
            meanings.append(None)
    return meanings


def _check_refusal(refusal: ConfigError) -> None:
    message = str(refusal)
    if not message.isprintable() or "\n" in message or not refusal.found:
        raise BrokenLaw(f"a refusal is one printable line: {message!r}")


def _check_bytes(before: str, change: Change[Any]) -> None:
    if apply_edits(before, change.edits) != change.document.text:
        raise BrokenLaw("the edits do not lead to the text")
    ordered = sorted(change.edits, key=lambda edit: (edit.start, edit.end))
    for one, other in pairwise(ordered):
        if one.end > other.start:
            raise BrokenLaw(f"edits overlap: {one} {other}")


# -- what the oracle says about a change


def _check_meaning(
    dialect: Dialect,
    oracle: Oracle,
    before: dict[str, Any] | None,
    text: str,
    steps: Sequence[Step],
) -> None:
    if before is None:
        return
    try:
        after = oracle.meaning(text)
    except OracleError as error:
        name = type(oracle).__name__
        raise BrokenLaw(f"{name} no longer reads the text: {error}\n{text}") from None
    wanted = expected(dialect, before, steps)
    if not alike(settled(dialect, wanted), settled(dialect, after)):
        difference = _difference(settled(dialect, wanted), settled(dialect, after))
        raise BrokenLaw(f"{type(oracle).__name__} reads {difference}\n{text}")


def expected(dialect: Dialect, before: dict[str, Any], steps: Sequence[Step]) -> dict[str, Any]:
    """What an oracle must read after the changes, by what it read before."""
    wanted = copy.deepcopy(before)
    for step in steps:
        _EXPECT[dialect](wanted, step)
    return wanted


def settled(dialect: Dialect, meaning: Any) -> Any:
    """A meaning without the empty objects of HOCON, which merge into nothing."""
    if dialect != "hocon" or not isinstance(meaning, dict):
        return meaning
    inner = {key: settled(dialect, value) for key, value in meaning.items()}
    return {key: value for key, value in inner.items() if value != {}}


def _difference(wanted: Any, got: Any, path: str = "") -> str:
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key in [*wanted, *got]:
            if not alike(wanted.get(key), got.get(key)):
                return _difference(wanted.get(key), got.get(key), f"{path}/{key}")
    return f"{path}: {got!r} and not {wanted!r}"


def _expect_prosody(meaning: dict[str, Any], step: Step) -> None:
    name, first, *rest = step
    hosts = meaning["hosts"]
    if name == "add_virtual_host":
        hosts[first.lower()] = {"defined": True, **rest[0]}
        return
    if name == "remove_virtual_host":
        hosts.pop(first.lower(), None)
        return
    host, option = first[0].lower() or "*", first[1]
    own = hosts.setdefault(host, {})
    current = own.get(option, hosts["*"].get(option))
    if name in ("set", "insert") and not (current is not None and alike(current, rest[0])):
        own[option] = rest[0]
    elif name == "remove":
        own.pop(option, None)
    elif name == "extend_list":
        union = option == "modules_enabled" and option not in own
        listed = list(rest[1]) if len(rest) > 1 and not union else []
        listed = _listed(current) if current is not None and not union else listed
        missing = [item for item in dict.fromkeys(rest[0]) if item not in listed]
        if missing:
            own[option] = listed + missing
    elif name == "shrink_list" and option in own:
        left = [item for item in _listed(own[option]) if item not in rest[0]]
        if len(left) < len(_listed(own[option])):
            own[option] = left
            if len(rest) > 1 and left == rest[1]:
                del own[option]
    if not own and host != "*":
        del hosts[host]


def _listed(value: Any) -> list[Any]:
    if value == {}:
        return []
    return list(value) if isinstance(value, list) else [value]


def _expect_tree(meaning: dict[str, Any], step: Step) -> None:
    name, *arguments = step
    if name == "set_many":
        for path, value in arguments[0]:
            _put(meaning, path, value)
    elif name in ("set", "insert"):
        _put(meaning, *arguments)
    else:
        _drop(meaning, arguments[0])


def _put(meaning: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for key in path[:-1]:
        inner = meaning.get(key)
        if not isinstance(inner, dict):
            inner = meaning[key] = {}
        meaning = inner
    meaning[path[-1]] = value


def _drop(meaning: dict[str, Any], path: Sequence[str]) -> None:
    for key in path[:-1]:
        inner = meaning.get(key)
        if not isinstance(inner, dict):
            return
        meaning = inner
    meaning.pop(path[-1], None)


def _expect_properties(meaning: dict[str, Any], step: Step) -> None:
    name, path, *rest = step
    if name in ("set", "insert"):
        meaning[path[0]] = rest[0]
    else:
        meaning.pop(path[0], None)


_EXPECT = {
    "prosody": _expect_prosody,
    "meet": _expect_tree,
    "hocon": _expect_tree,
    "properties": _expect_properties,
}


# -- what we read


def _check_reading(dialect: Dialect, document: Any, meanings: Sequence[Any]) -> None:
    for meaning in meanings:
        if meaning is None or getattr(document, "errors", None):
            continue
        for setting in document.settings():
            if setting.effective and not any(map(_split_bytes, setting.path)):
                _check_setting(dialect, setting, meaning)
        _check_missing(dialect, document, meaning)


def _check_setting(dialect: Dialect, setting: Setting, meaning: Any) -> None:
    found = _looked_up(dialect, meaning, setting.path)
    if not alike(setting.value, found):
        raise BrokenLaw(f"{setting.path}: we read {setting.value!r}, the oracle {found!r}")


def _looked_up(dialect: Dialect, meaning: Any, path: Sequence[str]) -> Any:
    if dialect == "prosody":
        host, option = path
        return meaning["hosts"].get(host or "*", {}).get(option)
    for key in path:
        if not isinstance(meaning, Mapping) or key not in meaning:
            return None
        meaning = meaning[key]
    return meaning


def _check_missing(dialect: Dialect, document: Any, meaning: Any) -> None:
    """What the oracle knows, we know or say that we do not."""
    for path, value in _leaves(dialect, meaning):
        if any("\ufffd" in name for name in path):
            continue  # bytes that are not UTF-8: the oracle has another name for them
        found = document.get(path)
        if found is None and value is not None:
            raise BrokenLaw(f"{path}: we read nothing, the oracle {value!r}")
        if found is not None and not alike(found.value, value):
            raise BrokenLaw(f"{path}: we read {found.value!r}, the oracle {value!r}")


def _leaves(dialect: Dialect, meaning: Any) -> list[tuple[tuple[str, ...], Any]]:
    if dialect == "properties":
        return [((key,), value) for key, value in meaning.items() if key]
    if dialect == "prosody":
        own = ("defined", "component_module", "load_global_modules")
        return [
            (("" if host == "*" else host, option), value)
            for host, options in meaning["hosts"].items()
            if not any("_undecided" in key for key in options)
            for option, value in options.items()
            if option not in own and not option.startswith("[")
        ]
    found: list[tuple[tuple[str, ...], Any]] = []
    stack: list[tuple[tuple[str, ...], Any]] = [((), meaning)]
    while stack:
        path, value = stack.pop()
        if isinstance(value, dict):
            stack += [((*path, key), item) for key, item in value.items()]
        elif path and all(path):
            found.append((path, value))
    return found


def alike(ours: Any, theirs: Any) -> bool:
    """Whether two values are the same, as far as ours is known."""
    if isinstance(ours, Unknown):
        return True
    if isinstance(ours, list | dict) and isinstance(theirs, list | dict):
        return _alike_inside(ours, theirs)
    if isinstance(ours, bool) is not isinstance(theirs, bool):
        return False
    if isinstance(ours, float) and isinstance(theirs, int | float):
        return math.isclose(ours, theirs, rel_tol=1e-14)
    if isinstance(ours, str) and isinstance(theirs, str):
        return ours == theirs or _replaced(ours) == _replaced(theirs)
    return bool(ours == theirs)


def _alike_inside(ours: Any, theirs: Any) -> bool:
    # An empty table of Lua is a list and a mapping, and a field that is Unknown may be none.
    if isinstance(ours, dict) and (isinstance(theirs, dict) or not theirs):
        theirs = theirs or {}
        return all(alike(ours.get(k), theirs.get(k)) for k in ours.keys() | theirs.keys())
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    return not ours and not theirs


def _replaced(text: str) -> str:
    """With what is no UTF-8 as U+FFFD, as most oracles read it, however many there are."""
    out: list[str] = []
    for char in text:
        shown = "\ufffd" if "\ud800" <= char <= "\udfff" else char
        if shown != "\ufffd" or out[-1:] != ["\ufffd"]:
            out.append(shown)
    return "".join(out)
