"""The values that flow, Instance → Plan → Verdict: frozen, no behaviour but to be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Literal

from ..layout import Layout
from .backup import Backup as Backup
from .backup import BackupFile as BackupFile
from .fact import Absent as Absent
from .fact import Fact as Fact
from .fact import Failed as Failed
from .fact import Known as Known
from .fact import LoggedLine as LoggedLine
from .fact import SourceFile as SourceFile
from .fact import known as known
from .filechange import FileChange as FileChange

ServiceName = Literal["prosody", "jicofo", "jitsi-videobridge2", "nginx", "apache2"]
ServiceState = Literal["running", "stopped", "failed", "absent", "unknown"]
SERVICES: tuple[ServiceName, ...] = ("prosody", "jicofo", "jitsi-videobridge2", "nginx", "apache2")


@dataclass(frozen=True)
class Service:
    """One service, judged by its process and never by what its unit claims."""

    name: ServiceName
    state: ServiceState
    pid: int | None = None
    since: datetime | None = None
    """When its process started (UTC)."""

    manager: Literal["unit", "generated", "init", "none"] = "none"
    """A systemd unit, one that systemd generated from an init script, or an init script alone."""

    enabled: bool | None = None
    masked: bool = False
    detail: str = ""


@dataclass(frozen=True)
class Prosody:
    """Prosody as its files and its own configuration manager describe it."""

    version: Fact[str]
    main_file: Fact[SourceFile]
    """``prosody.cfg.lua``, from which everything is included."""

    files: Mapping[str, SourceFile]
    """Every file that takes part, the main one too, by its real path."""

    effective: Fact[Mapping[str, Mapping[str, object]]] = field(repr=False)
    """Host to its effective options, as Prosody's own configuration manager computes them."""

    unreadable: tuple[str, ...] = ()
    plugins: frozenset[str] = frozenset()
    """Names of the modules in ``/usr/share/jitsi-meet/prosody-plugins``, without ``mod_``."""

    http_port: int = 5280
    loaded: datetime | None = None
    refusal: str = ""
    """What its configuration manager said where it could not read the files: file, line, why."""

    remarks: tuple[str, ...] = ()
    """What its configuration manager remarked on files that it took (options set twice …)."""

    aside: Mapping[str, SourceFile] = field(default_factory=dict)
    """Files in ``conf.avail`` that take no part, by real path."""


JicofoAuthority = Literal["xmpp", "jwt", "off", "unknown"]


@dataclass(frozen=True)
class Jicofo:
    """Jicofo's two files and what they mean together."""

    hocon: Fact[SourceFile]
    properties: Fact[SourceFile]
    """``sip-communicator.properties``, whose ``org.jitsi.jicofo.auth.URL`` wins when present."""

    version: Fact[str] = field(default_factory=Absent)
    logged_authority: JicofoAuthority = "unknown"
    """What its log said of authentication at its last start."""

    logged_login_url: str | None = None


@dataclass(frozen=True)
class Docker:
    """A Jitsi that runs from Docker images, which write their files anew at each start."""

    container: str
    evidence: str


