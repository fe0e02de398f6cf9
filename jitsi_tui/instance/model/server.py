"""A Jitsi server as one look at it told: its services, its parts, the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ..layout import Layout
from .backup import Backup
from .fact import Absent, Fact, LoggedLine, SourceFile

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
    config: Fact[SourceFile] = field(default_factory=Absent)
    """What its start script reads (``JAVA_SYS_PROPS``)."""

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

    web_refusals: Mapping[str, str] = field(default_factory=dict)
    """A web server to what it says of its own files, where it can't read them."""

    closed_to: Mapping[str, str] = field(default_factory=dict)
    """Files that the service which needs them can't read, and the user that it runs as."""

    listeners: tuple[tuple[str, int], ...] = ()
    """Listening TCP sockets: address and port."""

    extras: frozenset[str] = frozenset()
    """Installed relatives: ``jigasi``, ``jibri``."""

    backups: tuple[Backup, ...] = ()
    unfinished: str | None = None
    """Id of an apply that is running or was left half done."""

    log_paths: Mapping[str, str] = field(default_factory=dict)
    """Log source (``prosody``, ``jicofo`` …) to its file; empty where it goes to the journal."""

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

    not_root: str = ""
    """Why he is not root, with what to do; ``""`` where nothing but a password is missing."""

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

    @property
    def how_to_become_root(self) -> str:
        """What to do where root alone can look."""
        return self.not_root or "log in as root, or use sudo (--ask-sudo)"

    def service(self, name: str) -> Service | None:
        """The service of that name, ``None`` where we don't know it."""
        return next((s for s in self.services if s.name == name), None)
