"""Runs an interpreter over a text and takes JSON from it."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any


class OracleError(Exception):
    """The interpreter refuses the text; the message is its own."""


class OracleMissingError(Exception):
    """The interpreter is not on this machine; the message names its Debian package."""


def find(*names: str, package: str) -> str:
    """The first of several programs that exists. Raises ``OracleMissingError``."""
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    raise OracleMissingError(f"{names[0]} is missing: apt-get install {package}")


def ask(argv: list[str], text: str) -> Any:
    """Give a text on standard input and read JSON. Raises ``OracleError`` where it is refused."""
    done = subprocess.run(argv, input=text.encode(), capture_output=True, timeout=60, check=False)
    if done.returncode:
        raise OracleError(done.stderr.decode(errors="replace").strip())
    return json.loads(done.stdout)
