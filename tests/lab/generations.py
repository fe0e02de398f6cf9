"""Installs a generation of Jitsi Meet on a host's files, the way its Debian packages do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import dockerlike, workedout
from .accounts import write_account
from .base import install_base
from .errors import LabError
from .inroot import InRoot

if TYPE_CHECKING:
    from .host import Spec

CORPUS_DOMAIN = "meet.example.org"
GENERATIONS = ("debian-2020", "debian-2022", "debian-2023", "debian-2026")

_HERE = Path(__file__).parent
_STANDINS = _HERE / "standins"
_FIXTURES = _HERE / "files"
JICOFO_UID = 881
_JITSI_GID, _JVB_UID = 880, 882
_JVB_PASSWORD = "jvb5ecret"
_FOCUS_PASSWORD = "focus5ecret"

# Modules of Jitsi's own that only change behaviour no test of ours asks about: loaded, and silent.
_SILENT_MODULES = (
    *("av_moderation", "av_moderation_component", "conference_duration"),
    *("conference_duration_component", "end_conference", "features_identity"),
    *("filesharing_component", "limits_exception", "muc_breakout_rooms", "muc_domain_mapper"),
    *("muc_hide_all", "muc_lobby_rooms", "muc_meeting_id", "muc_password_whitelist"),
    *("muc_rate_limit", "polls", "polls_component", "room_metadata", "room_metadata_component"),
    *("speakerstats", "speakerstats_component", "token_verification", "turncredentials"),
    *("external_services", "smacks"),  # stock since Prosody 0.12
)


REAL_SERVERS = (
    ("bookworm", "debian-2020"),
    ("bookworm", "debian-2022"),
    ("bookworm", "debian-2023"),
    ("bookworm", "debian-2026"),
    ("bullseye", "debian-2020"),
    ("trixie", "debian-2026"),
)
"""Debian releases, each with the generation of files that installations on it may have."""


@dataclass(frozen=True)
class Files:
    """The configuration of one generation, with the host's domain filled in."""

    prosody: str
    meet: str
    nginx: str
    jicofo: str | None
    properties: str | None


def corpus_folder() -> Path:
    """``$JITSI_TUI_CORPUS``, by default the folder ``shared/corpus`` beside the project."""
    named = os.environ.get("JITSI_TUI_CORPUS")
    return Path(named) if named else _HERE.parents[2] / "shared" / "corpus"


def available(generation: str | None) -> bool:
    """Whether the files of a generation are on this machine."""
    return generation in {None, "docker"} or _source(str(generation)).is_dir()


def ports(generation: str | None) -> set[int]:
    """What listens once a host of the generation is up."""
    if generation in {None, "docker"}:
        return {22}
    return {22, 80, 443, 5222, 5280, 8080, 8888}


def has_jicofo(generation: str | None) -> bool:
    return generation not in {None, "docker"}


def load(generation: str, domain: str) -> Files:
    """Read the files of a generation. Raises ``LabError`` where they are missing."""
    folder = _source(generation)
    if not folder.is_dir():
        raise LabError(f"no files of {generation} in {folder}: set JITSI_TUI_CORPUS")

    def text(name: str) -> str | None:
        path = folder / name
        return path.read_text().replace(CORPUS_DOMAIN, domain) if path.exists() else None

    prosody, meet = text(f"{CORPUS_DOMAIN}.cfg.lua"), text(f"{CORPUS_DOMAIN}-config.js")
    nginx = text("nginx.conf")
    if prosody is None or meet is None or nginx is None:
        raise LabError(f"{folder} lacks a file of {generation}")
    return Files(prosody, meet, nginx, text("jicofo.conf"), text("sip-communicator.properties"))


def install(tree: InRoot, spec: Spec, notes: Path, address: str) -> None:
    """Write all that makes the host what ``spec`` asks for, before it boots."""
    install_base(tree, spec, notes, address)
    if spec.generation is None or spec.generation == "docker":
        _without_jitsi(tree)
        if spec.generation == "docker":
            dockerlike.install(tree, spec.domain)
    else:
        _install_jitsi(tree, spec, load(spec.generation, spec.domain))
    if spec.prepare is not None:
        spec.prepare(tree)


def _source(generation: str) -> Path:
    if generation.startswith("debian-"):
        return corpus_folder() / generation
    return _FIXTURES / generation


