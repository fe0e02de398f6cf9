"""Twenty seconds of the soak, through a real sshd; ``make soak`` runs thirty minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak_logs import Pace, soak
from tests.ssh.server import SSHD


@pytest.mark.skipif(SSHD is None, reason="sshd is missing (apt-get install openssh-server)")
def test_rotations_and_cut_connections_lose_and_repeat_nothing(tmp_path: Path) -> None:
    assert soak(20, Pace(rotate=3, cut=5, unseen=1), tmp_path) == []
