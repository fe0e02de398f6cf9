"""What is refused before anything changes: files whose words somebody else has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from jitsi_tui.configs.document import ConfigError
from jitsi_tui.instance import plan
from jitsi_tui.instance.model import Access, Policy
from tests.unit.instance.folder_server import JICOFO_CONF, FolderServer
from tests.unit.instance.test_posture import ASKS, close_prosody, name_guests

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
