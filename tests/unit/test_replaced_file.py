"""The user's files get a new content in one step."""

from __future__ import annotations

from pathlib import Path

import pytest

from jitsi_tui import replaced_file


def test_a_new_file_and_its_folder_are_private(tmp_path: Path) -> None:
    file = tmp_path / "made" / "note"
    replaced_file.replace(file, "one")
    assert file.read_text() == "one"
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_link_to_the_file_stays_one_and_the_files_mode_stays(tmp_path: Path) -> None:
    kept = tmp_path / "dotfiles" / "note"
    kept.parent.mkdir()
    kept.write_text("old")
    kept.chmod(0o640)
    link = tmp_path / "note"
    link.symlink_to(kept)
    replaced_file.replace(link, "new", lasting=False)
    assert link.is_symlink() and kept.read_text() == "new"
    assert kept.stat().st_mode & 0o777 == 0o640
    assert [found.name for found in kept.parent.iterdir()] == ["note"]


def test_a_link_to_itself_leads_to_no_file_and_is_replaced(tmp_path: Path) -> None:
    link = tmp_path / "note"
    link.symlink_to("note")
    replaced_file.replace(link, "new")
    assert not link.is_symlink() and link.read_text() == "new"


def test_where_it_fails_the_old_content_stays_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "note"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        replaced_file.replace(file, "new \ud800")
    assert [found.read_text() for found in tmp_path.iterdir()] == ["old"]
