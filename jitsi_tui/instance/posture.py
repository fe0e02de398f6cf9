"""How a server stands: what its files want, and what it is, the running server's word first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .model import Instance, JicofoAuthority, Posture, Verdict, known

ANONYMOUS_METHODS = frozenset({"anonymous", "jitsi-anonymous"})
"""Prosody's methods that let everyone in."""

LEGACY_URL = "org.jitsi.jicofo.auth.URL"
"""Jicofo's old property. Present, whatever its value, it wins over jicofo.conf (AuthConfig)."""

_JICOFO_TYPES = {"XMPP": "xmpp", "JWT": "jwt", "NONE": "off"}


@dataclass(frozen=True)
class Settings:
    """What the files of the three places want, together."""

    main_file: str | None
    """The file (real path) that holds the main virtual host."""

    main_authentication: str | None
    disabled_mechanisms: tuple[str, ...] = ()
    """SASL mechanisms that the main host's own option turns off."""

    guest_domain: str | None = None
    """The anonymous host for guests in Prosody, else the one that config.js names."""

    guest_authentication: str | None = None
    """``None`` where that host is not in Prosody."""

    anonymousdomain: str | None = None
    anonymousdomain_computed: bool = False
    """config.js names one, in a way that only a browser or nginx can work out."""

    authdomain: str | None = None
    conference_request_url: str | None = None
    jicofo_dialect: str | None = None
    """Which file decides: ``hocon`` or ``properties``; ``None`` where neither could be read."""

    jicofo_enabled: bool | None = None
    jicofo_type: str | None = None
    """As written: Jicofo takes ``XMPP``, ``JWT`` and ``NONE``, in capitals alone."""

    jicofo_login_url: str | None = None
    legacy_url: str | None = None
    """The value of ``LEGACY_URL``; ``None`` where it is absent."""

    client_proxy: str | None = None
    authority: JicofoAuthority = "unknown"
    """What Jicofo would do after a start with these files; ``unknown`` where it would not start."""

    focus: str = ""
    """Where clients ask for rooms."""

    muc: str = ""
    """The component of the rooms."""

    problems: Mapping[str, str] = field(default_factory=dict)
    """Files that could not be understood (real path), and why."""

    @property
    def open(self) -> bool:
        """Everyone may log in on the main host."""
        return self.main_authentication in ANONYMOUS_METHODS

    @property
    def token(self) -> bool:
        """People log in with a token that another system signed."""
        return self.main_authentication == "token"

    @property
    def guests(self) -> bool:
        """People without an account are meant to get in (besides through the main host)."""
        return self.guest_domain is not None

    @property
    def secured(self) -> bool:
        """Both say that an account is needed: Prosody at the door, Jicofo for rooms."""
        return not self.open and not self.token and self.authority == "xmpp"


def settings(instance: Instance) -> Settings:
    """Read the files of an instance. What can't be understood stands in ``problems``."""
    from .readings import JicofoReading, MeetReading, ProsodyReading  # noqa: PLC0415 - parsers

    prosody = ProsodyReading(instance)
    meet = MeetReading(instance)
    jicofo = JicofoReading(instance)
    domain = instance.domain
    anonymousdomain = _domain(meet.text("hosts", "anonymousdomain"))
    guest = _guest_domain(prosody.methods(), domain, anonymousdomain)
    enabled, kind, login_url = jicofo.authentication()
    return Settings(
        main_file=prosody.file_of(domain),
        main_authentication=prosody.method(domain),
        disabled_mechanisms=prosody.strings(domain, "disable_sasl_mechanisms"),
        guest_domain=guest,
        guest_authentication=prosody.method(guest) if guest else None,
        anonymousdomain=anonymousdomain,
        anonymousdomain_computed=meet.undecided("hosts", "anonymousdomain"),
        authdomain=_domain(meet.text("hosts", "authdomain")),
        conference_request_url=meet.text("conferenceRequestUrl"),
        jicofo_dialect=jicofo.dialect,
        jicofo_enabled=enabled,
        jicofo_type=kind,
        jicofo_login_url=login_url.lower() if login_url else login_url,
        legacy_url=jicofo.legacy_url,
        client_proxy=_domain(jicofo.text("jicofo", "xmpp", "client", "client-proxy")),
        authority=_authority(jicofo.dialect, enabled, kind, login_url),
        focus=_domain(meet.plain("hosts", "focus")) or f"focus.{domain}",
        muc=prosody.option(domain, "main_muc") or f"conference.{domain}",
        problems={**prosody.problems, **meet.problems, **jicofo.problems},
    )


