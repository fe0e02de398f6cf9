"""What stands before a question, where somebody at a terminal wants JSON."""

from __future__ import annotations

import json
import os
import select
import sys
from pathlib import Path

import pytest

from tests.terminal import in_terminal

SECONDS = 120.0


@pytest.mark.timeout(300)
def test_nobody_decides_on_what_he_has_not_seen(tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    script = f"exec {sys.executable} -m jitsi_tui secure demo --json >{answer}"
    process, terminal = in_terminal(["sh", "-c", script], {**os.environ, "HOME": str(tmp_path)})
    try:
        said = b""
        while b"[y/N]" not in said:
            assert select.select([terminal], [], [], SECONDS)[0], said
            said += os.read(terminal, 65536)
        assert '+    authentication = "internal_hashed"' in said.decode()
        os.write(terminal, b"n\n")
        assert process.wait(SECONDS) == 1
        while select.select([terminal], [], [], 0)[0]:
            said += os.read(terminal, 65536)
    except OSError:
        pass  # all was read
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    assert json.loads(said.decode().splitlines()[-1])["error"]["kind"] == "refused"
    assert answer.read_text() == ""
