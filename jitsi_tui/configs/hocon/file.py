"""jicofo.conf as a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from ..document import (
    Change,
    ConfigError,
    Document,
    Edit,
    Path,
    Setting,
    Unknown,
    Value,
    merged,
    same,
)
from . import layout
from .meaning import Found, Leaf, Meaning
from .scanner import scan
from .values import literal

_BY_HAND = "make the change by hand, on this line or below it"


class Hocon(Document):
    """A HOCON file. Paths are the keys from the root: ("jicofo", "authentication", "enabled").

    Lists are values; objects are not, their fields are. A substitution counts as the constant
    it stands for in this file, else as Unknown, and so does what an ``include`` may override.
    """

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.root = scan(text, file)
        self.meaning = Meaning(self.root, text)

    @classmethod
    def parse(cls, text: str, file: str) -> Self:
        """Read a file; ConfigError where it is no HOCON object."""
        return cls(text, file)

    def settings(self) -> list[Setting]:
        """Every field that holds no object, in order."""
        effective = {id(leaf) for leaf in self.meaning.effective()}
        return [
            Setting(leaf.path, self.meaning.value(leaf), leaf.field.line, id(leaf) in effective)
            for leaf in self.meaning.leaves
        ]

    def get(self, path: Path) -> Setting | None:
        """The value that holds for a path, or None where this file does not set it."""
        found = self.meaning.find(path)
        if found.leaf is None:
            return None
        if found.include is not None:
            return Setting(path, Unknown(f"include {found.include.what}"), found.include.line)
        if found.leaf.path != path:
            return Setting(path, Unknown(self._source(found.leaf)), found.leaf.field.line)
        return Setting(path, self.meaning.value(found.leaf), found.leaf.field.line)

    def undecided(self, path: Path) -> bool:
        """Whether no constant in this file decides: a substitution does, or an ``include``."""
        found = self.meaning.find(path)
        setting = self.get(path)
        return found.include is not None or (
            setting is not None and isinstance(setting.value, Unknown)
        )

    def set(self, path: Path, value: Value) -> Change[Self]:
        """Give one path a value: where it stands, else in the object that it belongs to."""
        return self.set_many({path: value})

    def set_many(self, values: Mapping[Path, Value]) -> Change[Self]:
        """Give several paths their values at once; new ones with one parent become one object."""
        edits: list[Edit] = []
        new: dict[Path, dict[str, Value]] = {}
        for path, value in values.items():
            self._check_path(path)
            found = self.get(path)
            if found is not None and same(found.value, value) and self._plain(path):
                continue
            leaf = self._editable(path)
            if leaf is None:
                new.setdefault(path[:-1], {})[path[-1]] = value
            else:
                start, end = leaf.field.value_start, leaf.field.end
                edits.append(Edit(start, end, self._literal(value, self._source(leaf))))
        for parent, fields in new.items():
            edits += layout.insert(self, parent, fields)
        if not edits:
            return Change(self)
        return self._checked(edits, dict(values), removed=None)

    def remove(self, path: Path) -> Change[Self]:
        """Take out every field at or below a path, and an object that we leave empty."""
        self._check_path(path)
        found = self.meaning.find(path)
        self._check_include(path, found)
        self._check_own(path, found)
        size = len(path)
        gone = [(f, made) for p, f, made in self.meaning.keys if p[:size] == path]
        if not gone:
            return Change(self)
        return self._checked(merged(layout.remove(self, gone)), {}, removed=path)

    # -- inside

    def _check_path(self, path: Path) -> None:
        if not path or not all(isinstance(key, str) for key in path):
            raise ConfigError(self.file, 0, f"{path!r} is no path", "give the keys from the root")

    def _plain(self, path: Path) -> bool:
        leaf = self.meaning.find(path).leaf
        return leaf is not None and leaf.path == path

    def _source(self, leaf: Leaf) -> str:
        return self.text[leaf.field.value_start : leaf.field.end]

    def _editable(self, path: Path) -> Leaf | None:
        name = ".".join(path)
        found = self.meaning.find(path)
        if found.leaf is not None:
            self._check_include(path, found)
        if self.meaning.is_object(path):
            line = next((f.line for p, f, _ in self.meaning.keys if p[: len(path)] == path), 0)
            raise ConfigError(self.file, line, f"{name} is an object here, not one value", _BY_HAND)
        self._check_own(path, found)
        if found.leaf is None:
            self._check_ancestors(path)
            return None
        if found.leaf.field.separator == "+=":
            raise ConfigError(
                self.file, found.leaf.field.line, f"`+=` adds to {name} here", _BY_HAND
            )
        return found.leaf

    def _check_include(self, path: Path, found: Found) -> None:
        if found.include is not None:
            what = f"include {found.include.what} may set {'.'.join(path)}"
            hint = "set it by hand: in the file included, or on a line below the include"
            raise ConfigError(self.file, found.include.line, what, hint)

    def _check_own(self, path: Path, found: Found) -> None:
        # ruby-hocon fails on some of these once a field is merged into them.
        if found.leaf is not None and found.leaf.path != path:
            what = f"{'.'.join(path)} comes from a substitution here"
            raise ConfigError(self.file, found.leaf.field.line, what, _BY_HAND)

    def _check_ancestors(self, path: Path) -> None:
        for size in range(1, len(path)):
            leaf = self.meaning.find(path[:size]).leaf
            if leaf is None or leaf.path != path[:size]:
                continue
            if not isinstance(self.meaning.value(leaf), Unknown):
                what = f"{'.'.join(leaf.path)} is no object here: it can hold no {'.'.join(path)}"
                raise ConfigError(self.file, leaf.field.line, what, "take this line out first")

    def _literal(self, value: Value, like: str = '"') -> str:
        try:
            return literal(value, like)
        except ValueError as error:
            raise ConfigError(self.file, 0, f"cannot write {error}", "") from None

    def _checked(
        self, edits: list[Edit], wanted: Mapping[Path, Value], removed: Path | None
    ) -> Change[Self]:
        """Read the edited text back: what was asked for holds, and nothing else changed."""
        after = self.edited(edits)
        line = self.text.count("\n", 0, min(edit.start for edit in edits)) + 1
        for path, value in wanted.items():
            found = after.get(path)
            if found is None or not same(found.value, value):
                self._check_include(path, self.meaning.find(path))
                what = f"{'.'.join(path)} would not become what was asked for"
                raise ConfigError(self.file, line, what, _BY_HAND)
            self._check_references(path, edits)
        if removed is not None:
            self._check_references(removed, edits)
            if after.get(removed) is not None or after.meaning.is_object(removed):
                what = f"{'.'.join(removed)} would still be set"
                raise ConfigError(self.file, line, what, _BY_HAND)
        ignored = set(wanted)
        size = len(removed) if removed is not None else 0
        before_all, after_all = self._all(), after._all()
        for path in before_all.keys() | after_all.keys():
            if path in ignored or (removed is not None and path[:size] == removed):
                continue
            if (
                path not in before_all
                or path not in after_all
                or not same(before_all[path], after_all[path])
            ):
                what = f"the change would alter {'.'.join(path)} too"
                raise ConfigError(self.file, line, what, _BY_HAND)
        return Change(after, tuple(sorted(edits, key=lambda e: e.start)))

    def _all(self) -> dict[Path, Value]:
        everything: dict[Path, Value] = {}
        for leaf in self.meaning.effective():
            found = self.get(leaf.path)
            everything[leaf.path] = found.value if found is not None else None
        return everything

    def _check_references(self, path: Path, edits: list[Edit]) -> None:
        """Refuse where another value is made of the one that changes."""
        for reference, start, line in self.meaning.references:
            if any(edit.start <= start < edit.end for edit in edits):
                continue
            size = min(len(reference), len(path)) if reference is not None else 0
            if reference is None or reference[:size] == path[:size]:
                what = f"a substitution here takes over {'.'.join(path)}, and would change too"
                raise ConfigError(self.file, line, what, _BY_HAND)