def _without_jitsi(tree: InRoot) -> None:
    """Prosody and nginx belong to the root file system; here they are not even enabled."""
    for name in ("prosody", "nginx"):
        tree.path(f"/etc/init.d/{name}").unlink(missing_ok=True)
        for folder in ("/etc/systemd/system", "/lib/systemd/system"):
            for path in tree.path(folder).rglob(f"{name}.service"):
                path.unlink()
    shutil.rmtree(tree.path("/etc/prosody"))


def _install_jitsi(tree: InRoot, spec: Spec, files: Files) -> None:
    domain = spec.domain
    tree.add_group("jitsi", _JITSI_GID)
    tree.add_user("jicofo", JICOFO_UID, "jitsi", "/usr/share/jicofo")
    tree.add_user("jvb", _JVB_UID, "jitsi", "/usr/share/jitsi-videobridge")
    _prosody(tree, domain, files)
    _web(tree, domain, files)
    _jicofo(tree, spec, files)
    _videobridge(tree, spec)
    tree.folder("/var/log/jitsi", mode=0o770, owner="jvb:jitsi")
    for name in ("jicofo", "jvb"):
        tree.write(f"/var/log/jitsi/{name}.log", "", mode=0o640, owner=f"{name}:jitsi")


def _prosody(tree: InRoot, domain: str, files: Files) -> None:
    available = f"/etc/prosody/conf.avail/{domain}.cfg.lua"
    tree.write(available, files.prosody)
    tree.link(f"/etc/prosody/conf.d/{domain}.cfg.lua", available)
    for host in (domain, f"auth.{domain}"):
        key, certificate = _self_signed(host)
        tree.write(f"/var/lib/prosody/{host}.key", key, mode=0o640, owner="prosody")
        tree.write(f"/var/lib/prosody/{host}.crt", certificate, owner="prosody")
        for suffix in ("key", "crt"):
            name = f"{host}.{suffix}"
            tree.link(f"/etc/prosody/certs/{name}", f"/var/lib/prosody/{name}")
    for name in ("prosody.log", "prosody.err"):
        tree.write(f"/var/log/prosody/{name}", "", mode=0o640, owner="prosody:adm")
    hashed = 'authentication = "internal_plain"' not in files.prosody
    write_account(tree, f"auth.{domain}", "focus", _focus_password(files), hashed=hashed)
    write_account(tree, f"auth.{domain}", "jvb", _JVB_PASSWORD, hashed=hashed)
    plugins = "/usr/share/jitsi-meet/prosody-plugins"
    stock = {path.stem for path in tree.path("/usr/lib/prosody/modules").glob("mod_*.lua")}
    for name in _SILENT_MODULES:
        if f"mod_{name}" not in stock:
            tree.write(
                f"{plugins}/mod_{name}.lua", "-- Stands in for Jitsi's module; does nothing.\n"
            )
    for path in sorted((_STANDINS / "prosody").glob("mod_*.lua")):
        tree.write(f"{plugins}/{path.name}", path.read_text())


def _web(tree: InRoot, domain: str, files: Files) -> None:
    tree.write(f"/etc/jitsi/meet/{domain}-config.js", files.meet)
    key, certificate = _self_signed(domain)
    tree.write(f"/etc/jitsi/meet/{domain}.key", key, mode=0o640)
    tree.write(f"/etc/jitsi/meet/{domain}.crt", certificate)
    site = f"/etc/nginx/sites-available/{domain}.conf"
    tree.write(site, files.nginx)
    tree.link(f"/etc/nginx/sites-enabled/{domain}.conf", site)
    for path in sorted((_FIXTURES / "web").rglob("*")):
        if path.is_file():
            name = path.relative_to(_FIXTURES / "web")
            tree.write(f"/usr/share/jitsi-meet/{name}", path.read_text())


