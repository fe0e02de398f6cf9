"""The user's config.toml: read with tomllib, written with tomlkit so that comments survive.

It never holds a password. Where it lies: ``$XDG_CONFIG_HOME/jitsi-tui/config.toml``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from jitsi_tui import replaced_file


class SettingsError(Exception):
    """config.toml can't be used. ``hint`` says what to do."""

    kind = "settings"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class SavedServer(NamedTuple):
    """One server that the app has been on."""

    destination: str
    domain: str = ""
    posture: str = ""
    seen: datetime | None = None


class Settings(NamedTuple):
    """What the user may choose; each default is what we think right."""

    theme: str = "jitsi-tui-dark"
    """The app's theme."""

    confirm_timeout: float = 60.0
    """Seconds that a changed server waits for its proof before it rolls back by itself."""

    passphrase_bits: float = 70.0
    """Strength of generated passphrases."""

    removed_kept_days: float = 30.0
    """Days for which the removal of a moderator can be undone; then the server forgets him."""

    log_records: int = 100_000
    """Records a log source keeps in memory."""

    servers: tuple[SavedServer, ...] = ()
    """Servers seen before, newest first."""


_LIMITS: Mapping[str, tuple[float, float]] = {
    "confirm_timeout": (10, 3600),
    "passphrase_bits": (70, 256),
    "removed_kept_days": (1, 365),
    "log_records": (1_000, 5_000_000),
}
_MAX_SERVERS = 50


def default_path() -> Path:
    """Where config.toml lies unless ``--config`` says otherwise."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "jitsi-tui" / "config.toml"


def load(path: Path | None) -> Settings:
    """The settings of a file. A default file may be missing, a named one may not.

    Raises ``SettingsError`` for what can't be read or understood, naming the key.
    """
    file = path or default_path()
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        if path is None:
            return Settings()
        raise SettingsError(f"{file} does not exist", "name a file that does") from None
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(file, error) from None
    import tomllib  # noqa: PLC0415 - only whoever has chosen something needs it

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(file, error) from None
    return _checked(data, file)


def _unreadable(file: Path, error: Exception) -> SettingsError:
    return SettingsError(f"{file} can't be read: {_said(error)}", "mend it, or move it away")


def _checked(data: Mapping[str, object], file: Path) -> Settings:
    settings = Settings(servers=_servers(data.get("servers")))
    theme = data.get("theme")
    if isinstance(theme, str):
        settings = settings._replace(theme=theme)
    for key, (low, high) in _LIMITS.items():
        if key not in data:
            continue
        value = data[key]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise SettingsError(f"{file}: {key} is not a number", f"write one from {low} to {high}")
        if not low <= value <= high:
            raise SettingsError(
                f"{file}: {key} = {value} is out of range", f"write one from {low} to {high}"
            )
        number = int(value) if key == "log_records" else float(value)
        settings = settings._replace(**{key: number})  # type: ignore[arg-type]
    return settings


def _servers(value: object) -> tuple[SavedServer, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(
        SavedServer(
            destination=entry["destination"],
            domain=_text(entry.get("domain")),
            posture=_text(entry.get("posture")),
            seen=_time(entry.get("seen")),
        )
        for entry in value
        if isinstance(entry, dict) and isinstance(entry.get("destination"), str)
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _time(value: object) -> datetime | None:
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def remember(path: Path | None, server: SavedServer) -> None:
    """Put a server at the top of the list. Other keys and comments of the file stay.

    Raises ``SettingsError`` where the file can't be written.
    """
    import tomlkit  # noqa: PLC0415 - 40 ms that only writing needs
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    file = path or default_path()
    try:
        text = file.read_text("utf-8") if file.exists() else ""
        document = tomlkit.parse(text)
        others = [s for s in _servers(document.unwrap().get("servers")) if s != server]
        others = [s for s in others if s.destination != server.destination]
        entries = tomlkit.aot()
        for entry in [server, *others][:_MAX_SERVERS]:
            table = tomlkit.table()
            table["destination"] = entry.destination
            table["domain"] = entry.domain
            table["posture"] = entry.posture
            if entry.seen is not None:
                table["seen"] = entry.seen.replace(microsecond=0)
            entries.append(table)
        document["servers"] = entries
        replaced_file.replace(file, tomlkit.dumps(document))
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise SettingsError(f"{file} can't be written: {_said(error)}") from None


def _said(error: Exception) -> str:
    """What an error says, without its number and the file's name again."""
    return (isinstance(error, OSError) and error.strerror) or str(error)
