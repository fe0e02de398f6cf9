"""Root file systems of Debian releases, built once with mmdebstrap and never changed after."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path

from .cache import cache_folder, locked
from .errors import LabError

MERGED_USR = "/usr/share/mmdebstrap/hooks/merged-usr"

PACKAGES = (
    *("systemd", "systemd-sysv", "libpam-systemd", "dbus", "procps", "iproute2", "logrotate"),
    *("openssh-server", "sudo", "ca-certificates", "openssl", "acl", "attr", "e2fsprogs"),
    *("strace", "faketime", "prosody", "lua-unbound", "nginx-light", "ruby-hocon"),
    "python3",  # the stand-ins for jicofo and the videobridge run on it
)


@dataclass(frozen=True)
class Release:
    """A Debian release and the Prosody it brings."""

    codename: str
    number: int
    prosody: str
    extra: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


RELEASES = {
    release.codename: release
    for release in (
        Release("bullseye", 11, "0.11"),
        # usrmerge would pull in all of perl: real servers have it, but perl-base must be enough
        Release("bookworm", 12, "0.12", ("usr-is-merged",), (f"--hook-dir={MERGED_USR}",)),
        Release("trixie", 13, "13.0"),
    )
}

WITH_MORE = "bookworm-more"
"""Debian 12 with what some have in its place: Apache, and accounts in LDAP. Made only for those
who ask for it."""

_MORE = ("apache2", "prosody-modules", "lua-ldap")


def _release(name: str) -> Release:
    release = RELEASES[name.removesuffix("-more")]
    return replace(release, extra=(*release.extra, *_MORE)) if name == WITH_MORE else release


ADMIN_PASSWORD = "Correct-Horse-7-Battery"
"""The password of every person on a lab host, for sudo and for password logins."""

PEOPLE = {
    "ada": "ada ALL=(ALL:ALL) NOPASSWD: ALL\n",
    "grace": "grace ALL=(ALL:ALL) ALL\n",
    "mallory": "",
}
"""Who has an account beside root, and what sudo lets them do."""

_TIDY = (Path(__file__).parent / "files" / "tidy.sh").read_text()


def build(name: str) -> Path:
    """The root file system of a release, made now where the cache has none of this recipe.

    Raises ``LabError`` where mmdebstrap is missing or fails.
    """
    release = _release(name)
    home = cache_folder() / "rootfs"
    target = home / f"{name}-{_recipe_key(release)}"
    if target.is_dir():
        return target
    with locked(home / f"{name}.lock"):
        if target.is_dir():
            return target
        partial = home / f"{name}.partial"
        _remove(partial)
        _bootstrap(release, partial)
        _people(partial)
        _inside(partial, ["sh", "-c", _TIDY])
        partial.rename(target)
    return target


def _recipe_key(release: Release) -> str:
    recipe = [release.codename, release.extra, release.options, PACKAGES, PEOPLE, _TIDY]
    recipe.append(ADMIN_PASSWORD)
    return hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:12]


def _bootstrap(release: Release, target: Path) -> None:
    if shutil.which("mmdebstrap") is None:
        raise LabError("mmdebstrap is missing: apt-get install mmdebstrap")
    include = ",".join((*PACKAGES, *release.extra))
    command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={include}"]
    command += [*release.options, release.codename, str(target)]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise LabError(f"mmdebstrap failed for {release.codename}:\n{done.stderr[-2000:]}")
    print(f"lab: built {release.codename} in {time.monotonic() - started:.0f} s", flush=True)


def _people(target: Path) -> None:
    for name, sudo in PEOPLE.items():
        _inside(target, ["useradd", "--create-home", "--shell", "/bin/bash", name])
        if sudo:
            rule = target / "etc/sudoers.d" / name
            rule.write_text(sudo)
            rule.chmod(0o440)
    lines = "".join(f"{name}:{ADMIN_PASSWORD}\n" for name in ("root", *PEOPLE))
    _inside(target, ["chpasswd"], lines)


def _inside(target: Path, argv: list[str], text: str | None = None) -> None:
    path = "/usr/sbin:/usr/bin:/sbin:/bin"
    done = subprocess.run(
        ["chroot", str(target), *argv],
        input=text,
        capture_output=True,
        text=True,
        env={"PATH": path, "LC_ALL": "C"},
        check=False,
    )
    if done.returncode:
        raise LabError(f"{argv[0]} failed in {target.name}: {done.stderr or done.stdout}")


def _remove(path: Path) -> None:
    if path.is_dir():
        subprocess.run(["rm", "-rf", "--one-file-system", str(path)], check=True)
