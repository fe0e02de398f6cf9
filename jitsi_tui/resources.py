"""The one way to the files that ship with the package, from a checkout and from a wheel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent


@cache
def remote_program(name: str) -> bytes:
    """The text of a program that runs on the server, such as ``facts.pl``."""
    return (_PACKAGE / "remote" / name).read_bytes()


@cache
def remote_modules(family: str) -> tuple[str, ...]:
    """The names of a family's Perl modules, such as ``Facts/File.pm`` of ``Facts``, in order."""
    folder = _PACKAGE / "remote" / family
    return tuple(sorted(f"{family}/{path.name}" for path in folder.glob("*.pm")))


def style(name: str) -> Path:
    """A ``.tcss`` file: inside an installed package, beside it in a checkout."""
    installed = _PACKAGE / "styles"
    return (installed if installed.is_dir() else _PACKAGE.parent / "styles") / f"{name}.tcss"


@cache
def passphrase_words() -> tuple[str, ...]:
    """The EFF's large word list (7,776 words, 12.9 bits each; CC BY 3.0 US)."""
    return tuple((_PACKAGE / "data" / "eff-large-wordlist.txt").read_text("ascii").split())


@cache
def page_part(name: str) -> str:
    """A part of the page for people who are invited, such as ``invite.js``."""
    return (_PACKAGE / "page" / name).read_text("utf-8")
