"""The transaction over files that come and files that go."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from jitsi_tui.instance.model import Ending, FileChange, Outcome, Verdict
from jitsi_tui.instance.transaction import apply
from jitsi_tui.ssh.host import ConnectionLostError

from .tree import PROSODY, SECURE, Tree

PAGE = "/usr/share/jitsi-meet/static/invite.html"
BYTES = b"<!doctype html>\n<title>hello</title>\n"
Proof = tuple[Outcome, Verdict | None, tuple[str, ...]]


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    made = Tree(tmp_path)
    made.path(PAGE).parent.mkdir(parents=True)
    made.start_services()
    yield made
    made.stop_services()


def there(tree: Tree) -> bool:
    return tree.path(PAGE).exists()


def beside(tree: Tree) -> list[str]:
    return sorted(path.name for path in tree.path(PAGE).parent.iterdir())


def coming() -> FileChange:
    return FileChange(PAGE, b"", BYTES, created=True)


def going() -> FileChange:
    return FileChange(PAGE, BYTES, b"", removed=True)


def wrong() -> Proof:
    return Outcome.WRONG, None, ("wrong",)


def both_killed(tree: Tree) -> Proof:
    """The run and its watcher: only the next connection can bring it to its end."""
    (path,) = (tree.root / "run/jitsi-tui").glob("*/process")
    process = int(path.read_text().split()[0])
    watcher = int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])
    os.kill(process, signal.SIGSTOP)  # or it may go on between the two
    os.kill(watcher, signal.SIGKILL)
    os.kill(process, signal.SIGKILL)
    raise ConnectionLostError("gone")


def test_a_new_file_is_there_for_all_to_read_and_nothing_else_is(tree: Tree) -> None:
    result = tree.apply(tree.plan(coming()))

    assert result.ending is Ending.APPLIED
    assert tree.read(PAGE) == BYTES
    assert tree.path(PAGE).stat().st_mode & 0o7777 == 0o644
    assert tree.path(PAGE).stat().st_nlink == 1
    assert beside(tree) == ["invite.html"]
    (backup,) = tree.backups()
    assert [file.created for file in backup.files] == [True]


def test_a_new_file_whose_proof_is_wrong_is_gone_again_with_all_the_rest(tree: Tree) -> None:
    planned = tree.plan(coming(), FileChange(PROSODY, tree.read(PROSODY), SECURE))

    result = tree.apply(planned, prove=wrong)

    assert result.ending is Ending.ROLLED_BACK
    assert beside(tree) == []
    assert tree.read(PROSODY) != SECURE


def test_a_file_that_somebody_else_made_first_is_refused_and_stays(tree: Tree) -> None:
    tree.write(PAGE, b"theirs")

    result = tree.apply(tree.plan(coming()))

    assert result.ending is Ending.REFUSED
    assert "there already" in result.message
    assert tree.read(PAGE) == b"theirs"
    assert beside(tree) == ["invite.html"]


def test_a_new_file_edited_by_somebody_else_is_not_taken_away(tree: Tree) -> None:
    def prove() -> Proof:
        tree.write(PAGE, b"theirs")
        return wrong()

    result = tree.apply(tree.plan(coming()), prove=prove)

    assert result.ending is Ending.BROKEN
    assert tree.read(PAGE) == b"theirs"


def test_a_new_file_in_a_folder_that_is_none_is_refused(tree: Tree) -> None:
    tree.path(PAGE).parent.rmdir()

    result = tree.apply(tree.plan(coming()))

    assert result.ending is Ending.REFUSED
    assert "no folder /usr/share/jitsi-meet/static" in result.message


def test_a_file_that_goes_is_gone_and_kept_in_the_backup(tree: Tree) -> None:
    tree.write(PAGE, BYTES)

    result = tree.apply(tree.plan(going()))

    assert result.ending is Ending.APPLIED
    assert beside(tree) == []
    originals = apply.read_backup(tree.host, tree.instance(), str(result.backup))
    assert originals[PAGE] == BYTES


def test_a_file_that_went_comes_back_where_the_proof_is_wrong(tree: Tree) -> None:
    tree.write(PAGE, BYTES)
    before = tree.path(PAGE).stat()

    result = tree.apply(tree.plan(going()), prove=wrong)

    assert result.ending is Ending.ROLLED_BACK
    assert tree.read(PAGE) == BYTES
    assert tree.path(PAGE).stat().st_mtime_ns == before.st_mtime_ns
    assert beside(tree) == ["invite.html"]


def test_a_file_edited_since_the_plan_is_not_taken_away(tree: Tree) -> None:
    tree.write(PAGE, BYTES + b"theirs")

    result = tree.apply(tree.plan(going()))

    assert result.ending is Ending.REFUSED
    assert tree.read(PAGE) == BYTES + b"theirs"


@pytest.mark.parametrize("goes", [False, True], ids=["comes", "goes"])
def test_a_dead_run_is_brought_to_its_end_by_the_next_connection(tree: Tree, goes: bool) -> None:
    if goes:
        tree.write(PAGE, BYTES)
    with pytest.raises(ConnectionLostError):
        tree.apply(
            tree.plan(going() if goes else coming()),
            prove=lambda: both_killed(tree),
        )
    assert there(tree) is not goes

    result = apply.recover(tree.host, tree.instance())

    assert result is not None
    assert result.ending is Ending.ROLLED_BACK
    assert there(tree) is goes
    assert beside(tree) == (["invite.html"] if goes else [])
