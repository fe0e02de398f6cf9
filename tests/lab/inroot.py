"""Files of a host, reached from outside without ever following a link out of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from .errors import LabError

_MAX_LINKS = 40


@dataclass(frozen=True)
class InRoot:
    """A tree that belongs to a host. Absolute links lead to its own top, not to this machine's."""

    top: Path

    def __post_init__(self) -> None:
        if os.path.samestat(self.top.stat(), Path("/").stat()):
            raise LabError("refusing to treat this machine's own root as a lab host's")

    def path(self, inside: str, *, follow: bool = True) -> Path:
        """Where a path of the host lies here. With ``follow=False`` a final link stays a link."""
        todo = list(PurePosixPath("/", inside).parts[1:])
        done: list[str] = []
        links = 0
        while todo:
            part = todo.pop(0)
            if part == "..":
                done = done[:-1]
                continue
            here = self.top.joinpath(*done, part)
            if not here.is_symlink() or (not todo and not follow):
                done.append(part)
                continue
            links += 1
            if links > _MAX_LINKS:
                raise LabError(f"too many links in {inside}")
            aim = PurePosixPath(here.readlink())
            if aim.is_absolute():
                done = []
            todo = [word for word in aim.parts if word != "/"] + todo
        return self.top.joinpath(*done)

    def exists(self, inside: str) -> bool:
        return self.path(inside).exists()

    def read(self, inside: str) -> str:
        return self.path(inside).read_text(encoding="utf-8")

    def write(
        self, inside: str, text: str | bytes, *, mode: int = 0o644, owner: str = "root:root"
    ) -> None:
        """Write a file with its folders; owner as ``user:group`` of the host."""
        path = self.path(inside)
        self.folder(str(PurePosixPath(inside).parent))
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)
        os.chown(path, *self.ids(owner))

    def edit(self, inside: str, text: str) -> None:
        """Give an existing file another text and leave owner and mode alone."""
        self.path(inside).write_text(text, encoding="utf-8")

    def folder(self, inside: str, *, mode: int | None = None, owner: str | None = None) -> Path:
        path = self.path(inside)
        path.mkdir(parents=True, exist_ok=True)
        if mode is not None:
            path.chmod(mode)
        if owner is not None:
            os.chown(path, *self.ids(owner))
        return path

    def link(self, inside: str, aim: str) -> None:
        path = self.path(inside, follow=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(aim)

    def ids(self, owner: str) -> tuple[int, int]:
        user, _, group = owner.partition(":")
        return self._id("passwd", user), self._id("group", group or user)

    def _id(self, table: str, name: str) -> int:
        for line in self.read(f"/etc/{table}").splitlines():
            fields = line.split(":")
            if fields[0] == name:
                return int(fields[2])
        raise LabError(f"the host has no {name} in /etc/{table}")

    def add_group(self, name: str, number: int) -> None:
        self._append("/etc/group", f"{name}:x:{number}:\n")

    def add_user(self, name: str, number: int, group: str, home: str) -> None:
        """A system user without a password, as packages make them."""
        gid = self._id("group", group)
        self._append("/etc/passwd", f"{name}:x:{number}:{gid}::{home}:/bin/bash\n")
        self._append("/etc/shadow", f"{name}:!:20000::::::\n")

    def _append(self, inside: str, line: str) -> None:
        with self.path(inside).open("a") as handle:
            handle.write(line)
