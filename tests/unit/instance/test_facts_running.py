"""Services by their processes; ports, disks and Jicofo's word from what the kernel and logs say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jitsi_tui.instance.facts.running import disks, jicofo_said, listeners, service
from jitsi_tui.instance.facts.sections import Section, Sections
from tests.unit.instance.test_facts_sections import NONCE, section, whole

UNIT = {"unit": "/lib/systemd/system/prosody.service"}
GENERATED = {
    "generated": "/run/systemd/generator.late/jicofo.service",
    "init": "/etc/init.d/jicofo",
}


@pytest.mark.parametrize(
    ("facts", "systemd", "state", "manager"),
    [
        ({}, True, "absent", "none"),
        ({**UNIT, "pid": "12"}, True, "running", "unit"),
        ({**UNIT, "active": "failed", "result": "exit-code"}, True, "failed", "unit"),
        ({**UNIT, "active": "inactive"}, True, "stopped", "unit"),
        ({**UNIT, "active": "activating"}, True, "failed", "unit"),
        ({**GENERATED, "active": "active", "sub": "exited"}, True, "failed", "generated"),
        ({**GENERATED, "active": "inactive"}, True, "stopped", "generated"),
        ({**GENERATED, "pid": "7"}, False, "running", "init"),
        ({"init": "/etc/init.d/jicofo", "stale": "/run/jicofo.pid"}, False, "failed", "init"),
        ({"init": "/etc/init.d/jicofo"}, False, "stopped", "init"),
        ({"masked": "1"}, True, "stopped", "none"),
        ({**UNIT, "hidden": "1"}, True, "unknown", "unit"),
        ({"pid": "99", "hidden": "1"}, True, "running", "none"),
    ],
)
def test_a_service_is_what_its_process_is(
    facts: dict[str, str], systemd: bool, state: str, manager: str
) -> None:
    found = service("jicofo", facts, systemd=systemd)
    assert (found.state, found.manager) == (state, manager)


def test_an_active_unit_without_a_process_is_told_as_such() -> None:
    found = service("jicofo", {**GENERATED, "active": "active"}, systemd=True)
    assert "claims to be active" in found.detail


def test_listening_addresses_are_read_from_the_kernels_words() -> None:
    lines = b"0100007F:14A0\n00000000:22B8\n" + b"0" * 32 + b":0050\n"
    lines += b"0000000000000000FFFF00000100007F:1F90\nnonsense\n0100007F:XYZ\n"
    assert listeners(Section("K", "listeners", (), lines)) == (
        ("::", 80),
        ("127.0.0.1", 5280),
        ("127.0.0.1", 8080),
        ("0.0.0.0", 8888),
    )


def test_disks_are_counted_as_df_does() -> None:
    text = (
        b"Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a b 100 80 10 89% /\nx\n"
    )
    assert disks(Section("K", "disks", (), text)) == {"/": 80 / 90}


def said(line: bytes, since: datetime | None, offset: int = 0) -> tuple[str, str | None]:
    sections = Sections(whole(section("K", "jicofo-log", "/x", "1", data=line)), NONCE)
    return jicofo_said(sections, since=since, utc_offset=offset)


def test_what_an_earlier_start_said_does_not_count() -> None:
    line = b"Jicofo 2026-11-24 04:00:01.123 INFO: Authentication service disabled."
    assert said(line, datetime(2026, 11, 24, 4, 0, 0, tzinfo=UTC)) == ("off", None)
    assert said(line, datetime(2026, 11, 24, 5, 0, 0, tzinfo=UTC)) == ("unknown", None)
    assert said(line, datetime(2026, 11, 24, 3, 0, 0, tzinfo=UTC), 3600) == ("off", None)
    assert said(line, None) == ("off", None)
