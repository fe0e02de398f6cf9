"""The Perl programs that ship with this package, handed over with their modules and their data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from jitsi_tui.resources import remote_program

from .command import Command, Root, program


def shipped(
    name: str,
    *args: str,
    root: Root = Root.NO,
    parts: Iterable[str] = (),
    told: Mapping[str, bytes] | None = None,
    data: bytes = b"",
) -> Command:
    """The program ``name`` of ``remote/``, behind the loader that takes in what comes with it.

    ``parts`` are names of files in ``remote/``: its modules, and programs that it starts itself;
    ``told`` is what this run alone is told, by name. ``data`` comes behind these: it is where the
    program's ``$input`` begins, and goes on with what is sent later.
    """
    loader = remote_program("loader.pl")
    source = loader + b'#line 1 "%s"\n' % name.encode() + remote_program(name)
    handed = {part: remote_program(part) for part in parts} | dict(told or {})
    return program(name, source, *args, root=root, data=_frames(handed) + data)


def _frames(handed: Mapping[str, bytes]) -> bytes:
    framed = (b"%s %d\n%s" % (name.encode(), len(data), data) for name, data in handed.items())
    return b"".join(framed) + b"end 0\n"