@dataclass(frozen=True)
class Instance:
    """All that one look at a server told us."""

    hostname: str
    domain: str
    domains: tuple[str, ...]
    """Every main domain found, the chosen one too."""

    taken: datetime
    """When it was taken, by the server's clock (UTC)."""

    utc_offset: int
    """The server's local time minus UTC, in seconds."""

    as_root: bool
    os: str
    systemd: bool
    prosody: Prosody
    meet: Fact[SourceFile]
    jicofo: Jicofo
    services: tuple[Service, ...]
    accounts: Fact[int]
    """How many accounts the main host has (by its files)."""

    layout: Layout = field(default_factory=Layout)
    docker: Docker | None = None
    web: Mapping[str, SourceFile] = field(default_factory=dict)
    """The site files of nginx or Apache that name the domain."""

    public_keys: Mapping[str, int] = field(default_factory=dict)
    """Private keys that everybody on the server may read, and their modes."""

    secrets: tuple[SourceFile, ...] = ()
    """Other files of Jitsi's parts that everybody may read, and that may hold passwords."""

    listeners: tuple[tuple[str, int], ...] = ()
    """Listening TCP sockets: address and port."""

    extras: frozenset[str] = frozenset()
    """Installed relatives: ``jigasi``, ``jibri``."""

    backups: tuple[Backup, ...] = ()
    unfinished: str | None = None
    """Id of an apply that is running or was left half done."""

    log_paths: Mapping[str, str] = field(default_factory=dict)
    """Log source (``prosody``, ``jicofo`` …) to its file."""

    certificate_until: datetime | None = None
    dpkg_busy: bool = False
    certificate: Fact[SourceFile] = field(default_factory=Absent)
    """The certificates (PEM) that the web server shows for the domain."""

    jigasi: Fact[SourceFile] = field(default_factory=Absent)
    """Jigasi's ``sip-communicator.properties``."""

    packages: Mapping[str, str] = field(default_factory=dict)
    """Debian packages of Jitsi to their versions."""

    disks: Mapping[str, float] = field(default_factory=dict)
    """Mount point to the part of it that is used (0 to 1)."""

    package_times: Mapping[str, datetime] = field(default_factory=dict)
    """When each of these packages was last installed or upgraded (UTC)."""

    nginx: Fact[SourceFile] = field(default_factory=Absent)
    """``nginx.conf``."""

    user: str = ""
    """Who looked, on the server."""

    unread: Mapping[str, str] = field(default_factory=dict)
    """Files and folders that could not be looked at, and why."""

    account_names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Each of Prosody's hosts to the names of its first twenty accounts, by its files."""

    logged: tuple[LoggedLine, ...] = ()
    """Known lines of the last minutes of the logs."""

    page: Fact[SourceFile] = field(default_factory=Absent)
    """Our page for people who are invited, in the folder that the web server shows as /static."""

    page_path: str = ""
    """Where that page lies or would lie; empty where no such folder was found."""

    clock_ahead: float | None = None
    """Seconds by which the server's clock is ahead of ours (negative: behind)."""

    def service(self, name: str) -> Service | None:
        """The service of that name, ``None`` where we don't know it."""
        return next((s for s in self.services if s.name == name), None)


class Access(Enum):
    """Who may open meetings."""

    EVERYONE = "everyone"
    ACCOUNTS = "accounts"


@dataclass(frozen=True)
class Policy:
    """What an admin wants of a server."""

    access: Access
    guests: bool | None = None
    """Whether people without an account may join. ``None``: as it is; an open server gets them."""

    guest_domain: str | None = None
    """``None``: as it is, otherwise ``guest.`` before the domain."""

    login_lifetime: int | None = None
    """Seconds without use after which Jicofo forgets a login. ``None``: as it is."""

    auto_login: bool | None = None
    """Whether Jicofo remembers a login beyond its meeting. ``None``: as it is."""

    auto_owner: bool | None = None
    """Whether the first in a room owns it where no account is needed. ``None``: as it is."""


@dataclass(frozen=True)
class Expectation:
    """What the proof must show after an apply."""

    strangers_log_in: bool | None
    """On the main host, without an account. ``None``: the change has no part in it."""

    guests: bool | None
    """Whether the guest host must let strangers log in. ``None``: the change has no part in it."""

    authority: JicofoAuthority
    """``unknown``: the change has no part in it."""

    guest_domain: str | None = None
    forbidden: frozenset[str] = frozenset()
    """Mechanisms that the main host must not offer (``OAUTHBEARER``)."""

    invitations: bool = False
    """Whether an invitation must be redeemable by the page, over BOSH."""

    rooms: bool = True
    """Whether a guest's own request for a room is part of the proof."""
    login_lifetime: float | None = None
    """Seconds that Jicofo must say it remembers a login; ``None``: whatever it says."""

    auto_login: bool | None = None
    """Whether Jicofo must say that logins outlive their meeting; ``None``: whatever it says."""


