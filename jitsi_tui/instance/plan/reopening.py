"""Back to the bytes from before a server was closed, where our own backup has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..model import Backup, FileChange, Instance, InstanceError, SourceFile
from ..posture import settings
from .changed import files, with_changes

ReadBackup = Callable[[str], Mapping[str, bytes]]
_BACKUPS_READ = 3
"""Reading a backup is a command on the server: the newest that fit are enough."""


def by_backup(instance: Instance, read_backup: ReadBackup) -> list[FileChange] | None:
    """The bytes from before our own ``secure``, if its files are still what it made of them.

    Other changes may have come between: a page that was installed, something that was undone.
    The page itself says nothing of who may open meetings, and stays.
    """
    present = {f.real: f for f in files(instance) if f.real != instance.page_path}
    untouched = [
        backup
        for backup in applied(instance)
        if all(
            entry.path in present and present[entry.path].sha256 == entry.sha256_after
            for entry in backup.files
        )
    ]
    for backup in untouched[:_BACKUPS_READ]:
        changes = _opening(instance, present, backup, read_backup)
        if changes is not None:
            return changes
    return None


def _opening(
    instance: Instance,
    present: Mapping[str, SourceFile],
    backup: Backup,
    read_backup: ReadBackup,
) -> list[FileChange] | None:
    """What a backup's files would change, where that opens the server."""
    try:
        originals = read_backup(backup.id)
    except InstanceError:
        return None
    changes = [
        FileChange(path, present[path].data, data)
        for path, data in originals.items()
        if path in present and present[path].data != data
    ]
    before = settings(with_changes(instance, changes))
    opens = before.open and not before.guests and before.authority == "off"
    return changes if opens else None


def newest_applied(instance: Instance) -> Backup | None:
    """The newest backup of a change that was applied to this domain."""
    return next(applied(instance), None)


def applied(instance: Instance) -> Iterator[Backup]:
    """Backups of changes applied to this domain, newest first; it may not be the only one."""
    ours = ("", instance.domain)
    return (b for b in instance.backups if b.state == "applied" and b.domain in ours)
