"""A set of Prosody files that include each other, read as Prosody reads them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..document import ConfigError, Path, Setting
from .events import Header, IncludePlace, Place, prepared_name
from .file import Block, ProsodyFile

_MAX_INCLUDES = 1000


@dataclass(frozen=True)
class Held:
    """A setting and the file that holds it.

    ``rival`` names another file of the same glob that sets the option too: Prosody reads such
    files in no certain order.
    """

    file: str
    setting: Setting
    rival: str | None = None


class Files:
    """The main file and those that it includes, by path.

    ``order`` are the paths in the order in which they are read, ``documents`` the files, and
    ``missing`` the includes (file, pattern, line) for which there is no text. Globs are matched
    against the paths given, in their order by name; a pattern that is not absolute counts from
    the folder of the file that it stands in. Files whose names begin with a dot are not matched.
    """

    def __init__(self, main: str, texts: Mapping[str, str]) -> None:
        if main not in texts:
            raise ConfigError(main, 0, "the main file is missing", "give its text")
        self.main = main
        self.documents: dict[str, ProsodyFile] = {}
        self.order: list[str] = []
        self.missing: list[tuple[str, str, int]] = []
        self._texts = texts
        self._events: list[tuple[str, Place | Header]] = []
        self._group: dict[str, int] = {}
        self._groups = 0
        self._visits = 0
        self._read(main, ())

    def get(self, path: Path) -> Held | None:
        """The setting that holds for (host, option) over all files, and its file."""
        host, option = prepared_name(path[0]), path[1]
        for owner in dict.fromkeys((host, "")):
            held = self._own(owner, option)
            if held is not None:
                return held
        return None

    def own(self, path: Path) -> Held | None:
        """As :meth:`get`, without what the global section gives."""
        return self._own(prepared_name(path[0]), path[1])

    def hosts(self) -> list[tuple[str, Block]]:
        """Every host of every file, in the order in which they are read."""
        return [(file, block) for file in self.order for block in self.documents[file].hosts()]

    def files_of(self, host: str) -> list[str]:
        """The files that name a host: more than one where they merge."""
        return [f for f in self.order if self.documents[f].host(host) is not None]

    def _own(self, host: str, option: str) -> Held | None:
        rival: str | None = None
        found: tuple[str, Place] | None = None
        for file, event in self._events:
            if not isinstance(event, Place):
                continue
            if event.host not in (host, None) or event.option not in (option, None):
                continue
            rival = None
            if found is not None and found[0] != file and self._same_glob(found[0], file):
                rival = found[0]
            found = (file, event)
        if found is None:
            return None
        file, place = found
        value = self.documents[file].value(place)
        if value is None:
            return None
        return Held(file, Setting((host, option), value, place.line), rival)

    def _same_glob(self, one: str, other: str) -> bool:
        return one in self._group and self._group[one] == self._group.get(other)

    def _read(self, file: str, above: tuple[str, ...]) -> None:
        self._visits += 1
        if file in above or self._visits > _MAX_INCLUDES:
            raise ConfigError(
                file,
                0,
                "this file includes itself, or too many files",
                "break the loop of Includes",
            )
        if file not in self.documents:
            self.documents[file] = ProsodyFile.parse(self._texts[file], file)
            self.order.append(file)
        for event in self.documents[file].events:
            if not isinstance(event, IncludePlace):
                self._events.append((file, event))
                continue
            if event.pattern is None:
                raise ConfigError(
                    file,
                    event.line,
                    "the file name of this Include is not a constant",
                    "write it as one",
                )
            matched = list(self._matching(file, event.pattern))
            if len(matched) > 1:
                self._groups += 1
                self._group.update((name, self._groups) for name in matched)
            if not matched and not set(event.pattern) & set("*?"):
                self.missing.append((file, event.pattern, event.line))
            for name in matched:
                self._read(name, (*above, file))

    def _matching(self, file: str, pattern: str) -> Iterator[str]:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), pattern))
        folder, glob = posixpath.split(path)
        names = sorted(self._texts, key=posixpath.normpath)
        if not set(glob) & set("*?"):
            yield from (name for name in names if posixpath.normpath(name) == path)
            return
        parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in glob)
        wanted = re.compile("".join(parts), re.DOTALL)
        for name in names:
            place, base = posixpath.split(posixpath.normpath(name))
            if place == folder and not base.startswith(".") and wanted.fullmatch(base):
                yield name
