"""Which backups may go when somebody asks to keep the newest few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..model import Backup, Instance


@dataclass(frozen=True)
class Pruning:
    """Backups that would be deleted, and those that stay; newest first."""

    gone: tuple[Backup, ...]
    kept: tuple[Backup, ...]
    held: tuple[tuple[Backup, str], ...] = ()
    """Of ``kept``: those that are older than what was asked for, and why they stay."""


def keep_newest(instance: Instance, keep: int) -> Pruning:
    """All but the newest ``keep`` backups of this domain (at least 0)."""
    ours = _of_this_domain(instance)
    return _sort(instance, ours[:keep], ours[keep:])


def older_than(instance: Instance, identifier: str) -> Pruning:
    """All backups of this domain that are older than the one of that id."""
    ours = _of_this_domain(instance)
    at = next((n for n, backup in enumerate(ours) if backup.id == identifier), len(ours) - 1)
    return _sort(instance, ours[: at + 1], ours[at + 1 :])


def _of_this_domain(instance: Instance) -> list[Backup]:
    """Those of a domain that is no longer here count as well: nobody else would clear them away."""
    others = set(instance.domains) - {instance.domain}
    return [backup for backup in instance.backups if backup.domain not in others]


def _sort(instance: Instance, kept: Sequence[Backup], older: Sequence[Backup]) -> Pruning:
    held = [(b, why) for b in older if (why := _needed(instance, b))]
    staying = [*kept, *(backup for backup, _ in held)]
    gone = [backup for backup in older if backup not in staying]
    return Pruning(tuple(gone), tuple(staying), tuple(held))


def _needed(instance: Instance, backup: Backup) -> str:
    """Why a backup can't be done without, empty where it can."""
    if backup.state == "open" or backup.id == instance.unfinished:
        return "its change has not ended"
    if backup.state == "failed" and backup.undone_by is None:
        return "its change could not be rolled back, and these are the originals"
    return ""
