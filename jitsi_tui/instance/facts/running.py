"""What runs on a server: its services by their processes, its ports, what Jicofo's log said."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from jitsi_tui.digits import whole
from jitsi_tui.logs.masking import mask

from ..known_lines import BY_ID
from ..model import SERVICES, JicofoAuthority, LoggedLine, Service, ServiceName, ServiceState
from .sections import Section, Sections, moment

_EARLIER = timedelta(seconds=10)
"""A log line this much older than the process is of an earlier start."""


def services(sections: Sections, *, systemd: bool) -> tuple[Service, ...]:
    """Every service that we know of, in their usual order."""
    found = {s.fields[0]: s.pairs for s in sections.all("service") if s.fields}
    return tuple(service(name, found.get(name, {}), systemd=systemd) for name in SERVICES)


def service(name: ServiceName, facts: Mapping[str, str], *, systemd: bool) -> Service:
    """One service, from what was seen of its process and its unit."""
    unit, generated, init = facts.get("unit"), facts.get("generated"), facts.get("init")
    if systemd and unit:
        manager = "unit"
    elif systemd and generated:
        manager = "generated"
    else:
        manager = "init" if init else "none"
    state, detail = _state(facts, systemd=systemd)
    return Service(
        name=name,
        state=state,
        pid=whole(facts.get("pid", "")),
        since=moment(facts.get("since")),
        manager=manager,  # type: ignore[arg-type]
        enabled=facts.get("enabled") == "1" if unit or generated or init else None,
        masked=facts.get("masked") == "1",
        detail=detail,
    )


def _state(facts: Mapping[str, str], *, systemd: bool) -> tuple[ServiceState, str]:
    if "pid" in facts:
        return "running", ""
    masked = facts.get("masked") == "1"
    if not masked and not any(facts.get(key) for key in ("unit", "generated", "init")):
        return "absent", ""
    if facts.get("hidden") == "1":
        return "unknown", "processes of others are hidden from this user"
    if masked:
        return "stopped", "its unit is masked"
    return _without_process(facts, systemd=systemd)


def _without_process(facts: Mapping[str, str], *, systemd: bool) -> tuple[ServiceState, str]:
    """An installed service that has none: as its unit or its pid file tells."""
    claim = {
        "failed": f"its unit says: {facts.get('result', 'failed')}",
        "active": "its unit claims to be active, and no process is there",
        "activating": "it starts and does not stay up",
    }.get(facts.get("active", ""))
    if systemd and claim:
        return "failed", claim
    if facts.get("stale"):
        return "failed", f"{facts['stale']} names a process that is gone"
    return "stopped", ""


def listeners(section: Section | None) -> tuple[tuple[str, int], ...]:
    """Listening TCP sockets, from the kernel's hexadecimal (address in host byte order)."""
    found: set[tuple[str, int]] = set()
    for line in (section.text if section else "").splitlines():
        address, _, port = line.partition(":")
        if re.fullmatch(r"[0-9A-F]{8}|[0-9A-F]{32}", address) and re.fullmatch("[0-9A-F]{4}", port):
            raw = bytes.fromhex(address)
            words = [raw[i : i + 4][::-1] for i in range(0, len(raw), 4)]
            ip = ipaddress.ip_address(b"".join(words))
            mapped = getattr(ip, "ipv4_mapped", None)
            found.add((str(mapped or ip), int(port, 16)))
    return tuple(sorted(found, key=lambda one: (one[1], one[0])))


_CONFIG = re.compile(r"AuthConfig\[enabled=(\w+), type=(\w+), loginUrl=([^,\]\s]*)")
_LIFETIME = re.compile(
    r"authenticationLifetime=PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:\.\d+)?S)?[,\]]"
)
_AUTO_LOGIN = re.compile(r"enableAutoLogin=(true|false)")
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")


def jicofo_said(
    sections: Sections, *, since: datetime | None, utc_offset: int = 0
) -> tuple[JicofoAuthority, str | None]:
    """What Jicofo's log says of authentication since its process started (``since``, UTC).

    Lines of an earlier start say nothing of the one that runs.
    """
    section = sections.one("jicofo-log")
    if section is None or section.state != "K":
        return "unknown", None
    line = section.text
    written = _time_of(line, utc_offset)
    if since is not None and written is not None and written < since - _EARLIER:
        return "unknown", None
    if "Authentication service disabled." in line:
        return "off", None
    match = _CONFIG.search(line)
    if match is None:
        return "unknown", None
    enabled, kind, login_url = match.groups()
    authority: JicofoAuthority = "off"
    if enabled == "true" and kind in ("XMPP", "JWT"):
        authority = "xmpp" if kind == "XMPP" else "jwt"
    return authority, login_url or None


def jicofo_logins(sections: Sections) -> tuple[float | None, bool | None]:
    """What Jicofo's log says at its start: seconds that it remembers a login, and auto-login.

    ``None`` where it does not say (versions before 2021 don't).
    """
    section = sections.one("jicofo-log")
    line = section.text if section is not None and section.state == "K" else ""
    time, auto = _LIFETIME.search(line), _AUTO_LOGIN.search(line)
    seconds = None
    if time is not None:
        hours, minutes, rest = (int(part or 0) for part in time.groups())
        seconds = float(hours * 3600 + minutes * 60 + rest)
    return seconds, None if auto is None else auto[1] == "true"


def _time_of(line: str, utc_offset: int) -> datetime | None:
    match = _STAMP.search(line)
    if match is None:
        return None
    try:
        local = datetime.fromisoformat(match.group()).replace(tzinfo=UTC)
    except ValueError:
        return None
    return local - timedelta(seconds=utc_offset)


def disks(section: Section | None) -> dict[str, float]:
    """Mount point to the used part, from ``df -P`` (POSIX): used of used and available."""
    found: dict[str, float] = {}
    for line in (section.text if section else "").splitlines()[1:]:
        match = re.search(r"\s(\d{1,18})\s+(\d{1,18})\s+\d+%\s+(/.*)$", line)
        if match is not None:
            used, free = int(match[1]), int(match[2])
            if used + free:
                found[match[3]] = used / (used + free)
    return found


def logged(sections: Sections) -> tuple[LoggedLine, ...]:
    """Known lines of the last minutes of each log, the most frequent first."""
    found = [line for section in sections.all("lines") if (line := _logged(section)) is not None]
    return tuple(sorted(found, key=lambda line: -line.count))


def _logged(section: Section) -> LoggedLine | None:
    if section.state != "K" or len(section.fields) != 7:
        return None
    source, path, identifier, count, *times = section.fields
    first, last, since = (moment(text) for text in times)
    often = whole(count)
    if often is None or identifier not in BY_ID or first is None or last is None or since is None:
        return None
    record = mask(section.text)
    return LoggedLine(identifier, source, path, often, first, last, since, record)