def _domain(name: str | None) -> str | None:
    """As XMPP compares domains: in lower case. An empty one is none."""
    return (name or "").strip().lower() or None


def _guest_domain(
    methods: Mapping[str, str], domain: str, anonymousdomain: str | None
) -> str | None:
    """The host that config.js names if it lets everyone in, else an anonymous host below ours."""
    named_method = methods.get(anonymousdomain or "")
    if anonymousdomain != domain and named_method in ANONYMOUS_METHODS:
        return anonymousdomain
    usual = f"guest.{domain}"
    below = sorted(
        host
        for host, method in methods.items()
        if method in ANONYMOUS_METHODS and host.endswith(f".{domain}")
    )
    if usual in below:
        return usual
    return next(iter(below), None) or anonymousdomain


def _authority(
    dialect: str | None, enabled: bool | None, kind: str | None, login_url: str | None
) -> JicofoAuthority:
    """What Jicofo makes of these (AuthConfig, XMPPDomainAuthAuthority)."""
    if dialect is None or enabled is None:
        return "unknown"
    if not enabled:
        return "off"
    if kind is None or (dialect == "properties" and kind == "NONE"):
        return "off"
    found = _JICOFO_TYPES.get(kind)
    if found == "xmpp":
        return "xmpp" if login_url else "unknown"
    return "jwt" if found == "jwt" else "off" if found == "off" else "unknown"


def posture(instance: Instance, verdict: Verdict | None, now: Settings | None = None) -> Posture:
    """How the server stands. With a verdict its answers count, without one its files do.

    ``now`` saves reading the files once more.
    """
    now = now or settings(instance)
    if verdict is None:
        return _by_files(instance, now)
    if verdict.strangers_log_in is None:
        return "unknown"
    offered = known(verdict.main) or ()
    if verdict.strangers_log_in:
        return _with_open_door(now, verdict)
    if not offered:
        return "inconsistent"  # a door that nobody gets through
    if now.token or set(offered) <= {"ANONYMOUS"}:
        return "inconsistent" if verdict.authority == "xmpp" else "token"
    return _with_closed_door(now, verdict)


def _with_open_door(now: Settings, verdict: Verdict) -> Posture:
    authority = verdict.authority if verdict.authority != "unknown" else now.authority
    if authority == "off":
        return "open"
    return "unknown" if authority == "unknown" else "inconsistent"


def _with_closed_door(now: Settings, verdict: Verdict) -> Posture:
    """Accounts at the main door; whether the rest agrees."""
    if verdict.strangers_open_rooms:
        return "inconsistent"
    if verdict.guests_log_in is None or verdict.strangers_open_rooms is None:
        return "unknown"
    if verdict.authority == "jwt":
        return "inconsistent"
    named = now.anonymousdomain
    if named is not None and not verdict.guests_log_in:
        return "inconsistent"
    if verdict.guests_log_in and named is not None and named != verdict.guest_domain:
        return "inconsistent"
    return "secure"


def _by_files(instance: Instance, now: Settings) -> Posture:
    if now.main_authentication is None or now.authority == "unknown":
        return "unknown"
    if now.token:
        return "inconsistent" if now.authority == "xmpp" else "token"
    if now.open:
        return "open" if now.authority == "off" else "inconsistent"
    named, there = now.anonymousdomain, now.guest_authentication in ANONYMOUS_METHODS
    if named is not None and (not there or named != now.guest_domain):
        return "inconsistent"
    if now.authority == "xmpp" and now.jicofo_login_url == instance.domain:
        return "secure"
    return "inconsistent" if now.guests or now.authority != "off" else "secure"
