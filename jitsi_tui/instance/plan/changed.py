"""The files of an instance that a change may touch, and the instance after a change."""

from __future__ import annotations

from dataclasses import replace

from ..model import Absent, Fact, FileChange, Instance, Known, SourceFile, known


def files(instance: Instance) -> tuple[SourceFile, ...]:
    """Every file of the instance that a change may touch, as far as it could be read."""
    facts: tuple[Fact[SourceFile], ...] = (
        instance.meet,
        instance.jicofo.hocon,
        instance.jicofo.properties,
        instance.page,
        instance.jigasi,
    )
    found = [file for fact in facts if (file := known(fact)) is not None]
    return (*instance.prosody.files.values(), *found)


def with_changes(instance: Instance, changes: list[FileChange]) -> Instance:
    """The instance as it would be read after these changes to its files.

    Prosody's own reading (``effective``) is of the files before, so it is dropped.
    """
    after = {change.path: change for change in changes}

    def changed(file: SourceFile) -> SourceFile:
        if file.real not in after:
            return file
        mode = after[file.real].mode_after
        if mode is None:
            return replace(file, data=after[file.real].after)
        public = file.public and bool(mode & 0o004)
        return replace(file, data=after[file.real].after, mode=mode, public=public)

    def fact(value: Fact[SourceFile]) -> Fact[SourceFile]:
        return Known(changed(value.value)) if isinstance(value, Known) else value

    prosody_changed = any(file.real in after for file in instance.prosody.files.values())
    return replace(
        instance,
        meet=fact(instance.meet),
        jicofo=replace(
            instance.jicofo,
            hocon=fact(instance.jicofo.hocon),
            properties=fact(instance.jicofo.properties),
        ),
        jigasi=fact(instance.jigasi),
        prosody=replace(
            instance.prosody,
            main_file=fact(instance.prosody.main_file),
            files={path: changed(file) for path, file in instance.prosody.files.items()},
            effective=Absent("the files would be others")
            if prosody_changed
            else instance.prosody.effective,
        ),
    )
