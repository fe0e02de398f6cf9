"""``sudoers``: what sudo must allow on a server, said as it is. Prints nothing itself."""

from __future__ import annotations

import re

from jitsi_tui.commands.context import Context, opened
from jitsi_tui.commands.report import Answer
from jitsi_tui.instance.model import RefusedError
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import Host
from jitsi_tui.visible import visible

PLACE = "/etc/sudoers.d/jitsi-tui"
_SHELL = re.compile(r"/[\w./-]+")
_PLAIN = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def run(context: Context) -> Answer:
    """The lines for the user who logs in there."""
    with opened(context) as (host, _):
        user, shells = host.user, _shells(host)
    if user == "root":
        return Answer(
            {"user": user, "file": PLACE, "lines": []},
            ("You log in as root there: sudo is not needed.",),
        )
    lines = _lines(user, shells, nopasswd=context.arguments.nopasswd)
    return Answer(
        {"user": user, "file": PLACE, "lines": list(lines)},
        tuple(visible(line) for line in (*_explained(user), *lines)),
    )


def _shells(host: Host) -> tuple[str, ...]:
    """Where sudo may find ``sh`` there: it compares what it finds with what its rules name."""
    look = "for d in /usr/bin /bin; do test -x $d/sh && echo $d/sh; done"
    said = host.run(Command(("sh", "-c", look))).stdout.decode("ascii", "replace")
    found = [word for word in said.split() if _SHELL.fullmatch(word)]
    if not found:
        raise RefusedError(f"{host.name} has no sh where sudo looks for it")
    return tuple(dict.fromkeys(found))


def _lines(user: str, shells: tuple[str, ...], *, nopasswd: bool) -> tuple[str, ...]:
    """What visudo takes (sudoers(5))."""
    tag = "NOPASSWD: " if nopasswd else ""
    return (f"{quoted(user)} ALL = (root) {tag}{', '.join(shells)}",)


def quoted(user: str) -> str:
    """A user's name as sudoers(5) has it: what isn't plain stands behind a backslash."""
    if _PLAIN.fullmatch(user):
        return user
    if not user or any(char in user for char in '"\n\r\0'):
        raise RefusedError(f"the user {visible(user)!r} can't be named in sudoers")
    return re.sub(r"([^\w.-])", r"\\\1", user, flags=re.ASCII)


def _explained(user: str) -> tuple[str, ...]:
    return (
        f"# What jitsi-tui needs of sudo, logged in as {user}. Put it there with:",
        f"#   visudo -f {PLACE}",
        "# jitsi-tui hands programs of its own to sh and perl, which change files and restart",
        "# services: whoever may do that is root, and no narrower rule would be true.",
        "# sudo asks for the password unless the line says NOPASSWD: (see --nopasswd).",
    )
