"""The manifest of a backup: ``/var/backups/jitsi-tui/<UTC time>-<n>/manifest``.

Line based: fields between tabs, escaped as in ``wire``, the first line ``jitsi-tui-backup 1``;
blank lines at the end are room that the ending of a run may need on a full disk. Keys: ``id time
who what domain policy-before policy-after undoes undone-by state message hint proof`` with one
value each; ``restart NAME``, ``baseline NAME KIND STATE PID START BOOT PORTS``, ``file NUMBER PATH
SHA256-BEFORE SHA256-AFTER UID GID MODE MODE-AFTER`` (the last
empty where it stays) and ``step NAME SECONDS OK`` any number of times. Beside
it lie the original files, named by their number.

While a run isn't at its end a file ``phase.NAME`` lies beside the manifest (``preparing``,
``changing``, ``waiting``, ``confirmed``, ``reverting``, ``reverted``): that backup is
*unfinished*. It is *running* if ``/run/jitsi-tui/<id>/process`` (``PID START BOOT``, START in
clock ticks as in field 22 of ``/proc/PID/stat``) names a process that is there, and *half done*
otherwise: ``apply.recover`` or the next boot brings it to its end. No ``phase.*`` file: finished,
and ``state`` says how.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Literal, cast

from .. import wire
from ..model import Backup, BackupFile, InstanceError

MAX_SIZE = 1024 * 1024
VERSION = "1"
NAME = re.compile(r"\d{8}T\d{6}Z-\d{1,6}", re.ASCII)
"""How a backup's id looks, which is also its folder's name."""

_MODE = re.compile(r"[0-7]{4}", re.ASCII)
_STATES = ("applied", "rolled-back", "open", "failed")
_MAX_FILES = 256


class ManifestError(InstanceError):
    """A manifest that isn't one of ours, or that is damaged."""

    kind = "backup"


def parse(data: bytes) -> Backup:
    """A backup as its manifest tells it. Raises ``ManifestError`` with what is wrong."""
    if len(data) > MAX_SIZE:
        raise ManifestError("a manifest of more than 1 MiB is none of ours")
    head, *records = [wire.split(line) for line in data.split(b"\n") if line] or [()]
    if head[:1] != ("jitsi-tui-backup",):
        raise ManifestError("this is no manifest of a backup")
    if head[1:2] != (VERSION,):
        raise ManifestError(
            "this backup was made by a newer jitsi-tui", "Use that version to restore it."
        )
    one = {fields[0]: fields[1] for fields in records if len(fields) == 2}
    files = tuple(_file(fields) for fields in records if fields[0] == "file")
    if len(files) > _MAX_FILES:
        raise ManifestError("a manifest of more than 256 files is none of ours")
    return Backup(
        id=_id(one),
        time=_time(one),
        who=one.get("who", ""),
        what=one.get("what", ""),
        files=files,
        proof=one.get("proof"),
        state=_state(one),
        policy_before=one.get("policy-before", ""),
        policy_after=one.get("policy-after", ""),
        domain=one.get("domain", ""),
        undoes=one.get("undoes"),
        undone_by=one.get("undone-by"),
        message=one.get("message", ""),
        hint=one.get("hint", ""),
    )


def is_id(text: str) -> bool:
    """Whether this can be the id of a backup: nothing else ever reaches a command or a path."""
    return NAME.fullmatch(text) is not None


def _id(one: dict[str, str]) -> str:
    value = one.get("id", "")
    if not is_id(value):
        raise ManifestError("a manifest without the id of a backup")
    return value


def _time(one: dict[str, str]) -> datetime:
    try:
        return datetime.strptime(one.get("time", ""), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ManifestError("a manifest without the time of the backup") from None


def _state(one: dict[str, str]) -> Literal["applied", "rolled-back", "open", "failed"]:
    value = one.get("state", "")
    if value not in _STATES:
        raise ManifestError("a manifest that doesn't say how the change ended")
    return cast(Literal["applied", "rolled-back", "open", "failed"], value)


def _file(fields: tuple[str, ...]) -> BackupFile:
    if len(fields) < 5 or not fields[2].startswith("/"):
        raise ManifestError("a manifest with a damaged list of files")
    before, after = (*fields[7:9], "", "")[:2]
    return BackupFile(
        path=fields[2],
        sha256_before=fields[3],
        sha256_after=fields[4],
        mode_before=int(before, 8) if _MODE.fullmatch(before) else None,
        mode_after=int(after, 8) if _MODE.fullmatch(after) else None,
    )
