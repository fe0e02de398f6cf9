"""What a jicofo.conf means: to ruby-hocon, which the packages use, and to jicofo's own parser."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.lab.cache import cache_folder, locked

from .running import OracleMissingError, ask, find

_RUBY = (
    "require 'hocon'; require 'json'; "
    "print JSON.generate(Hocon.parse(STDIN.read.force_encoding('UTF-8')))"
)
_PROGRAM = Path(__file__).with_name("Typesafe.java")
_JAR = Path("/usr/share/java/typesafe-config.jar")


def hocon_meaning(text: str) -> dict[str, Any]:
    """The merged object, by ruby-hocon. Raises ``OracleError`` where it can't be parsed."""
    meaning: dict[str, Any] = ask([find("ruby", package="ruby-hocon"), "-e", _RUBY], text)
    return meaning


def typesafe_available() -> bool:
    """Whether jicofo's own parser and a Java that can compile are on this machine."""
    return _JAR.exists() and shutil.which("javac") is not None


def typesafe_meaning(text: str) -> dict[str, Any]:
    """The merged object, by lightbend/typesafe config. Raises ``OracleError``."""
    if not typesafe_available():
        raise OracleMissingError("apt-get install libtypesafe-config-java default-jdk-headless")
    classes = _compiled()
    argv = ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", f"{_JAR}:{classes}"]
    meaning: dict[str, Any] = ask([*argv, "Typesafe"], text)
    return meaning


def _compiled() -> Path:
    """The folder of the compiled program; compiled once for each text of it."""
    key = hashlib.sha256(_PROGRAM.read_bytes()).hexdigest()[:12]
    target = cache_folder() / "classes" / key
    with locked(cache_folder() / "classes.lock"):
        if not (target / "Typesafe.class").exists():
            argv = ["javac", "-cp", str(_JAR), "-d", str(target), str(_PROGRAM)]
            subprocess.run(argv, check=True)
    return target
