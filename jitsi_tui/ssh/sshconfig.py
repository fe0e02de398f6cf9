"""A strict reading of ``ssh_config(5)``, for machines without an ssh program.

What it can't judge (``Match``) it refuses, naming the line: connecting by half a configuration
could mean another host, another user, or no jump host.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .host import HostError

_SYSTEM = Path("/etc/ssh/ssh_config")
_MOST_INCLUDES = 16
_MANY = frozenset({"identityfile", "certificatefile", "sendenv", "localforward", "remoteforward"})
"""Settings that add up; of all others the first value counts."""

_WHOLE = frozenset({"proxycommand", "localcommand", "remotecommand", "knownhostscommand"})
"""Settings whose value is the rest of the line, quotes and all."""

_DEFAULT_KEYS = ("id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk")


class SshConfigError(HostError):
    """A line of the ssh configuration that can't be judged here."""

    kind = "destination"


@dataclass(frozen=True)
class _Line:
    file: Path
    number: int
    key: str
    rest: str

    def fail(self, why: str) -> SshConfigError:
        return SshConfigError(
            f"{self.file} line {self.number}: {why}",
            "install the ssh program (openssh-client), or name another file by --ssh-config",
        )

    def words(self) -> list[str]:
        """The value's words, quotes taken off; a word that begins with ``#`` starts a comment."""
        lexer = shlex.shlex(self.rest, posix=True, punctuation_chars="")
        lexer.whitespace_split, lexer.commenters, lexer.quotes, lexer.escape = True, "", '"', ""
        try:
            words = list(lexer)
        except ValueError:
            raise self.fail("a quote is not closed") from None
        return words[: next((n for n, word in enumerate(words) if word.startswith("#")), None)]


def read(
    host: str,
    *,
    user: str | None = None,
    port: int | None = None,
    identity: Path | None = None,
    config: Path | None = None,
) -> dict[str, list[str]]:
    """The settings for ``host`` by lower case name, in the form of ``ssh -G``.

    Raises ``SshConfigError`` for ``Match``, a bad quote, or a named file that can't be read.
    """
    found: dict[str, list[str]] = {}
    if user is not None:
        found["user"] = [user]
    if port is not None:
        found["port"] = [str(port)]
    if identity is not None:
        found["identityfile"] = [str(identity)]
    if config is not None:
        _take(config, host, found, Path("~/.ssh").expanduser(), must=True)
    else:
        _take(Path("~/.ssh/config").expanduser(), host, found, Path("~/.ssh").expanduser())
        _take(_SYSTEM, host, found, _SYSTEM.parent)
    return _with_defaults(host, found)


def _with_defaults(host: str, found: dict[str, list[str]]) -> dict[str, list[str]]:
    name = found.get("hostname", [host])[0]
    found["hostname"] = [name.replace("%%", "\0").replace("%h", host).replace("\0", "%")]
    found.setdefault("identityfile", [f"~/.ssh/{name}" for name in _DEFAULT_KEYS])
    found.setdefault("userknownhostsfile", ["~/.ssh/known_hosts ~/.ssh/known_hosts2"])
    found.setdefault("globalknownhostsfile", ["/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"])
    return found


def _take(
    file: Path,
    host: str,
    found: dict[str, list[str]],
    folder: Path,
    *,
    must: bool = False,
    depth: int = 0,
) -> None:
    """Settings of one file; the ``Host`` lines of an included one end with it."""
    applies = True
    for line in _lines(file, must=must):
        if line.key == "host":
            applies = _matches(host, line.words())
        elif line.key == "match":
            if [word.lower() for word in line.words()] != ["all"]:
                raise line.fail("Match can't be judged without the ssh program")
            applies = True
        elif applies and line.key == "include":
            if depth >= _MOST_INCLUDES:
                raise line.fail("files include each other without end")
            for included in _files(line, folder):
                _take(included, host, found, folder, depth=depth + 1)
        elif applies:
            _set(found, line)


def host_patterns(file: Path, depth: int = 0) -> Iterator[str]:
    """Every pattern of a ``Host`` line, in this file and in those it includes."""
    for line in _lines(file, must=False):
        if line.key == "host":
            yield from line.words()
        elif line.key == "include" and depth < _MOST_INCLUDES:
            for included in _files(line, file.parent):
                yield from host_patterns(included, depth + 1)


def _set(found: dict[str, list[str]], line: _Line) -> None:
    value = line.rest if line.key in _WHOLE else " ".join(_quoted(w) for w in line.words())
    if line.key in _MANY:
        found.setdefault(line.key, []).append(value)
    else:
        found.setdefault(line.key, [value])


def _quoted(word: str) -> str:
    return f'"{word}"' if re.search(r"\s", word) else word


def _matches(host: str, patterns: list[str]) -> bool:
    hit = False
    for pattern in patterns:
        if pattern.startswith("!"):
            if _like(host, pattern[1:]):
                return False
        else:
            hit = hit or _like(host, pattern)
    return hit


def _like(host: str, pattern: str) -> bool:
    """Only ``*`` and ``?`` are wild; a bracket stands for itself."""
    return fnmatchcase(host, pattern.replace("[", "[[]"))


def _lines(file: Path, *, must: bool) -> Iterator[_Line]:
    try:
        text = file.read_text("utf-8", "surrogateescape")
    except OSError as error:
        if must or not isinstance(error, FileNotFoundError):
            raise SshConfigError(f"{file} can't be read: {error.strerror}") from None
        return
    for number, raw in enumerate(text.splitlines(), 1):
        if not raw.strip() or raw.lstrip().startswith("#"):
            continue
        parsed = re.fullmatch(r"\s*([A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+)(\S.*?)\s*", raw)
        if parsed is None:
            raise _Line(file, number, "", raw).fail("not a setting")
        yield _Line(file, number, parsed[1].lower(), parsed[2])


def _files(line: _Line, folder: Path) -> Iterator[Path]:
    for word in line.words():
        pattern = Path(word).expanduser()
        whole = pattern if pattern.is_absolute() else folder / pattern
        matches = Path(whole.anchor).glob(str(whole.relative_to(whole.anchor)))
        yield from (file for file in sorted(matches) if file.is_file())
