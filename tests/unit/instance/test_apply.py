"""The transaction on a server under a folder: every ending, with real files and processes."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jitsi_tui.instance import services
from jitsi_tui.instance.model import Ending, FileChange, Outcome, RefusedError, Verdict
from jitsi_tui.instance.transaction import apply
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import ConnectionLostError

from .tree import (
    JICOFO,
    JICOFO_OPEN,
    JICOFO_SECURE,
    OPEN,
    PROSODY,
    SECURE,
    ProcessHost,
    ProcessStream,
    Tree,
    answers,
    wait_until,
)

Proof = tuple[Outcome, Verdict | None, tuple[str, ...]]


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    made = Tree(tmp_path)
    made.start_services()
    yield made
    made.stop_services()


def is_as_before(tree: Tree) -> bool:
    return tree.read(PROSODY) == OPEN and tree.read(JICOFO) == JICOFO_OPEN


def is_changed(tree: Tree) -> bool:
    return tree.read(PROSODY) == SECURE and tree.read(JICOFO) == JICOFO_SECURE


def both_run(tree: Tree) -> bool:
    return all(answers(port) for port in tree.ports.values())


def run_process(tree: Tree) -> int:
    """The process of the run that is going on."""
    (path,) = (tree.root / "run/jitsi-tui").glob("*/process")
    return int(path.read_text().split()[0])


def test_a_proved_change_stays_and_leaves_nothing_else_behind(tree: Tree) -> None:
    before = {name: tree.pid(name) for name in tree.ports}

    result = tree.apply()

    assert result.ending is Ending.APPLIED
    assert is_changed(tree)
    assert tree.strays() == []
    assert all(tree.pid(name) not in (None, before[name]) for name in tree.ports)
    (backup,) = tree.backups()
    assert (backup.id, backup.state, backup.who) == (result.backup, "applied", "somebody@desk")
    assert apply.read_backup(tree.host, tree.instance(), backup.id) == {
        PROSODY: OPEN,
        JICOFO: JICOFO_OPEN,
    }


def test_an_apply_is_one_remote_command(tree: Tree) -> None:
    tree.apply()

    assert tree.host.commands_run == 1


def test_every_step_is_told_when_it_begins_and_when_it_ends(tree: Tree) -> None:
    result = tree.apply()

    begun = [step.name for step in tree.steps if step.seconds is None]
    ended = [step.name for step in tree.steps if step.seconds is not None]
    assert begun == ended == [step.name for step in result.steps]
    assert begun == [
        *("lock", "packages", "files", "baseline", "backup", "stage", "check", "replace"),
        *("meaning", "restart prosody", "restart jicofo", "health", "proof", "finish"),
    ]


def test_mode_attributes_and_links_stay(tree: Tree) -> None:
    real = tree.path(PROSODY)
    real.chmod(0o640)
    os.setxattr(real, "user.note", b"kept")
    link = tree.path("/etc/prosody/conf.d/meet.cfg.lua")
    link.parent.mkdir()
    link.symlink_to("../conf.avail/meet.example.org.cfg.lua")

    assert tree.apply().ending is Ending.APPLIED

    assert real.stat().st_mode & 0o7777 == 0o640
    assert os.getxattr(real, "user.note") == b"kept"
    assert real.stat().st_nlink == 1
    assert link.is_symlink()
    assert link.read_bytes() == SECURE


def test_backups_are_closed_to_others(tree: Tree) -> None:
    tree.apply()

    folder = tree.root / "var/backups/jitsi-tui"
    assert folder.stat().st_mode & 0o777 == 0o700
    for path in folder.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_proof_that_failed_gives_everything_back(tree: Tree) -> None:
    inode = tree.path(PROSODY).stat().st_ino

    result = tree.apply(prove=lambda: (Outcome.WRONG, None, ("strangers log in",)))

    assert result.ending is Ending.ROLLED_BACK
    assert "strangers log in" in result.message
    assert is_as_before(tree)
    assert tree.path(PROSODY).stat().st_ino == inode
    assert both_run(tree)
    assert tree.strays() == []
    assert tree.backups()[0].state == "rolled-back"


def test_what_can_not_be_proved_is_given_back_without_a_decision(tree: Tree) -> None:
    result = tree.apply(prove=lambda: (Outcome.UNPROVABLE, None, ("BOSH is not reachable",)))

    assert result.ending is Ending.ROLLED_BACK
    assert "BOSH is not reachable" in result.message
    assert is_as_before(tree)


def test_what_can_not_be_proved_stays_if_the_admin_says_so(tree: Tree) -> None:
    asked: list[tuple[tuple[str, ...], float]] = []

    def decide(reasons: tuple[str, ...], left: float) -> bool:
        asked.append((reasons, left))
        return True

    result = tree.apply(
        prove=lambda: (Outcome.UNPROVABLE, None, ("BOSH is not reachable",)), decide=decide
    )

    assert result.ending is Ending.APPLIED
    assert asked[0][0] == ("BOSH is not reachable",)
    assert 0 < asked[0][1] <= 20
    assert "BOSH is not reachable" in (tree.backups()[0].proof or "")


def test_a_word_after_the_deadline_changes_nothing_any_more(tree: Tree) -> None:
    def late() -> Proof:
        wait_until(lambda: not list((tree.root / "var/backups").rglob("phase.waiting")))
        return Outcome.PROVED, None, ()

    result = tree.apply(prove=late, confirm_timeout=1.0)

    assert result.ending is Ending.ROLLED_BACK
    assert "no proof came within 1 s" in result.message
    assert is_as_before(tree)


def test_cancelling_while_services_restart_rolls_back(tree: Tree) -> None:
    cancel = threading.Event()

    def on_step(step: object) -> None:
        if getattr(step, "name", "") == "restart prosody":
            cancel.set()

    result = tree.apply(on_step=on_step, cancel=cancel)

    assert result.ending is Ending.ROLLED_BACK
    assert result.message.startswith("cancelled")
    assert is_as_before(tree)
    assert both_run(tree)


def test_cancelling_before_anything_is_replaced_is_a_refusal(tree: Tree) -> None:
    cancel = threading.Event()
    cancel.set()
    tree.misbehave("prosody", "nothing")

    result = tree.apply(cancel=cancel)

    assert result.ending in (Ending.REFUSED, Ending.ROLLED_BACK)
    assert is_as_before(tree)
    assert tree.strays() == []


SLOW_ROAD = """
import os, select, subprocess, sys
held = b""
while select.select([0], [], [], 1)[0]:
    held += os.read(0, 65536)
program = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, bufsize=0)
while held:
    held = held[program.stdin.write(held):] or os.read(0, 65536)
"""


class SlowRoad(ProcessHost):
    """What is sent arrives in one piece, as it does behind a slow uplink."""

    def stream(self, command: Command) -> ProcessStream:
        argv = (sys.executable, "-c", SLOW_ROAD, *command.argv)
        return super().stream(replace(command, argv=argv))


def test_a_cancel_while_the_program_is_still_on_its_way_is_heard(tree: Tree) -> None:
    """The program's own reading must not swallow the word that follows it."""
    tree.host = SlowRoad()
    cancel = threading.Event()
    cancel.set()

    result = tree.apply(cancel=cancel, confirm_timeout=3.0)

    assert "cancelled" in result.message
    assert is_as_before(tree)


def test_a_file_that_changed_since_the_plan_is_refused(tree: Tree) -> None:
    plan = tree.plan()
    tree.write(JICOFO, JICOFO_OPEN + b"# by hand\n")

    result = tree.apply(plan)

    assert result.ending is Ending.REFUSED
    assert f"{JICOFO} was changed since the plan was made" in result.message
    assert result.hint
    assert tree.read(PROSODY) == OPEN
    assert tree.read(JICOFO) == JICOFO_OPEN + b"# by hand\n"
    assert tree.backups() == []
    assert tree.strays() == []


