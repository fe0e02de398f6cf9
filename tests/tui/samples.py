"""A server of our own making, as the values that a session would send."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from jitsi_tui.instance.model import (
    Absent,
    Access,
    Applied,
    Backup,
    BackupFile,
    Ending,
    Expectation,
    FileChange,
    Finding,
    Instance,
    Jicofo,
    Known,
    Moderator,
    ModeratorList,
    Plan,
    Policy,
    Prosody,
    Service,
    SourceFile,
    Step,
    Verdict,
)
from jitsi_tui.logs.events import Server
from jitsi_tui.session import events as ev

NOW = datetime(2026, 11, 24, 14, 2, 1, tzinfo=UTC)
DOMAIN = "meet.example.org"

PROSODY_BEFORE = b"""plugin_paths = { "/usr/share/jitsi-meet/prosody-plugins/" }

VirtualHost "meet.example.org"
    authentication = "jitsi-anonymous" -- do not delete me
    ssl = {
        key = "/etc/prosody/certs/meet.example.org.key";
    }
    modules_enabled = {
        "bosh";
        "pubsub";
        "ping";
    }
    c2s_require_encryption = false

Component "conference.meet.example.org" "muc"
    storage = "memory"
"""
PROSODY_AFTER = PROSODY_BEFORE.replace(b'"jitsi-anonymous"', b'"internal_hashed"').replace(
    b"\nComponent",
    b"""
VirtualHost "guest.meet.example.org"
    authentication = "jitsi-anonymous"
    c2s_require_encryption = false

