"""What jicofo reads at its start, with the precedence that its AuthConfig gives the two files."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .javaproperties import parse

LEGACY_URL = "org.jitsi.jicofo.auth.URL"
_RUBY = "require 'hocon'; require 'json'; print JSON.generate(Hocon.load(ARGV[0]))"
_GEMS = "/usr/share/rubygems-integration/all/gems"
_READ = Path("/usr/share/jicofo/read")
"""What ruby-hocon made of a file, by the digest of its bytes: it takes longer than all the rest."""

_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


class ConfigError(Exception):
    """A setting that keeps jicofo from starting."""


@dataclass(frozen=True)
class Auth:
    """The setting that decides who may open a room."""

    enabled: bool
    type: str
    login_url: str | None
    lifetime: float
    auto_login: bool

    def __str__(self) -> str:
        enabled, auto = (str(flag).lower() for flag in (self.enabled, self.auto_login))
        return (
            f"AuthConfig[enabled={enabled}, type={self.type}, loginUrl={self.login_url}, "
            f"authenticationLifetime={_java_duration(self.lifetime)}, enableAutoLogin={auto}]"
        )


@dataclass(frozen=True)
class Settings:
    """Everything the stand-in goes by until it is started again."""

    auth: Auth
    auto_owner: bool
    domain: str
    xmpp_domain: str
    username: str
    password: str
    client_proxy: str | None
    component: bool
    secret: str
    initial_timeout: float
    answers_debug: bool = True
    """``/debug`` may be switched off; early versions have none."""

    rest_host: str = "127.0.0.1"


class _Sources:
    """The older properties file, and jicofo.conf under the system properties."""

    def __init__(self, component: bool) -> None:
        words = shlex.split(os.environ.get("JAVA_SYS_PROPS", ""))
        pairs = (word[2:].partition("=") for word in words if word.startswith("-D"))
        self.system = {name: value for name, _, value in pairs}
        self.legacy = self._legacy()
        self.hocon = {} if component else self._hocon(self.system["config.file"])

    def _legacy(self) -> dict[str, str]:
        prefix = "net.java.sip.communicator.SC_HOME_DIR_"
        home, name = self.system.get(prefix + "LOCATION"), self.system.get(prefix + "NAME")
        if home is None or name is None:
            return {}
        try:
            path = Path(home, name, "sip-communicator.properties")
            return parse(path.read_text(encoding="latin-1"))
        except FileNotFoundError:
            return {}

    @staticmethod
    def _hocon(path: str) -> dict[str, Any]:
        loaded: dict[str, Any]
        kept = _kept(path)
        with suppress(OSError, ValueError):
            loaded = json.loads(kept.read_text())
            return loaded
        folders = [f"-I{it}" for it in Path(_GEMS).glob("hocon-*/lib")]
        argv = ["ruby", "--disable=gems", *folders, "-e", _RUBY, path]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ConfigError(done.stderr.strip().splitlines()[0])
        loaded = json.loads(done.stdout)
        with suppress(OSError):
            kept.write_text(done.stdout)
        return loaded

    def new(self, path: str) -> Any:
        """A value of jicofo.conf, or the system property of that name, which goes before it."""
        if path in self.system:
            return self.system[path]
        value: Any = self.hocon
        for name in path.split("."):
            if not isinstance(value, dict) or name not in value:
                return None
            value = value[name]
        return value


def _kept(path: str) -> Path:
    """Where the meaning of a file's bytes is kept; nowhere if other files may be part of it."""
    try:
        text = Path(path).read_bytes()
    except OSError:
        return Path(os.devnull)
    whole = b"include" not in text and b"${" not in text
    return _READ / hashlib.sha256(text).hexdigest() if whole else Path(os.devnull)