def test_a_file_with_two_names_is_refused(tree: Tree) -> None:
    os.link(tree.path(PROSODY), tree.path(PROSODY + ".other"))

    result = tree.apply()

    assert result.ending is Ending.REFUSED
    assert "hard links" in result.message
    assert tree.path(PROSODY).stat().st_nlink == 2


def test_a_file_that_became_a_link_is_refused(tree: Tree) -> None:
    plan = tree.plan()
    tree.path(PROSODY).rename(tree.path(PROSODY + ".real"))
    tree.path(PROSODY).symlink_to(tree.path(PROSODY + ".real"))

    result = tree.apply(plan)

    assert result.ending is Ending.REFUSED
    assert "is a link now" in result.message


@pytest.mark.parametrize("word", [b"BROKEN", b"DIES"])
def test_a_jicofo_that_does_not_stay_up_is_rolled_back(tree: Tree, word: bytes) -> None:
    plan = tree.plan(FileChange(JICOFO, JICOFO_OPEN, JICOFO_SECURE + b"# " + word + b"\n"))

    result = tree.apply(plan)

    assert result.ending is Ending.ROLLED_BACK
    assert "jicofo" in result.message
    assert is_as_before(tree)
    assert both_run(tree)
    assert tree.strays() == []


def test_a_restart_that_does_nothing_is_done_another_way(tree: Tree) -> None:
    """Debian 12's init script looks for Lua 5.2 where Lua 5.4 runs: it stops nothing."""
    tree.misbehave("prosody", "stop-does-nothing")
    before = tree.pid("prosody")

    result = tree.apply()

    assert result.ending is Ending.APPLIED
    assert tree.pid("prosody") not in (None, before)


def test_services_that_never_come_back_are_told_with_the_commands(tree: Tree) -> None:
    def prove() -> Proof:
        tree.misbehave("jicofo", "start-does-nothing")
        return Outcome.WRONG, None, ("wrong",)

    result = tree.apply(prove=prove)

    assert result.ending is Ending.BROKEN
    assert is_as_before(tree)
    assert "service jicofo restart" in result.hint
    assert tree.backups()[0].state == "failed"


def test_a_stopped_service_stays_stopped(tree: Tree) -> None:
    pid = tree.pid("jicofo")
    assert pid
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not answers(tree.ports["jicofo"]))

    result = tree.apply()

    assert result.ending is Ending.APPLIED
    assert tree.pid("jicofo") is None


def test_certbot_4375_a_later_edit_is_never_overwritten_by_the_way_back(tree: Tree) -> None:
    edited = JICOFO_SECURE + b"# by somebody else\n"

    def prove() -> Proof:
        tree.write(JICOFO, edited)
        return Outcome.WRONG, None, ("wrong",)

    result = tree.apply(prove=prove)

    assert result.ending is Ending.BROKEN
    assert tree.read(JICOFO) == edited
    assert tree.read(PROSODY) == OPEN
    folder = tree.root / "var/backups/jitsi-tui" / str(result.backup)
    assert (folder / "1").read_bytes() == JICOFO_OPEN
    assert (folder / "1.ours").read_bytes() == JICOFO_SECURE
    assert f"cp {folder}/1 {tree.path(JICOFO)}" in result.hint
    assert tree.strays() == []


def test_a_dead_follower_is_taken_up_and_the_change_proved(tree: Tree) -> None:
    def prove() -> Proof:
        tree.host.streams[-1].process.kill()
        return Outcome.PROVED, None, ()

    result = tree.apply(prove=prove)

    assert result.ending is Ending.APPLIED
    names = [step.name for step in tree.steps if step.seconds is not None]
    assert len(names) == len(set(names))


def test_a_lost_client_leaves_the_server_to_roll_itself_back(tree: Tree) -> None:
    def prove() -> Proof:
        raise ConnectionLostError("gone")

    with pytest.raises(ConnectionLostError):
        tree.apply(prove=prove, confirm_timeout=1.5)

    wait_until(lambda: tree.backups()[0].state == "rolled-back")
    assert is_as_before(tree)
    wait_until(lambda: tree.strays() == [])
    assert both_run(tree)