Component""",
    1,
)
MEET_BEFORE = b"""var config = {
    hosts: {
        domain: 'meet.example.org',
        muc: 'conference.meet.example.org',
    },
    bosh: '//meet.example.org/http-bind',
};
"""
MEET_AFTER = MEET_BEFORE.replace(
    b"    },\n    bosh", b"        anonymousdomain: 'guest.meet.example.org',\n    },\n    bosh"
)
JICOFO_BEFORE = b"""jicofo {
  xmpp {
    client {
      password = "veryhidden"
      client-proxy = focus.meet.example.org
    }
  }
}
"""
JICOFO_AFTER = JICOFO_BEFORE.replace(
    b"jicofo {\n",
    b"""jicofo {
  authentication {
    enabled: true
    type: XMPP
    login-url: meet.example.org
  }
""",
    1,
)


def source(path: str, data: bytes) -> SourceFile:
    """A file on the server."""
    return SourceFile(path, path, data, "root", "prosody", 0o644, NOW - timedelta(days=30))


PROSODY_PATH = "/etc/prosody/conf.avail/meet.example.org.cfg.lua"
MEET_PATH = "/etc/jitsi/meet/meet.example.org-config.js"
JICOFO_PATH = "/etc/jitsi/jicofo/jicofo.conf"

SERVICES = (
    Service("prosody", "running", 812, NOW - timedelta(days=3), "unit", True),
    Service("jicofo", "running", 901, NOW - timedelta(days=3), "generated", True),
    Service("jitsi-videobridge2", "running", 950, NOW - timedelta(days=3), "unit", True),
    Service("nginx", "running", 700, NOW - timedelta(days=3), "unit", True),
    Service("apache2", "absent"),
)

FINDINGS = (
    Finding(
        "open",
        "error",
        "Everyone may open meetings",
        f'{PROSODY_PATH}:4 authentication = "jitsi-anonymous"',
        "jitsi-tui secure DEST",
        "Whoever finds the address can use the server for meetings of their own.",
    ),
    Finding(
        "jicofo-port-open",
        "warning",
        "Jicofo's port is open to the world",
        "0.0.0.0:8888",
        None,
        "It tells anyone which rooms exist.",
    ),
)


def instance(*, secure: bool = False) -> Instance:
    """One look at it."""
    prosody = source(PROSODY_PATH, PROSODY_AFTER if secure else PROSODY_BEFORE)
    hosts: dict[str, dict[str, object]] = {
        DOMAIN: {"authentication": "internal_hashed" if secure else "jitsi-anonymous"}
    }
    if secure:
        hosts[f"guest.{DOMAIN}"] = {"authentication": "jitsi-anonymous"}
    return Instance(
        hostname="meet",
        domain=DOMAIN,
        domains=(DOMAIN,),
        taken=NOW,
        utc_offset=0,
        as_root=True,
        os="Debian GNU/Linux 12 (bookworm)",
        systemd=True,
        prosody=Prosody(
            version=Known("0.12.3"),
            main_file=Known(
                source("/etc/prosody/prosody.cfg.lua", b'Include "conf.d/*.cfg.lua"\n')
            ),
            files={PROSODY_PATH: prosody},
            effective=Known(hosts),
        ),
        meet=Known(source(MEET_PATH, MEET_AFTER if secure else MEET_BEFORE)),
        jicofo=Jicofo(
            hocon=Known(source(JICOFO_PATH, JICOFO_AFTER if secure else JICOFO_BEFORE)),
            properties=Absent(),
            version=Known("1.0-1059"),
        ),
        services=SERVICES,
        accounts=Known(2 if secure else 0),
        certificate_until=NOW + timedelta(days=61, hours=3),
        log_paths={
            "prosody": "/var/log/prosody/prosody.log",
            "jicofo": "/var/log/jitsi/jicofo.log",
            "jvb": "/var/log/jitsi/jvb.log",
            "nginx": "/var/log/nginx/error.log",
        },
    )


def verdict(*, secure: bool = False) -> Verdict:
    """What it answered."""
    return Verdict(
        domain=DOMAIN,
        guest_domain=f"guest.{DOMAIN}" if secure else None,
        taken=NOW - timedelta(seconds=3),
        main=Known(("PLAIN", "SCRAM-SHA-1") if secure else ("ANONYMOUS",)),
        guest=Known(("ANONYMOUS",)) if secure else Absent(),
        strangers_log_in=not secure,
        strangers_open_rooms=False if secure else None,
        guests_log_in=True if secure else None,
        authority="xmpp" if secure else "off",
        conferences=2,
        participants=7,
    )


def status(*, secure: bool = False, findings: tuple[Finding, ...] | None = None) -> ev.Status:
    """A fresh look."""
    shown = findings if findings is not None else () if secure else FINDINGS
    return ev.Status(
        instance(secure=secure),
        verdict(secure=secure),
        "secure" if secure else "open",
        shown,
    )


def plan(**changes: object) -> Plan:
    """Closing it."""
    made = Plan(
        domain=DOMAIN,
        summary=f"close {DOMAIN} to strangers, guests may join",
        changes=(
            FileChange(PROSODY_PATH, PROSODY_BEFORE, PROSODY_AFTER),
            FileChange(MEET_PATH, MEET_BEFORE, MEET_AFTER),
            FileChange(JICOFO_PATH, JICOFO_BEFORE, JICOFO_AFTER),
        ),
        restarts=("prosody", "jicofo"),
        expectation=Expectation(False, True, "xmpp", f"guest.{DOMAIN}"),
        warnings=("Jigasi needs credentials of its own once this is closed.",),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


POLICY = Policy(Access.ACCOUNTS)

STEPS = (
    Step("lock", 0.01, True),
    Step("check", 0.05, True),
    Step("backup", 0.12, True),
    Step("write", 0.08, True),
    Step("restart prosody", 3.4, True),
    Step("restart jicofo", None, None),
)


def applied(ending: Ending = Ending.APPLIED) -> Applied:
    """How it ended."""
    messages = {
        Ending.APPLIED: ("meet.example.org is closed to strangers", ""),
        Ending.ROLLED_BACK: (
            "jicofo did not come back: it died after 0.4 s",
            "look at /var/log/jitsi/jicofo.log, then try again",
        ),
        Ending.BROKEN: (
            "prosody could not be started again",
            "run: systemctl start prosody",
        ),
        Ending.REFUSED: ("a file changed since it was shown", "look again and apply anew"),
        Ending.NOTHING: ("it is closed already", ""),
    }
    message, hint = messages[ending]
    return Applied(
        ending,
        message,
        hint,
        backup="20261124T140201Z-1",
        verdict=verdict(secure=ending is Ending.APPLIED),
        steps=STEPS,
    )


BACKUPS = (
    Backup(
        "20261124T135900Z-1",
        NOW - timedelta(minutes=3),
        "ada",
        f"close {DOMAIN} to strangers, guests may join",
        (BackupFile(PROSODY_PATH, "a", "b"), BackupFile(JICOFO_PATH, "a", "b")),
        "An account is needed to open a meeting. Guests may join.",
        "applied",
    ),
    Backup(
        "20261120T090000Z-1",
        NOW - timedelta(days=4),
        "grace as root",
        "open it to everyone again",
        (BackupFile(PROSODY_PATH, "a", "b"),),
        None,
        "rolled-back",
    ),
)


def moderators(count: int = 3) -> ModeratorList:
    """The accounts."""
    names = ["ada", "grace", "joki", "linus", "margaret"]
    return ModeratorList(
        DOMAIN,
        "shell",
        tuple(
            Moderator(
                name := names[i] if i < len(names) else f"user{i:05}",
                f"{name}@{DOMAIN}",
                True,
                NOW - timedelta(days=40 - i % 40),
                NOW - timedelta(hours=i) if i % 2 == 0 else None,
            )
            for i in range(count)
        ),
    )


def moderators_event(count: int = 3) -> ev.Moderators:
    """The accounts, as they arrive."""
    return ev.Moderators(moderators(count))


def backups_event() -> ev.Backups:
    """The backups, as they arrive."""
    return ev.Backups(BACKUPS)


def log_clock() -> ev.LogBatch:
    """What is told first of logs: the server's clock, in the evening of the day of all lines."""
    evening = NOW.replace(hour=23)
    return ev.LogBatch((Server("UTC", 0, int(evening.timestamp()), as_root=True),))
