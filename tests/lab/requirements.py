"""What a machine must have before a lab host can run on it."""

from __future__ import annotations

import os
import shutil
import sys

PROGRAMS = {
    "mmdebstrap": "mmdebstrap",
    "systemd-nspawn": "systemd-container",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "mkfs.ext4": "e2fsprogs",
    "ssh": "openssh-client",
    "openssl": "openssl",
}
"""Programs, and the Debian package of each."""


def missing() -> str:
    """What is missing, in words; empty where hosts can run."""
    if not sys.platform.startswith("linux"):
        return "it needs Linux"
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    packages = [package for name, package in PROGRAMS.items() if not shutil.which(name, path=path)]
    lacks = [] if os.geteuid() == 0 else ["root"]
    if packages:
        lacks.append("the packages " + " ".join(packages))
    return "it needs " + " and ".join(lacks) if lacks else ""


def demand(lacks: str | None) -> None:
    """Skip the running test with the reason, or fail it where CI must have run it."""
    import pytest

    if lacks and os.environ.get("CI") == "true":
        pytest.fail(lacks, pytrace=False)
    if lacks:
        pytest.skip(lacks)
