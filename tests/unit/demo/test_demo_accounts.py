"""Accounts lie on disk as Prosody's internal storage keeps them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from jitsi_tui.demo.accounts import Accounts, decode, encode
from jitsi_tui.demo.scram import matches


@pytest.mark.parametrize(
    ("name", "file"),
    [("meet.example.org", "meet%2eexample%2eorg"), ("ada", "ada"), ("jörg_1", "j%c3%b6rg%5f1")],
)
def test_names_are_escaped_byte_by_byte(name: str, file: str) -> None:
    assert encode(name) == file
    assert decode(file) == name


def test_an_account_keeps_its_birthday_when_its_password_changes(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path)
    accounts.set("ada", "meet.example.org", "one", at=1_700_000_000)
    accounts.set("ada", "meet.example.org", "two", at=1_800_000_000)
    file = tmp_path / "meet%2eexample%2eorg" / "accounts" / "ada.dat"
    text = file.read_text()
    assert '["created"] = 1700000000;' in text
    assert '["updated"] = 1800000000;' in text
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    keys = accounts.keys("ada", "meet.example.org")
    assert keys is not None and matches(keys, "two") and not matches(keys, "one")


def test_what_is_not_there_has_no_keys(tmp_path: Path) -> None:
    accounts = Accounts(tmp_path)
    assert accounts.keys("ada", "meet.example.org") is None
    assert accounts.names("meet.example.org") == []
    accounts.remove("ada", "meet.example.org")


def test_no_password_is_stored(tmp_path: Path) -> None:
    Accounts(tmp_path).set("ada", "x", "correct horse")
    assert "correct" not in (tmp_path / "x" / "accounts" / "ada.dat").read_text()
