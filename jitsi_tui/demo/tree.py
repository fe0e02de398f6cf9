"""The files of the sandbox: a server as the installer and its admin left it."""

from __future__ import annotations

import os
import secrets
import time
from datetime import datetime
from pathlib import Path

from . import keys
from .accounts import Accounts
from .logbook import write_history
from .past import write_past

DOMAIN = "meet.example.org"

_SHIPPED = Path(__file__).with_name("sandbox")
_PROGRAMS = ("usr/bin", "usr/lib/demo", "etc/init.d")
_SECRETS = ("TURN_SECRET", "FOCUS_PASSWORD", "JVB_PASSWORD")
_LINKS = {
    "etc/prosody/conf.d/meet.example.org.cfg.lua": "../conf.avail/meet.example.org.cfg.lua",
    "etc/nginx/sites-enabled/meet.example.org.conf": "../sites-available/meet.example.org.conf",
    "var/run": "../run",
    **{
        f"etc/rc{level}.d/S01{name}": f"../init.d/{name}"
        for level in (2, 3, 4, 5)
        for name in ("prosody", "jicofo", "jitsi-videobridge2", "nginx")
    },
}
_FOLDERS = (
    "etc/prosody/certs", "run/prosody", "run/jitsi-videobridge", "var/backups", "var/lib/dpkg",
    "proc/net", "root", "tmp", "usr/share/jitsi-meet/prosody-plugins", "usr/lib/prosody",
    "usr/share/jitsi-meet/static",
)  # fmt: skip
_PRIVATE = {
    "etc/prosody/prosody.cfg.lua": 0o640,
    "etc/prosody/conf.avail/meet.example.org.cfg.lua": 0o640,
    "etc/jitsi/jicofo/jicofo.conf": 0o640,
    "etc/jitsi/jicofo/config": 0o640,
    "etc/jitsi/videobridge/jvb.conf": 0o640,
}
_PLUGINS = (
    "auth_jitsi-anonymous", "auth_token", "av_moderation_component", "client_proxy",
    "conference_duration", "end_conference", "features_identity", "filesharing_component",
    "limits_exception", "muc_breakout_rooms", "muc_domain_mapper", "muc_hide_all",
    "muc_lobby_rooms", "muc_meeting_id", "muc_password_whitelist", "muc_rate_limit",
    "polls_component", "room_metadata_component", "speakerstats_component", "token_verification",
)  # fmt: skip
_PACKAGES = {
    "jicofo": "1.0-1124-1",
    "jitsi-videobridge2": "2.3-216-g6cd1f3c6-1",
    "jitsi-meet-web": "1.0.8960-1",
    "jitsi-meet-prosody": "1.0.8960-1",
    "prosody": "0.12.3-1",
}
_CERTIFICATE_DAYS = 12.5
"""Let's Encrypt renews at 30: this server's renewal has stopped working."""


def build(root: Path, seed: int) -> None:
    """Write everything under ``root``, which exists and is empty but for what isn't ours."""
    filled = {name: secrets.token_urlsafe(12) for name in _SECRETS}
    for folder in _FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
    _copy(root, filled)
    for name, target in _LINKS.items():
        link = root / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    for plugin in _PLUGINS:
        (root / f"usr/share/jitsi-meet/prosody-plugins/mod_{plugin}.lua").touch()
    (root / "usr/lib/prosody/prosody.version").write_text("0.12.3\n")
    (root / "var/lib/dpkg/status").write_text(_packages())
    _certificates(root)
    _accounts(root, filled)
    _admins_traces(root)
    lines, cuts = write_past(datetime.now().astimezone(), seed)
    write_history(root, lines, cuts)


def _copy(root: Path, filled: dict[str, str]) -> None:
    for source in sorted(_SHIPPED.rglob("*")):
        relative = source.relative_to(_SHIPPED)
        if source.is_dir():
            (root / relative).mkdir(parents=True, exist_ok=True)
            continue
        text = source.read_text("utf-8")
        for name, value in filled.items():
            text = text.replace(f"@{name}@", value)
        target = root / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        program = str(relative.parent) in _PROGRAMS
        target.chmod(0o755 if program else _PRIVATE.get(str(relative), 0o644))


def _packages() -> str:
    records = (
        f"\nPackage: {name}\nStatus: install ok installed\nArchitecture: all\nVersion: {version}\n"
        for name, version in _PACKAGES.items()
    )
    return "".join(records) + "\n"


def _certificates(root: Path) -> None:
    certificate, private = keys.certificate(DOMAIN, _CERTIFICATE_DAYS)
    for name in (f"etc/jitsi/meet/{DOMAIN}", f"etc/prosody/certs/{DOMAIN}"):
        (root / f"{name}.crt").write_bytes(certificate)
        keys.write_private(root / f"{name}.key", private)


def _accounts(root: Path, filled: dict[str, str]) -> None:
    """The services' own, and one that an admin made on the wrong host."""
    accounts = Accounts(root / "var/lib/prosody")
    installed = time.time() - 200 * 86400
    accounts.set("focus", f"auth.{DOMAIN}", filled["FOCUS_PASSWORD"], at=installed)
    accounts.set("jvb", f"auth.{DOMAIN}", filled["JVB_PASSWORD"], at=installed)
    accounts.set("ada", f"auth.{DOMAIN}", secrets.token_urlsafe(12), at=time.time() - 9 * 86400)


def _admins_traces(root: Path) -> None:
    """A copy that somebody's editor left; it isn't linked, so nobody reads it."""
    file = root / "etc/prosody/conf.avail/meet.example.org.cfg.lua"
    left = file.with_name(f"{file.name}~")
    left.write_text(
        file.read_text("utf-8").replace("c2s_require_encryption = false\n", ""), "utf-8"
    )
    old = time.time() - 40 * 86400
    for path in (file, left):
        os.utime(path, (old, old))