@dataclass(frozen=True)
class Plan:
    """What would be done. ``changes`` empty: nothing is to do, and ``reason`` says why."""

    domain: str
    summary: str
    """One sentence in an admin's words: "close meet.example.org to strangers, guests may join"."""

    changes: tuple[FileChange, ...]
    restarts: tuple[ServiceName, ...]
    expectation: Expectation
    warnings: tuple[str, ...] = ()
    reason: str = ""
    undoes: str | None = None
    """The id of the backup that this plan restores."""

    starts: tuple[ServiceName, ...] = ()
    """Services that are down and start afterwards; an apply rolls them back to nothing."""

    mends: tuple[str, ...] = ()
    """The ids of the findings that it mends."""

    @property
    def empty(self) -> bool:
        """Nothing is to do."""
        return not (self.changes or self.restarts or self.starts)


@dataclass(frozen=True)
class Verdict:
    """What the running server answered when it was asked as a browser would ask."""

    domain: str
    guest_domain: str | None
    taken: datetime
    main: Fact[tuple[str, ...]]
    """SASL mechanisms offered on the main host over BOSH."""

    guest: Fact[tuple[str, ...]]
    strangers_log_in: bool | None
    strangers_open_rooms: bool | None
    guests_log_in: bool | None = None
    authority: JicofoAuthority = "unknown"
    """Jicofo's running setting."""

    conferences: int | None = None
    participants: int | None = None
    doubts: tuple[str, ...] = ()
    """What could not be asked, and why: one sentence each."""

    invited: bool = False
    """An invitation was made, redeemed and removed again."""


class Outcome(Enum):
    """How a verdict stands to an expectation."""

    PROVED = "proved"
    WRONG = "wrong"
    UNPROVABLE = "unprovable"


Posture = Literal["open", "secure", "token", "inconsistent", "unknown"]
Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong or worth knowing, with its evidence."""

    id: str
    severity: Severity
    message: str
    evidence: str
    fix: str | None = None
    why: str = ""


@dataclass(frozen=True)
class Step:
    """One step of an apply, as it begins (``seconds`` is ``None``) and ends."""

    name: str
    seconds: float | None = None
    ok: bool | None = None
    detail: str = ""


class Ending(Enum):
    """How an apply ended."""

    APPLIED = "applied"
    NOTHING = "nothing"
    REFUSED = "refused"
    """Before the first rename: nothing changed."""

    ROLLED_BACK = "rolled back"
    BROKEN = "broken"
    """Could not be rolled back: ``hint`` says by hand what to do."""


@dataclass(frozen=True)
class Applied:
    """How an apply ended, with all that happened on the way."""

    ending: Ending
    message: str
    hint: str = ""
    backup: str | None = None
    verdict: Verdict | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Moderator:
    """One account of the main host."""

    name: str
    jid: str
    enabled: bool | None = None
    created: datetime | None = None
    """When it was made or last changed, as far as Prosody's storage tells."""

    last_seen: datetime | None = None
    connected: int | None = None
    """Open connections; ``None`` where the running server can't be asked (Prosody 0.11)."""

    rooms: tuple[str, ...] | None = None
    """Rooms that he owns now, as Jicofo says; ``None`` where it does not say."""


@dataclass(frozen=True)
class ModeratorList:
    """The accounts of the main host, and which way they were read."""

    domain: str
    source: Literal["shell", "files"]
    moderators: tuple[Moderator, ...]
    kept: tuple[KeptRemoval, ...] = ()
    """Removals that can still be undone, newest first."""

    machines: tuple[str, ...] = ()
    """Addresses of accounts on other hosts (``auth.``, ``recorder.``): machines, not people."""


@dataclass(frozen=True)
class KeptRemoval:
    """Removed accounts whose files, the passwords' hashes among them, are kept on the server."""

    id: str
    time: datetime
    who: str
    names: tuple[str, ...]


class InstanceError(Exception):
    """What we were asked can't be done on this server. ``hint`` says what to do instead."""

    kind = "instance"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RefusedError(InstanceError):
    """A change that is not made; nothing was changed."""

    kind = "refused"
