"""What libraries load for nothing is left out, and is there for whoever needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("loads", "absent", "needs"),
    [
        (
            "from jitsi_tui.ssh import client; client.load()",
            {"invoke", "importlib.metadata", "asyncio"},
            "from importlib import metadata; metadata.version('paramiko')",
        ),
        (
            "from jitsi_tui.tui import lean; from jitsi_tui.tui import launch",
            {"ssl", "textual.types", "textual.widgets._directory_tree"},
            "import ssl, textual.types; ssl.SSLContext, textual.types.DirEntry",
        ),
    ],
)
def test_it_is_left_out_until_it_is_needed(loads: str, absent: set[str], needs: str) -> None:
    program = f"import sys\n{loads}\nprint(*sys.modules)\n{needs}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert absent.isdisjoint(done.stdout.split())


def test_types_that_are_read_late_are_those_that_were_written() -> None:
    program = (
        "import typing\n"
        "from jitsi_tui.lean import read_types_late\n"
        "read_types_late()\n"
        "class Pair(typing.NamedTuple):\n"
        "    first: 'int | None'\n"
        "    rest: 'tuple[str, ...]' = ()\n"
        "class Unread(typing.NamedTuple):\n"
        "    odd: 'no type'\n"
        "print(Pair(1), typing.get_type_hints(Pair))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == (
        "Pair(first=1, rest=()) {'first': int | None, 'rest': tuple[str, ...]}\n"
    )
