"""The app paints before it loads what is slow, and connects after it has painted."""

from __future__ import annotations

import subprocess
import sys


def test_the_app_loads_nothing_slow_before_its_first_paint() -> None:
    code = (
        "import sys; import jitsi_tui.tui.app, jitsi_tui.tui.screens as s; "
        "[s.page_class(m) for m in ('overview', 'connect')]; "
        "print([m for m in ('paramiko', 'tree_sitter', 'tomlkit', 'cryptography') "
        "if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert said.strip() == "[]"
