"""Which backups may go, and which are needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from jitsi_tui.instance.model import Backup, Instance
from jitsi_tui.instance.transaction import pruning

from .instances import INSTANCE

State = Literal["applied", "rolled-back", "open", "failed"]


def backup(number: int, state: State = "applied", domain: str = "", **more: str) -> Backup:
    time = datetime(2026, 1, number, tzinfo=UTC)
    identifier = f"202601{number:02}T000000Z-1"
    return Backup(identifier, time, "ada", "close it", (), None, state, domain=domain, **more)


def server(*backups: Backup, **more: object) -> Instance:
    newest_first = tuple(sorted(backups, key=lambda b: b.id, reverse=True))
    return replace(INSTANCE, backups=newest_first, **more)  # type: ignore[arg-type]


def days(backups: tuple[Backup, ...]) -> list[int]:
    return [each.time.day for each in backups]


def test_the_newest_stay() -> None:
    found = pruning.keep_newest(server(*map(backup, (1, 2, 3, 4))), 3)
    assert (days(found.gone), days(found.kept), found.held) == ([1], [4, 3, 2], ())


def test_more_than_there_are_means_all() -> None:
    found = pruning.keep_newest(server(backup(1)), 5)
    assert (found.gone, days(found.kept)) == ((), [1])


def test_none_kept_means_all_go() -> None:
    assert days(pruning.keep_newest(server(backup(1), backup(2)), 0).gone) == [2, 1]


def test_a_change_that_has_not_ended_stays() -> None:
    seen = server(backup(1), backup(2, "open"), backup(3), unfinished=backup(1).id)
    found = pruning.keep_newest(seen, 0)
    assert days(found.gone) == [3]
    assert [why for _, why in found.held] == ["its change has not ended"] * 2


def test_what_could_not_be_rolled_back_stays_until_it_is_undone() -> None:
    seen = server(backup(1, "failed"), backup(2, "failed", undone_by="20260103T000000Z-1"))
    found = pruning.keep_newest(seen, 0)
    assert (days(found.gone), days(found.kept)) == ([2], [1])
    assert "originals" in found.held[0][1]


def test_backups_of_another_domain_here_are_left_alone() -> None:
    seen = server(
        backup(1, domain="other.example.org"),
        backup(2, domain="gone.example.org"),
        backup(3, domain="meet.example.org"),
        domains=("meet.example.org", "other.example.org"),
    )
    assert days(pruning.keep_newest(seen, 0).gone) == [3, 2]


def test_older_than_one_leaves_that_one() -> None:
    seen = server(*map(backup, (1, 2, 3)))
    found = pruning.older_than(seen, backup(2).id)
    assert (days(found.gone), days(found.kept)) == ([1], [3, 2])
    assert pruning.older_than(seen, "20991231T000000Z-1").gone == ()
