"""What is refused before anything changes: files whose words somebody else has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from jitsi_tui.configs.document import ConfigError
from jitsi_tui.instance import plan
from jitsi_tui.instance.model import Access, Policy, RefusedError
from tests.unit.instance.folder_server import DOMAIN, JICOFO_CONF, MAIN_FILE, FolderServer
from tests.unit.instance.test_posture import ASKS, GUEST_HOST, close, close_prosody, name_guests

INCLUDE = 'include "local.conf"'


def no_backup(identifier: str) -> Mapping[str, bytes]:
    raise AssertionError(identifier)


@pytest.mark.parametrize("access", list(Access))
def test_an_include_that_may_say_otherwise_is_no_place_to_edit_around(
    tmp_path: Path, access: Access
) -> None:
    """A plan that can't be proved would throw people out of their meetings, and be rolled back."""
    server = FolderServer(tmp_path)
    close_prosody(server)
    name_guests(server)
    server.write("/etc/jitsi/jicofo/local.conf", ASKS + "}\n")
    server.write(JICOFO_CONF, server.path(JICOFO_CONF).read_text() + INCLUDE + "\n")
    with pytest.raises(ConfigError, match=r"may set jicofo\.authentication") as error:
        plan.compute(server.look(), Policy(access), None, read_backup=no_backup)
    assert JICOFO_CONF in str(error.value) and "by hand" in error.value.hint


@pytest.mark.parametrize("access", list(Access))
def test_two_files_that_say_how_people_log_in_are_not_told_which_of_them_counts(
    tmp_path: Path, access: Access
) -> None:
    """Prosody reads a folder in the order that it lies on the disk."""
    server = FolderServer(tmp_path)
    if access is Access.EVERYONE:
        close(server)
    again = "/etc/prosody/conf.d/again.cfg.lua"
    server.write(again, server.path(MAIN_FILE).read_text())
    with pytest.raises(RefusedError) as error:
        plan.compute(server.look(), Policy(access), None, read_backup=no_backup)
    assert f"{again} and {MAIN_FILE} both say how people log in on {DOMAIN}" in str(error.value)


def test_a_guest_host_that_goes_goes_from_every_file(tmp_path: Path) -> None:
    server = FolderServer(tmp_path)
    close(server)
    again = "/etc/prosody/conf.d/again.cfg.lua"
    server.write(again, GUEST_HOST)
    policy = Policy(Access.ACCOUNTS, guests=False)
    made = plan.compute(server.look(), policy, None, read_backup=no_backup)
    gone = {change.path for change in made.changes if b"guest." not in change.after}
    assert {again, MAIN_FILE} <= gone