def test_a_new_connection_follows_a_running_change_and_proves_it(tree: Tree) -> None:
    def prove() -> Proof:
        raise ConnectionLostError("gone")

    with pytest.raises(ConnectionLostError):
        tree.apply(prove=prove)
    (backup,) = tree.backups()
    steps: list[str] = []

    result = apply.attach(
        tree.host,
        tree.instance(),
        backup.id,
        prove=lambda: (Outcome.PROVED, None, ()),
        decide=None,
        on_step=lambda step: steps.append(step.name),
    )

    assert result.ending is Ending.APPLIED
    assert is_changed(tree)
    assert "restart prosody" in steps


def test_attaching_to_an_ended_change_tells_its_ending(tree: Tree) -> None:
    done = tree.apply()
    assert done.backup

    result = apply.attach(
        tree.host,
        tree.instance(),
        done.backup,
        prove=lambda: (Outcome.PROVED, None, ()),
        decide=None,
        on_step=lambda step: None,
    )

    assert result.ending is Ending.APPLIED
    assert result.message == done.message


def test_a_killed_run_is_rolled_back_by_its_watcher(tree: Tree) -> None:
    def prove() -> Proof:
        os.kill(run_process(tree), signal.SIGKILL)
        return Outcome.PROVED, None, ()

    result = tree.apply(prove=prove)

    assert result.ending in (Ending.ROLLED_BACK, Ending.APPLIED)
    assert is_as_before(tree) == (result.ending is Ending.ROLLED_BACK)
    assert is_changed(tree) == (result.ending is Ending.APPLIED)
    assert both_run(tree)
    wait_until(lambda: tree.strays() == [])


def leave_half_done(tree: Tree) -> None:
    """A run that was killed, and what would recover it too, once the files were replaced."""

    def prove() -> Proof:
        process = run_process(tree)
        watcher = int(Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[1])
        os.kill(process, signal.SIGSTOP)  # or it may go on between the two
        os.kill(watcher, signal.SIGKILL)
        os.kill(process, signal.SIGKILL)
        raise ConnectionLostError("gone")

    with pytest.raises(ConnectionLostError):
        tree.apply(prove=prove)
    assert is_changed(tree)


def test_what_a_dead_run_left_half_done_is_finished_at_the_next_connection(tree: Tree) -> None:
    leave_half_done(tree)

    result = apply.recover(tree.host, tree.instance())

    assert result is not None
    assert result.ending is Ending.ROLLED_BACK
    assert is_as_before(tree)
    assert both_run(tree)
    assert tree.strays() == []
    assert apply.recover(tree.host, tree.instance()) is None


def test_where_the_manifest_of_a_dead_run_is_lost_nothing_is_said_to_be_as_before(
    tree: Tree,
) -> None:
    leave_half_done(tree)
    (manifest,) = tree.path("/var/backups/jitsi-tui").glob("*/manifest")
    manifest.unlink()

    for _ in range(2):
        with pytest.raises(RefusedError, match=r"manifest can't be read. Put .* back by hand"):
            apply.recover(tree.host, tree.instance())

    assert (manifest.parent / "phase.waiting").exists()
    assert (manifest.parent / "0").read_bytes() == OPEN


def test_two_admins_at_once_one_wins_and_the_other_is_told_who(tree: Tree) -> None:
    second: list[object] = []

    def prove() -> Proof:
        second.append(tree.apply(tree.plan(FileChange(JICOFO, JICOFO_SECURE, JICOFO_OPEN))))
        return Outcome.PROVED, None, ()

    result = tree.apply(prove=prove)

    assert result.ending is Ending.APPLIED
    (other,) = second
    assert other.ending is Ending.REFUSED  # type: ignore[attr-defined]
    assert "somebody@desk" in other.message  # type: ignore[attr-defined]
    assert is_changed(tree)


