"""A power cut at every call that changes the disk, on copies of an ext4 image."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import jitsi_tui
from jitsi_tui.instance.model import Applied, Outcome
from tests.unit.instance.tree import (
    JICOFO,
    JICOFO_OPEN,
    JICOFO_SECURE,
    OPEN,
    PROSODY,
    SECURE,
    Tree,
)

_CALLS = "write,fsync,rename,renameat2,link,unlink,mkdir,rmdir"
_REMOTE = Path(jitsi_tui.__file__).parent / "remote"

pytestmark = [
    pytest.mark.lab,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        os.geteuid() != 0 or not shutil.which("strace") or not shutil.which("mkfs.ext4"),
        reason="needs root, strace and mkfs.ext4",
    ),
]


@contextmanager
def mounted(image: Path, place: Path) -> Iterator[Path]:
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-o", "loop", image, place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def new_image(path: Path) -> Path:
    with path.open("wb") as handle:
        handle.truncate(24 * 1024 * 1024)
    subprocess.run(["mkfs.ext4", "-q", "-F", path], check=True)
    return path


def is_stopped(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "tT"
    return False


def run_of(tree: Tree) -> int | None:
    """The traced process of the run, if it is there."""
    pattern = f"^/usr/bin/perl .*--root={tree.root} .*--mode=run"
    found = subprocess.run(["pgrep", "-f", pattern], capture_output=True, text=True, check=False)
    pids = found.stdout.split()
    return int(pids[-1]) if pids else None


def copies_at_every_call(
    tree: Tree, image: Path, folder: Path, outcome: Outcome, every: int
) -> list[Path]:
    """The image as the disk holds it at each n-th call of a run."""
    tree.under_strace("/dev/null", f"-e trace={_CALLS} -e inject={_CALLS}:signal=SIGSTOP:when=1+1")
    ended: list[Applied] = []
    prove = (outcome, None, ("as asked",))
    client = threading.Thread(
        target=lambda: ended.append(tree.apply(prove=lambda: prove, confirm_timeout=300.0))
    )
    client.start()
    copies: list[Path] = []
    number, pid = 0, None
    while client.is_alive():
        pid = pid or run_of(tree)
        if pid is None or not is_stopped(pid):
            time.sleep(0.002)
            continue
        if number % every == 0:
            copy = folder / f"cut-{number}.ext4"
            subprocess.run(["cp", "--sparse=always", image, copy], check=True)
            copies.append(copy)
        number += 1
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.004)
    client.join()
    if pid is not None:  # It stands at a call behind its last word.
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert ended, "the run under strace did not end"
    return copies


def boot(root: Path) -> None:
    """What the unit does at the next boot."""
    shutil.rmtree(root / "run", ignore_errors=True)
    (root / "run").mkdir()
    argv = ["perl", f"-I{_REMOTE}", str(_REMOTE / "apply.pl"), f"--program={_REMOTE}"]
    argv += [f"--root={root}", "--manager=init", "--run=/run/jitsi-tui", "--mode=boot"]
    argv += ["--backups=/var/backups/jitsi-tui", "--prosody-http=1", "--jicofo-http=1"]
    subprocess.run([*argv, "--videobridge-http=1"], check=True)


@pytest.mark.parametrize("outcome", [Outcome.PROVED, Outcome.WRONG])
@pytest.mark.parametrize(
    "every", [pytest.param(1, marks=pytest.mark.slow, id="all"), pytest.param(9, id="some")]
)
def test_after_a_power_cut_all_files_are_old_or_all_are_new_and_confirmed(
    tmp_path: Path, outcome: Outcome, every: int
) -> None:
    image = new_image(tmp_path / "disk.ext4")
    with mounted(image, tmp_path / "disk") as root:
        tree = Tree(root)
        os.sync()
        tree.start_services()
        try:
            copies = copies_at_every_call(tree, image, tmp_path, outcome, every)
        finally:
            tree.stop_services()
    assert len(copies) > 40 / every
    endings: set[str] = set()
    for copy in copies:
        with mounted(copy, tmp_path / "copy") as root:
            boot(root)
            cut = Tree.__new__(Tree)
            cut.root = root
            files = (cut.read(PROSODY), cut.read(JICOFO))
            states = {backup.state for backup in cut.backups()}
            endings |= states or {"refused"}
            assert cut.strays() == [], copy.name
            if files == (SECURE, JICOFO_SECURE):
                assert states == {"applied"}, copy.name
            else:
                assert files == (OPEN, JICOFO_OPEN), copy.name
                assert states <= {"rolled-back"}, copy.name
        copy.unlink()
    assert endings >= {"refused", "rolled-back"}, "no cut came in the middle"
