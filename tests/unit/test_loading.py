"""How the process is set while it loads, and that it is set back."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

from jitsi_tui.session.turns import short_turns


def test_garbage_is_looked_for_once_a_command_is_loaded_and_not_among_what_was() -> None:
    code = (
        "import gc, sys\n"
        "from jitsi_tui import cli, commands\n"
        "def told(_context):\n"
        "    print(gc.isenabled(), gc.get_freeze_count() > 0)\n"
        "    sys.exit()\n"
        "commands.find = lambda _name: told\n"
        "sys.argv = ['jitsi-tui', 'status', 'local']\n"
        "cli.entry()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


def test_turns_are_short_until_the_last_who_wanted_that_is_done() -> None:
    usual = sys.getswitchinterval()
    first, second = ExitStack(), ExitStack()
    first.enter_context(short_turns())
    second.enter_context(short_turns())
    short = sys.getswitchinterval()
    first.close()
    assert sys.getswitchinterval() == short < usual
    second.close()
    assert sys.getswitchinterval() == usual