def _jicofo(tree: InRoot, spec: Spec, files: Files) -> None:
    owner = "jicofo:jitsi"
    tree.folder("/etc/jitsi/jicofo", mode=0o750, owner=owner)
    variant = "component" if files.jicofo is None else "client"
    config = (_STANDINS / "jicofo" / f"config.{variant}").read_text()
    config = config.replace("@DOMAIN@", spec.domain).replace("@PASSWORD@", _focus_password(files))
    secret = re.search(r'component_secret = "([^"]+)"', files.prosody)
    config = config.replace("@SECRET@", secret.group(1) if secret else "")
    tree.write("/etc/jitsi/jicofo/config", config, owner=owner)
    tree.write("/etc/jitsi/jicofo/logging.properties", "handlers=\n", owner=owner)
    if files.jicofo is not None:
        tree.write("/etc/jitsi/jicofo/jicofo.conf", files.jicofo, owner=owner)
    if files.properties is not None:
        name = "/etc/jitsi/jicofo/sip-communicator.properties"
        tree.write(name, files.properties.rstrip("\n") + "\n", owner=owner)
    tree.folder("/usr/share/jicofo/standin", owner=owner)
    for path in sorted((_STANDINS / "jicofo").glob("*.py")):
        name = f"/usr/share/jicofo/standin/{path.name}"
        tree.write(name, path.read_text(), owner=owner)
        os.utime(tree.path(name), (path.stat().st_mtime,) * 2)  # compiled programs name it
    launcher = (_STANDINS / "jicofo" / f"jicofo.{variant}.sh").read_text()
    tree.write("/usr/share/jicofo/jicofo.sh", launcher, mode=0o755, owner=owner)
    tree.folder("/usr/share/jicofo", owner=owner)
    workedout.give(tree, spec.release)
    _init_script(tree, "jicofo")
    tree.write("/etc/logrotate.d/jicofo", _logrotate("jicofo", "daily"))


def _videobridge(tree: InRoot, spec: Spec) -> None:
    owner = "jvb:jitsi"
    tree.folder("/etc/jitsi/videobridge", mode=0o750, owner=owner)
    tree.write("/etc/jitsi/videobridge/config", 'JAVA_SYS_PROPS=""\n', owner=owner)
    muc = (_STANDINS / "jvb" / "sip-communicator.properties").read_text()
    muc = muc.replace("@DOMAIN@", spec.domain).replace("@PASSWORD@", _JVB_PASSWORD)
    tree.write("/etc/jitsi/videobridge/sip-communicator.properties", muc, owner=owner)
    program = "/usr/share/jitsi-videobridge"
    tree.write(f"{program}/jvb.py", (_STANDINS / "jvb" / "jvb.py").read_text())
    tree.write(f"{program}/jvb.sh", (_STANDINS / "jvb" / "jvb.sh").read_text(), mode=0o755)
    if spec.systemd:
        unit = "/lib/systemd/system/jitsi-videobridge2.service"
        tree.write(unit, (_STANDINS / "jvb" / "jitsi-videobridge2.service").read_text())
        wants = "/etc/systemd/system/multi-user.target.wants"
        tree.link(f"{wants}/jitsi-videobridge2.service", unit)
    else:
        _init_script(tree, "jitsi-videobridge2", _STANDINS / "jvb")
    tree.write("/etc/logrotate.d/jitsi-videobridge2", _logrotate("jvb", "size 100M"))


def _init_script(tree: InRoot, name: str, source: Path = _STANDINS / "jicofo") -> None:
    script = (source / f"{name}.init").read_text()
    tree.write(f"/etc/init.d/{name}", script, mode=0o755)
    for level in (2, 3, 4, 5):
        tree.link(f"/etc/rc{level}.d/S01{name}", f"../init.d/{name}")
    for level in (0, 1, 6):
        tree.link(f"/etc/rc{level}.d/K01{name}", f"../init.d/{name}")


def _logrotate(name: str, when: str) -> str:
    options = [when, "rotate 7", "compress", "delaycompress", "missingok", "notifempty"]
    # logrotate skips files in a folder that a group may write, unless told whose they are
    options += ["copytruncate", f"su {name} jitsi"]
    body = "".join(f"    {option}\n" for option in options)
    return f"/var/log/jitsi/{name}.log {{\n{body}}}\n"


def _focus_password(files: Files) -> str:
    """The password of focus@auth as jicofo's own file has it."""
    found = re.search(r'\bpassword\s*[:=]\s*"([^"]+)"', files.jicofo or "")
    return found.group(1) if found else _FOCUS_PASSWORD


def _self_signed(host: str) -> tuple[bytes, bytes]:
    """A key and a certificate for a name, as PEM."""
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    argv += ["-nodes", "-days", "730", "-subj", f"/CN={host}", "-keyout", "-", "-out", "-"]
    argv += ["-addext", f"subjectAltName=DNS:{host},DNS:*.{host}"]
    text = subprocess.run(argv, capture_output=True, check=True).stdout
    head, mark, tail = text.partition(b"-----BEGIN CERTIFICATE-----")
    return head, mark + tail