def load(component: bool) -> Settings:
    """Read it all. Raises ``ConfigError`` where jicofo would not start."""
    sources = _Sources(component)
    new = sources.new
    client = "jicofo.xmpp.client."
    environment = os.environ.get
    if component:
        domain, user = environment("JICOFO_AUTH_DOMAIN"), environment("JICOFO_AUTH_USER")
        password, main = environment("JICOFO_AUTH_PASSWORD"), environment("JICOFO_HOSTNAME")
    else:
        domain, user = new(client + "domain"), new(client + "username")
        password, main = new(client + "password"), new(client + "xmpp-domain")
    for name, value in (("domain", domain), ("username", user), ("password", password)):
        if not value:
            raise ConfigError(f"No configuration setting found for key '{client}{name}'")
    return Settings(
        auth=_auth(sources),
        auto_owner=_flag(new("jicofo.conference.enable-auto-owner"), True),
        domain=str(domain),
        xmpp_domain=str(main or domain),
        username=str(user),
        password=str(password),
        client_proxy=new(client + "client-proxy"),
        component=component,
        secret=environment("JICOFO_SECRET", ""),
        initial_timeout=_seconds(new("jicofo.conference.initial-timeout"), 15),
        answers_debug=not component and _flag(new("jicofo.rest.debug.enabled"), True),
        rest_host=str(new("jicofo.rest.host") or "127.0.0.1"),
    )


def _auth(sources: _Sources) -> Auth:
    new = sources.new
    legacy = sources.legacy.get(LEGACY_URL, new(LEGACY_URL))
    millis = sources.legacy.get("org.jitsi.jicofo.auth.AUTH_LIFETIME")
    lifetime = _seconds(new("jicofo.authentication.authentication-lifetime"), 86400)
    auto = _flag(new("jicofo.authentication.enable-auto-login"), True)
    if "org.jitsi.jicofo.auth.DISABLE_AUTOLOGIN" in sources.legacy:
        auto = not _flag(sources.legacy["org.jitsi.jicofo.auth.DISABLE_AUTOLOGIN"], False)
    if legacy is not None:
        kind, _, rest = str(legacy).partition(":")
        known = {"XMPP": "XMPP", "EXT_JWT": "JWT"}.get(kind) if ":" in str(legacy) else None
        enabled, url = True, rest if known else str(legacy)
        kind = known or "NONE"
    else:
        enabled = _flag(new("jicofo.authentication.enabled"), False)
        kind = str(new("jicofo.authentication.type") or "NONE") if enabled else "NONE"
        url = new("jicofo.authentication.login-url")
    if kind not in {"XMPP", "JWT", "NONE"}:
        raise ConfigError(f"jicofo.authentication.type: The enum class Type has no constant {kind}")
    if kind != "NONE" and url is None:
        raise ConfigError(
            "No configuration setting found for key 'jicofo.authentication.login-url'"
        )
    seconds = float(millis) / 1000 if millis else lifetime
    return Auth(enabled, kind, url, seconds, auto)


def _flag(value: Any, default: bool) -> bool:
    if value is None or isinstance(value, bool):
        return default if value is None else value
    word = str(value).lower()
    if word not in {"true", "yes", "on", "false", "no", "off"}:
        raise ConfigError(f"has type STRING rather than BOOLEAN: {value}")
    return word in {"true", "yes", "on"}


def _seconds(value: Any, default: float) -> float:
    if value is None:
        return default
    found = re.fullmatch(r"\s*([0-9.]+)\s*([a-z]*)\s*", str(value))
    if found is None:
        raise ConfigError(f"No number in duration value '{value}'")
    unit = found.group(2)
    if unit.startswith("milli") or unit in {"", "ms"}:
        unit = "ms"
    return float(found.group(1)) * _UNITS[unit if unit == "ms" else unit[0]]


def _java_duration(seconds: float) -> str:
    whole = int(seconds)
    text = "PT"
    for unit, size in (("H", 3600), ("M", 60), ("S", 1)):
        amount, whole = divmod(whole, size)
        text += f"{amount}{unit}" if amount else ""
    return text if text != "PT" else "PT0S"
