"""An instance of which nothing is known, for what needs only a part of one."""

from __future__ import annotations

from datetime import UTC, datetime

from jitsi_tui.instance.model import Absent, Instance, Jicofo, Prosody

INSTANCE = Instance(
    hostname="here",
    domain="meet.example.org",
    domains=("meet.example.org",),
    taken=datetime(2026, 11, 24, 14, tzinfo=UTC),
    utc_offset=0,
    as_root=True,
    os="Debian",
    systemd=True,
    prosody=Prosody(Absent(), Absent(), {}, Absent()),
    meet=Absent(),
    jicofo=Jicofo(Absent(), Absent()),
    services=(),
    accounts=Absent(),
)
