"""The programs of the sandbox are linted like all others; perl-base and a POSIX sh are enough."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SANDBOX = Path(__file__).parents[2] / "jitsi_tui" / "demo" / "sandbox"
PROGRAMS = [
    path
    for folder in ("usr/bin", "usr/lib/demo", "etc/init.d")
    for path in sorted((SANDBOX / folder).iterdir())
]
PERL = [path for path in PROGRAMS if path.read_text().startswith("#!/usr/bin/perl")]
SHELL = [path for path in PROGRAMS if path not in PERL]
PERL_BASE = {"Errno", "POSIX", "Socket", "strict", "warnings"}


def name(path: Path) -> str:
    return path.name


def test_all_are_found() -> None:
    assert {path.name for path in PERL} == {"prosodyctl", "daemon"}
    assert {path.name for path in SHELL} >= {"service", "sudo", "init-functions", "prosody"}


@pytest.mark.parametrize("path", PERL, ids=name)
def test_perl_needs_nothing_but_perl_base(path: Path) -> None:
    lines = path.read_text().splitlines()
    used = {line.split()[1].rstrip(";") for line in lines if line.startswith("use ")}
    assert used <= PERL_BASE
    assert subprocess.run(["perl", "-c", path], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(shutil.which("perlcritic") is None, reason="perlcritic is missing")
@pytest.mark.parametrize("path", PERL, ids=name)
def test_perlcritic_has_nothing_to_say(path: Path) -> None:
    ran = subprocess.run(
        ["perlcritic", "--quiet", path], capture_output=True, text=True, check=False,
        cwd=SANDBOX.parents[2],
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (0, "")


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is missing")
@pytest.mark.parametrize("path", SHELL, ids=name)
def test_shellcheck_has_nothing_to_say(path: Path) -> None:
    ran = subprocess.run(["shellcheck", path], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")