def test_an_undo_is_the_same_transaction_and_marks_its_backup(tree: Tree) -> None:
    first = tree.apply()
    originals = apply.read_backup(tree.host, tree.instance(), str(first.backup))
    changes = [FileChange(path, tree.read(path), data) for path, data in originals.items()]

    result = tree.apply(tree.plan(*changes, undoes=first.backup))

    assert result.ending is Ending.APPLIED
    assert is_as_before(tree)
    undone, undo = tree.backups()
    assert undone.undone_by == undo.id
    assert undo.undoes == undone.id


def test_no_secret_of_a_file_is_sent_again_or_written_down(tree: Tree) -> None:
    seen: list[bytes] = []

    def prove() -> Proof:
        folder = tree.root / "run/jitsi-tui"
        seen.extend(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        return Outcome.PROVED, None, ()

    tree.apply(prove=prove)

    assert seen
    assert not any(b"hush" in text for text in seen)
    for command in tree.host.commands:
        assert b"hush" not in command.stdin
        assert not any("hush" in word for word in command.argv)


def test_nothing_to_do_runs_nothing(tree: Tree) -> None:
    plan = replace(tree.plan(), changes=(), reason="it is secure already")

    result = tree.apply(plan)

    assert (result.ending, result.message) == (Ending.NOTHING, "it is secure already")
    assert tree.host.commands_run == 0


def test_pruning_deletes_what_was_named_and_frees_its_room(tree: Tree) -> None:
    wrong: Proof = (Outcome.WRONG, None, ("wrong",))
    ids = [str(tree.apply(prove=lambda: wrong).backup) for _ in range(3)]

    done = apply.prune(tree.host, tree.instance(), ids[:2])

    assert (done.gone, dict(done.stayed)) == (tuple(ids[:2]), {})
    assert done.freed > 8000
    assert [backup.id for backup in tree.backups()] == ids[2:]
    assert tree.strays() == []


def test_pruning_never_deletes_a_change_that_has_not_ended(tree: Tree) -> None:
    (old,) = [str(tree.apply().backup)]
    tree.write(PROSODY, OPEN)
    tree.write(JICOFO, JICOFO_OPEN)
    half = str(tree.apply().backup)
    (tree.root / f"var/backups/jitsi-tui/{half}/phase.waiting").touch()

    done = apply.prune(tree.host, tree.instance(), [old, half])

    assert done.gone == (old,)
    assert dict(done.stayed) == {half: "its change has not ended"}
    assert [backup.id for backup in tree.backups()] == [half]


def test_pruning_waits_for_nobody_while_a_change_is_made(tree: Tree) -> None:
    old = str(tree.apply().backup)
    tree.write(PROSODY, OPEN)
    tree.write(JICOFO, JICOFO_OPEN)

    def prove() -> Proof:
        with pytest.raises(RefusedError, match="a change is being made by somebody@desk"):
            apply.prune(tree.host, tree.instance(), [old])
        return Outcome.PROVED, None, ()

    assert tree.apply(prove=prove).ending is Ending.APPLIED
    assert len(tree.backups()) == 2


@pytest.mark.parametrize("bad", ["../x", "20260101T000000Z-1/..", "", "x; reboot"])
def test_an_id_that_is_none_never_reaches_the_server(tree: Tree, bad: str) -> None:
    with pytest.raises(RefusedError):
        apply.read_backup(tree.host, tree.instance(), bad)
    assert tree.host.commands_run == 0


def test_a_checked_restart_gives_the_new_process(tree: Tree) -> None:
    before = tree.pid("jicofo")

    service = services.restart(tree.host, tree.instance(), "jicofo")

    assert service.state == "running"
    assert service.pid == tree.pid("jicofo") != before
    assert service.since is not None


def test_a_restart_that_fails_says_what_the_service_said(tree: Tree) -> None:
    tree.write(JICOFO, b"BROKEN")

    with pytest.raises(services.RestartError, match="jicofo"):
        services.restart(tree.host, tree.instance(), "jicofo")
