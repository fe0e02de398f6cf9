"""Accounts as Prosody's ``internal`` storage keeps them: one Lua file an account.

``/var/lib/prosody/<host>/accounts/<user>.dat``; in both names all bytes but letters and digits are
written ``%xx`` (util.datamanager).
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from .keys import write_private
from .scram import Keys, derive

_FIELD = re.compile(r'\["(\w+)"\] = (?:"([^"]*)"|([\d.]+));')


def encode(name: str) -> str:
    """A host's or a user's name as a file name."""
    return re.sub(rb"[^A-Za-z0-9]", lambda match: b"%%%02x" % match[0][0], name.encode()).decode(
        "ascii"
    )


def decode(name: str) -> str:
    """The name that was encoded."""
    return re.sub(
        rb"%([0-9a-f]{2})", lambda match: bytes((int(match[1], 16),)), name.encode()
    ).decode("utf-8", "replace")


class Accounts:
    """All accounts of a server, in its data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def names(self, host: str) -> list[str]:
        """The accounts of a host, sorted."""
        folder = self._data / encode(host) / "accounts"
        return sorted(decode(path.stem) for path in folder.glob("*.dat"))

    def exists(self, user: str, host: str) -> bool:
        return self._path(user, host).is_file()

    def set(self, user: str, host: str, password: str, *, at: float | None = None) -> None:
        """Create an account, or give it a new password. ``at``: Unix time, now by default."""
        keys = derive(password)
        now = time.time() if at is None else at
        created = self._fields(user, host).get("created", f"{now:.0f}")
        path = self._path(user, host)
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        new = path.with_suffix(".dat~")
        new.unlink(missing_ok=True)
        write_private(new, _lua(keys, created, f"{now:.0f}").encode())
        new.chmod(0o640)
        new.rename(path)

    def remove(self, user: str, host: str) -> None:
        self._path(user, host).unlink(missing_ok=True)

    def keys(self, user: str, host: str) -> Keys | None:
        """What is stored of its password; ``None`` where there is no such account."""
        fields = self._fields(user, host)
        try:
            return Keys(
                fields["salt"],
                int(fields["iteration_count"]),
                bytes.fromhex(fields["stored_key"]),
                bytes.fromhex(fields["server_key"]),
            )
        except (KeyError, ValueError):
            return None

    def _path(self, user: str, host: str) -> Path:
        return self._data / encode(host) / "accounts" / f"{encode(user)}.dat"

    def _fields(self, user: str, host: str) -> dict[str, str]:
        try:
            text = self._path(user, host).read_text("utf-8")
        except OSError:
            return {}
        return {name: quoted or number for name, quoted, number in _FIELD.findall(text)}


def _lua(keys: Keys, created: str, updated: str) -> str:
    fields = {
        "created": created,
        "iteration_count": str(keys.iterations),
        "salt": f'"{keys.salt}"',
        "server_key": f'"{keys.server_key.hex()}"',
        "stored_key": f'"{keys.stored_key.hex()}"',
        "updated": updated,
    }
    lines = "".join(f'\t["{name}"] = {value};\n' for name, value in fields.items())
    return f"return {{\n{lines}}};\n"
