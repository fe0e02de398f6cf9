"""known_hosts: a tolerant reading (``sshd(8)``, SSH_KNOWN_HOSTS FILE FORMAT), append-only trust."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from .host import HostKeyError

_MOST_BYTES = 64 * 1024 * 1024
"""A known_hosts file beyond this is none."""

_SIGNATURES = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}
"""How a key type is called in the negotiation, where it is not by its own name (RFC 8332)."""


class Marker(Enum):
    """What a line says about its key."""

    HOST = ""
    REVOKED = "@revoked"
    AUTHORITY = "@cert-authority"


class Key(NamedTuple):
    """A public key as the wire and the files know it."""

    type: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """``SHA256:…`` as OpenSSH prints it."""
        return fingerprint(self.blob)


class Entry(NamedTuple):
    """One line of a file that can be used."""

    file: Path
    line: int
    marker: Marker
    names: str
    key: Key

    def covers(self, name: str) -> bool:
        """Whether the line is about ``name`` (``host`` or ``[host]:port``)."""
        if self.names.startswith("|1|"):
            return _is_hash_of(self.names, name)
        hit = False
        for pattern in self.names.lower().split(","):
            bare = pattern.removeprefix("!")
            # Only * and ? are wild in known_hosts, and [host]:port is full of brackets.
            if fnmatchcase(name, bare.replace("[", "[[]")):
                if bare != pattern:
                    return False
                hit = True
        return hit

    @property
    def place(self) -> str:
        return f"{self.file} line {self.line}"


@dataclass(frozen=True)
class Known:
    """The very key stands in a file."""

    entry: Entry


@dataclass(frozen=True)
class Unknown:
    """No file has a key of this type for the host; ``others`` are its keys of other types."""

    others: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Changed:
    """A file has another key of this type for the host."""

    entry: Entry


@dataclass(frozen=True)
class Revoked:
    """A line says that this key is no longer to be trusted."""

    entry: Entry


Verdict = Known | Unknown | Changed | Revoked


class KnownHosts:
    """The usable lines of several files, in their order."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = tuple(entries)

    @classmethod
    def read(cls, files: Iterable[Path]) -> KnownHosts:
        """Files that are absent have no lines; a line that can't be read is passed over."""
        return cls(entry for file in files for entry in _entries(file))

    def about(self, name: str) -> tuple[Entry, ...]:
        """Every line about ``name``."""
        name = name.lower()
        return tuple(entry for entry in self._entries if entry.covers(name))

    def verdict(self, name: str, key: Key, *, also: str | None = None) -> Verdict:
        """What the files say about ``key`` of ``name``.

        ``also`` is a second name that may vouch for the key but not speak against it: OpenSSH
        accepts the key of ``host`` for ``[host]:port``.
        """
        lines = self.about(name)
        vouching = lines + (self.about(also) if also is not None else ())
        for entry in vouching:
            if entry.marker is Marker.REVOKED and entry.key == key:
                return Revoked(entry)
        for entry in vouching:
            if entry.marker is Marker.HOST and entry.key == key:
                return Known(entry)
        plain = tuple(entry for entry in lines if entry.marker is Marker.HOST)
        for entry in plain:
            if entry.key.type == key.type:
                return Changed(entry)
        return Unknown(plain)

    def prefer(self, name: str, algorithms: Iterable[str], *, also: str | None = None) -> list[str]:
        """``algorithms`` with those first whose keys of ``name`` are known.

        A server that shows another of its keys than the known one would otherwise look unknown.
        """
        lines = self.about(name) or (self.about(also) if also is not None else ())
        types = {entry.key.type for entry in lines if entry.marker is Marker.HOST}
        known = {name for kind in types for name in _SIGNATURES.get(kind, (kind,))}
        return sorted(algorithms, key=lambda algorithm: algorithm not in known)


def host_name(host: str, port: int, alias: str | None = None) -> str:
    """How known_hosts names a host: an alias stands without port (HostKeyAlias)."""
    if alias is not None:
        return alias
    return host.lower() if port == 22 else f"[{host.lower()}]:{port}"


def fingerprint(blob: bytes) -> str:
    """``SHA256:…`` as OpenSSH prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def trust(file: Path, name: str, key: Key, *, hashed: bool = False) -> None:
    """Add one line to the end of ``file``; every byte that stood there stays.

    Creates the file (0600) and its folder (0700). Written by one call, so that no half line is left
    and two of us don't mix. Raises ``HostKeyError``.
    """
    shown = _hash_of(name, os.urandom(20)) if hashed else name
    line = f"{shown} {key.type} {base64.b64encode(key.blob).decode()}\n".encode()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            written = os.write(handle, _missing_newline(handle) + line)
        finally:
            os.close(handle)
    except OSError as error:
        raise HostKeyError(
            f"the key of {name} can't be added to {file}: {error.strerror}",
            "make the file writable, or name another by --known-hosts",
        ) from None
    if written < len(line):
        raise HostKeyError(
            f"the key of {name} was added to {file} in part: the disk is full",
            "free some space and remove the file's last line",
        )


def _missing_newline(handle: int) -> bytes:
    try:
        end = os.lseek(handle, 0, os.SEEK_END)
        return b"\n" if end and os.pread(handle, 1, end - 1) != b"\n" else b""
    except OSError:
        return b""  # no plain file, such as /dev/null


def _entries(file: Path) -> Iterator[Entry]:
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES)
    except OSError:
        return
    for number, raw in enumerate(content.split(b"\n"), 1):
        entry = _entry(file, number, raw.decode("utf-8", "surrogateescape").strip())
        if entry is not None:
            yield entry


def _entry(file: Path, number: int, line: str) -> Entry | None:
    if not line or line.startswith("#"):
        return None
    words = re.split(r"[ \t]+", line, maxsplit=4)
    marker = Marker.HOST
    if words[0].startswith("@"):
        try:
            marker = Marker(words.pop(0))
        except ValueError:
            return None
    if len(words) < 3:
        return None
    names, kind, encoded = words[:3]
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    if not _says_type(blob, kind):
        return None
    return Entry(file, number, marker, names, Key(kind, blob))


def _says_type(blob: bytes, kind: str) -> bool:
    """A key's blob begins with the name of its type (RFC 4253, 6.6)."""
    name = kind.encode("utf-8", "surrogateescape")
    return blob.startswith(len(name).to_bytes(4, "big") + name)


def _hash_of(name: str, salt: bytes) -> str:
    digest = hmac.new(salt, name.encode("utf-8", "surrogateescape"), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


def _is_hash_of(hashed: str, name: str) -> bool:
    try:
        salt = base64.b64decode(hashed.split("|")[2], validate=True)
    except (IndexError, binascii.Error, ValueError):
        return False
    return hmac.compare_digest(_hash_of(name, salt).encode(), hashed.encode("utf-8", "replace"))
