"""What is run on a host: argv quoting, secrets, and the wish to be root."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from enum import Enum


class Secret:
    """Text that must not be seen: prints, formats and reprs as a mask.

    Not a ``str`` on purpose: quoting or formatting a ``str`` subclass gives the plain text back.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the one place that hands it over."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('••••')"

    def __str__(self) -> str:
        return "••••"

    def __format__(self, spec: str) -> str:
        return format("••••", spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is never written down")


class Root(Enum):
    """Whether a command needs root on the host."""

    NO = "no"
    """Run as the user who logged in."""

    IF_POSSIBLE = "if possible"
    """Root if the user is root or sudo lets him, otherwise as the user himself."""

    YES = "yes"
    """Root, or the command is not run (``SudoError``)."""


@dataclass(frozen=True)
class Command:
    """One command for a host. ``argv`` never holds a secret: arguments are seen by ``ps``."""

    argv: tuple[str, ...]
    root: Root = Root.NO
    stdin: bytes = field(default=b"", repr=False)
    """Sent after sudo is done asking; the stream is then closed, except for a stream kept open."""

    title: str = ""
    """What people read in the list of commands that ran; the quoted argv where empty."""

    def shell(self) -> str:
        """The command as one POSIX shell line, each word quoted."""
        return shlex.join(self.argv)


NOT_RUN = "our_command_was_not_run"
"""What a shell complains of that was given a program of ours to read."""

_GUARD = f"{NOT_RUN} || exit 126;\n".encode()  # a true word to Perl, an unknown command to a shell


def program(
    name: str, source: bytes, *args: str, root: Root = Root.NO, data: bytes = b""
) -> Command:
    """A Perl program handed over on standard input, with ``data`` behind its ``__END__``.

    Where a shell gets it instead (ForceCommand), its first line ends that shell.
    Nothing is written to the host's disk, and nothing but ``args`` stands in its process list.
    The program reads ``data``, and all that is sent later, from its ``DATA`` handle.
    """
    # Bytes are bytes, also for who has PERL_UNICODE set (perlrun(1)).
    return Command(
        ("perl", "-C0", "-", *args),
        root=root,
        stdin=_GUARD + source + b"\n__END__\n" + data,
        title=name,
    )
