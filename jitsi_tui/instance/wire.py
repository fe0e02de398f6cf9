"""What travels between us and ``apply.pl`` on the server: edits there, records back.

Records are lines ``NONCE FIELD<TAB>FIELD…``. A line without this run's nonce is noise (a banner, a
shell's greeting), and whatever a field holds is text from a server, to be shown with care.
"""

from __future__ import annotations

import difflib
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace

from jitsi_tui.resources import remote_modules
from jitsi_tui.ssh.command import Command, Root
from jitsi_tui.ssh.shipped import shipped

from .layout import Layout
from .model import FileChange, InstanceError

MAX_LINE = 64 * 1024
"""Bytes of one record; our program writes no longer ones."""

MAX_RECORDS = 20_000
"""Records of one command: an hour of countdown and every step many times over."""

_ESCAPE = re.compile(rb"[\x00-\x1f\x7f\\]")
_SHORT = {b"\t": b"\\t", b"\n": b"\\n", b"\r": b"\\r", b"\\": b"\\\\"}
_ESCAPED = re.compile(rb"\\(x[0-9a-f]{2}|.)", re.DOTALL)
_LONG = {b"t": b"\t", b"n": b"\n", b"r": b"\r"}


class WireError(InstanceError):
    """The program on the server did not say what it should."""

    kind = "protocol"


def escape(field: bytes) -> bytes:
    """A field as it stands in a record: no tab, no line end, nothing that a terminal obeys."""
    return _ESCAPE.sub(lambda m: _SHORT.get(m[0]) or b"\\x%02x" % m[0][0], field)


def unescape(field: bytes) -> bytes:
    """The field itself. What isn't an escape of ours stays as it is."""

    def one(match: re.Match[bytes]) -> bytes:
        what = match[1]
        if len(what) == 3:
            return bytes([int(what[1:], 16)])
        return _LONG.get(what, what)

    return _ESCAPED.sub(one, field)


def record(*fields: bytes | str) -> bytes:
    """One line of escaped fields."""
    raw = (field.encode() if isinstance(field, str) else field for field in fields)
    return b"\t".join(escape(field) for field in raw) + b"\n"


def split(line: bytes) -> tuple[str, ...]:
    """The fields of a line, as text; bytes that aren't UTF-8 are replaced."""
    return tuple(unescape(field).decode("utf-8", "replace") for field in line.split(b"\t"))


def edits(before: bytes, after: bytes) -> Iterator[tuple[int, int, bytes]]:
    """How ``before`` becomes ``after``: offset, length and new bytes, whole lines, in order.

    Lines that stay don't travel, so a secret in them never reaches sudo's input log.
    """
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    offsets = [0]
    for line in old:
        offsets.append(offsets[-1] + len(line))
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if tag != "equal":
            yield offsets[i1], offsets[i2] - offsets[i1], b"".join(new[j1:j2])


def file_records(change: FileChange, original: tuple[str, int] | None) -> Iterator[bytes]:
    """One file of a request: from a backup's ``original`` (id and number), else as edits."""
    mode = "" if change.mode_after is None else f"{change.mode_after:04o}"
    yield record("file", change.path, change.sha256_before, change.sha256_after, mode)
    if original:
        yield record("original", original[0], str(original[1]))
        return
    for offset, length, text in edits(change.before, change.after):
        yield record("edit", str(offset), str(length), text)


def new_nonce() -> str:
    """A mark for the records of one command."""
    return secrets.token_hex(8)


def command(
    layout: Layout,
    mode: str,
    nonce: str,
    title: str,
    *args: str,
    request: bytes | None = None,
    root: Root = Root.YES,
) -> Command:
    """``apply.pl`` in one of its modes, with all that it consists of on standard input.

    The practice server (a layout with a root of its own) is changed without being root.
    """
    parts = [*remote_modules("Apply"), "effective.lua"]
    told = {}
    if request is not None:
        parts.append("apply.pl")
        told["request"] = request
    made = shipped(
        "apply.pl",
        *layout.arguments(),
        f"--mode={mode}",
        f"--nonce={nonce}",
        *args,
        root=Root.IF_POSSIBLE if layout.root else root,
        parts=parts,
        told=told,
    )
    return replace(made, title=title)


@dataclass
class Records:
    """Cuts a byte stream into this nonce's records."""

    nonce: str
    _rest: bytes = b""
    _count: int = 0

    def feed(self, data: bytes) -> list[tuple[str, ...]]:
        """The records that are complete now. Raises ``WireError`` when there is no end of it."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > MAX_LINE:
            raise WireError("the server sends a line without an end")
        mark = self.nonce.encode() + b" "
        found = [
            split(line[len(mark) :])
            for line in lines
            if line.startswith(mark) and len(line) <= MAX_LINE
        ]
        self._count += len(lines)
        if self._count > MAX_RECORDS:
            raise WireError("the server sends records without an end")
        return found
