"""Servers broken as people break theirs, looked at, and put right again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from jitsi_tui.instance import facts, probe
from jitsi_tui.instance.findings import findings
from jitsi_tui.instance.model import Finding
from tests.lab.host import LabHost
from tests.lab.reach import reach

DOMAIN = "meet.example.org"
GUEST = f"guest.{DOMAIN}"
PROSODY = f"/etc/prosody/conf.avail/{DOMAIN}.cfg.lua"
LINK = f"/etc/prosody/conf.d/{DOMAIN}.cfg.lua"
MAIN = "/etc/prosody/prosody.cfg.lua"
MEET = f"/etc/jitsi/meet/{DOMAIN}-config.js"
CONF = "/etc/jitsi/jicofo/jicofo.conf"
SITE = f"/etc/nginx/sites-available/{DOMAIN}.conf"
LEGACY = "/etc/jitsi/jicofo/sip-communicator.properties"
ACCOUNTS = "/var/lib/prosody/meet%2eexample%2eorg/accounts"
GUEST_LINES = f'VirtualHost "{GUEST}"\n    authentication = "jitsi-anonymous"\n'


def look(host: LabHost, *, ask: bool, user: str = "root") -> dict[str, Finding]:
    """All that is found, by id; with ``ask`` the running server is asked too."""
    with reach(host, user) as opened:
        seen = facts.gather(opened)
        verdict = probe.look(opened, seen) if ask else None
    return {one.id: one for one in findings(seen, verdict)}


@contextmanager
def broken(host: LabHost, *paths: str) -> Iterator[None]:
    """Files that are as they were afterwards; what was not there goes."""
    before = {p: host.files.path(p).read_bytes() if host.files.exists(p) else None for p in paths}
    modes = {p: host.files.path(p).stat().st_mode & 0o7777 for p in paths if before[p] is not None}
    try:
        yield
    finally:
        for path, data in before.items():
            target = host.files.path(path)
            if data is None:
                target.unlink(missing_ok=True)
            else:
                target.write_bytes(data)
                target.chmod(modes[path])


def services(host: LabHost) -> set[int]:
    """The processes of Prosody and Jicofo; a command of ours that still ends may name them too."""
    own = re.compile(r"/usr/bin/prosody( |$)|-m standin( |$)")
    return {pid for pid, line in host.processes().items() if own.search(line)}


Edit = Callable[[str], str]


def put(old: str, new: str) -> Edit:
    """Replace a text that must be there, once."""

    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return edit


def append(new: str) -> Edit:
    """Add to the end."""
    return lambda text: text + new


def sub(pattern: str, new: str) -> Edit:
    """Replace a pattern that must be there, once."""

    def edit(text: str) -> str:
        changed, count = re.subn(pattern, new, text, count=1, flags=re.S)
        assert count == 1, pattern
        return changed

    return edit
