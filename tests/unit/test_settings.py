"""config.toml: read strictly, written without losing what the user wrote in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from jitsi_tui import settings
from jitsi_tui.settings import SavedServer, SettingsError


def test_a_missing_default_file_means_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings.load(None) == settings.Settings()


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        settings.load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("confirm_timeout = 'soon'", "confirm_timeout"),
        ("confirm_timeout = true", "confirm_timeout"),
        ("confirm_timeout = 1", "out of range"),
        ("passphrase_bits = 20", "out of range"),
        ("= what", "can't be read"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=says):
        settings.load(file)


def test_remembering_a_server_keeps_comments_and_the_files_mode(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("# mine\nconfirm_timeout = 90 # patient\nother = 'kept'\n", "utf-8")
    file.chmod(0o640)
    seen = datetime(2026, 11, 24, 14, 2, tzinfo=UTC)
    settings.remember(file, SavedServer("ada@meet", "meet.example.org", "open", seen))
    settings.remember(file, SavedServer("other", "", "", None))
    settings.remember(file, SavedServer("ada@meet", "meet.example.org", "secure", seen))
    text = file.read_text("utf-8")
    assert "# mine" in text and "# patient" in text and "other = 'kept'" in text
    assert file.stat().st_mode & 0o777 == 0o640
    loaded = settings.load(file)
    assert loaded.confirm_timeout == 90
    assert [s.destination for s in loaded.servers] == ["ada@meet", "other"]
    assert loaded.servers[0].posture == "secure"
    assert loaded.servers[0].seen == seen
    assert sorted(p.name for p in tmp_path.iterdir()) == ["config.toml"]
