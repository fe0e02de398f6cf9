"""A running service that would not come up with its files as they are is left running."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from jitsi_tui.instance import plan, services
from jitsi_tui.instance.model import (
    Access,
    Backup,
    BackupFile,
    FileChange,
    Instance,
    Plan,
    Policy,
    RefusedError,
    Service,
    ServiceName,
)
from jitsi_tui.session import engine
from jitsi_tui.ssh.local import LocalHost
from jitsi_tui.ssh.prompts import NoPrompts

from .folder_server import JICOFO_CONF, MAIN_FILE, FolderServer

CHAT = "/etc/prosody/conf.d/chat.cfg.lua"
BROKEN = f"{CHAT}:3: unexpected symbol near '='"
UNREAD = f"Error loading included {CHAT}: {CHAT}: Permission denied"


@pytest.fixture
def seen(tmp_path: Path) -> Instance:
    """An open server, all of it running."""
    return running(FolderServer(tmp_path).look())


def running(instance: Instance, *down: ServiceName) -> Instance:
    names: tuple[ServiceName, ...] = ("prosody", "jicofo", "nginx")
    found = (Service(name, "stopped" if name in down else "running") for name in names)
    return replace(instance, services=tuple(found))


def refusing(instance: Instance, why: str) -> Instance:
    return replace(instance, prosody=replace(instance.prosody, refusal=why))


def close(instance: Instance) -> Plan:
    def no_backup(_: str) -> Mapping[str, bytes]:
        return {}

    return plan.compute(instance, Policy(Access.ACCOUNTS), None, read_backup=no_backup)


@pytest.mark.parametrize(
    ("why", "what_to_do"),
    [(BROKEN, "mend that file first"), (UNREAD, f"chgrp prosody {CHAT}; chmod g+r {CHAT}")],
)
def test_files_that_prosody_would_not_take_forbid_a_change_that_restarts_it(
    seen: Instance, why: str, what_to_do: str
) -> None:
    assert "prosody" in close(seen).restarts
    with pytest.raises(RefusedError) as caught:
        close(refusing(seen, why))
    assert caught.value.message == f"prosody would not come up: {why}"
    assert what_to_do in caught.value.hint


def test_a_file_that_jicofo_may_not_read_forbids_its_restart(seen: Instance) -> None:
    closed = replace(seen, closed_to={JICOFO_CONF: "jicofo"})
    with pytest.raises(RefusedError, match="jicofo would not come up: its user may not read"):
        close(closed)
    with pytest.raises(RefusedError, match="jicofo would not come up"):
        services.restart(LocalHost(prompts=NoPrompts()), closed, "jicofo")


def test_a_service_that_is_down_is_not_taken_down(seen: Instance) -> None:
    down = refusing(running(seen, "prosody"), BROKEN)
    assert close(down).changes


def test_all_services_restart_only_where_all_would_come_up(seen: Instance) -> None:
    planned = replace(close(seen), restarts=())
    assert "nginx" in engine.with_all_restarts(planned, seen).restarts
    broken = replace(seen, web_refusals={"nginx": "unexpected end of file in /etc/x:2"})
    with pytest.raises(RefusedError, match="nginx would not come up: unexpected end"):
        engine.with_all_restarts(planned, broken)


def test_an_undo_that_gives_the_good_file_back_is_allowed(tmp_path: Path) -> None:
    server = FolderServer(tmp_path)
    good = server.path(MAIN_FILE).read_bytes()
    server.write(MAIN_FILE, good + b"foo = = bar\n")
    instance = running(server.look())
    file = instance.prosody.files[MAIN_FILE]
    change = FileChange(MAIN_FILE, good, file.data)
    entry = BackupFile(MAIN_FILE, change.sha256_before, change.sha256_after)
    backup = Backup(
        id="20261124T100000Z-1", time=instance.taken, who="w", what="edit", files=(entry,),
        proof=None, state="applied",
    )  # fmt: skip

    # Prosody names the link by which the file is included.
    ours = refusing(instance, f"{file.path}:15: unexpected symbol near '='")
    assert plan.undo(ours, backup, {MAIN_FILE: good}).restarts == ("prosody",)
    with pytest.raises(RefusedError, match="prosody would not come up"):
        plan.undo(refusing(instance, BROKEN), backup, {MAIN_FILE: good})
