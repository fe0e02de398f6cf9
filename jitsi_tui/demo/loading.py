"""The files of the sandbox as its services read them when they start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from jitsi_tui.configs import hocon, meet, properties, prosody
from jitsi_tui.configs.document import ConfigError, decode

from .settings import (
    DEFAULT_DISABLED,
    Authority,
    JicofoSettings,
    LoadError,
    ProsodySettings,
    VirtualHost,
)

_MAIN = "etc/prosody/prosody.cfg.lua"
_HOCON = "etc/jitsi/jicofo/jicofo.conf"
_PROPERTIES = "etc/jitsi/jicofo/sip-communicator.properties"
_MEET = "etc/jitsi/meet/meet.example.org-config.js"
_LEGACY = ("org.jitsi.jicofo.auth.URL",)
_INCLUDE = re.compile(r"^[ \t]*Include[ \t]*\(?[ \t]*([\"'])(.+?)\1", re.MULTILINE)
_TRUE = frozenset({"true", "yes", "on"})


class _Reading:
    """Prosody's files one after the other: later assignments win, hosts named twice merge."""

    def __init__(self, root: Path) -> None:
        self._files = [_parse_lua(path, root) for path in _with_includes(root / _MAIN)]

    def value(self, host: str, option: str) -> object:
        """An option of a host, else the global one; ``None`` where neither is set."""
        for path in ((host, option), (option,)):
            for file in reversed(self._files):
                setting = file.get(path)
                if setting is not None:
                    return setting.value
        return None

    def settings(self) -> ProsodySettings:
        names = {host.name for file in self._files for host in file.virtual_hosts}
        components = {
            component.name: component.module or ""
            for file in self._files
            for component in file.components
        }
        return ProsodySettings(
            hosts={
                name: self._host(name) for name in names if self.value(name, "enabled") is not False
            },
            components=components,
            bosh_secure=self.value("", "consider_bosh_secure") is True,
            targets={
                name: str(self.value(name, "target_address"))
                for name, module in components.items()
                if module == "client_proxy"
            },
        )

    def _host(self, name: str) -> VirtualHost:
        disabled = self.value(name, "disable_sasl_mechanisms")
        modules = self.value(name, "modules_enabled")
        return VirtualHost(
            name=name,
            authentication=str(self.value(name, "authentication") or "internal_hashed"),
            disabled=(
                frozenset(map(str, disabled)) if isinstance(disabled, list) else DEFAULT_DISABLED
            ),
            allow_registration=self.value(name, "allow_registration") is True,
            encryption_required=self.value(name, "c2s_require_encryption") is not False,
            bosh=isinstance(modules, list) and "bosh" in modules,
        )


def load_prosody(root: Path) -> ProsodySettings:
    """What Prosody would run with now. Raises ``LoadError``."""
    return _Reading(root).settings()


def load_jicofo(root: Path) -> JicofoSettings:
    """What Jicofo would run with now (AuthConfig). Raises ``LoadError`` if it would not start."""
    try:
        conf = hocon.Hocon.parse(_text(root / _HOCON), file=f"/{_HOCON}")
        legacy = None
        if (root / _PROPERTIES).exists():
            old = properties.Properties.parse(_text(root / _PROPERTIES), file=f"/{_PROPERTIES}")
            legacy = old.get(_LEGACY)
    except (ConfigError, OSError) as error:
        raise LoadError(
            f"com.typesafe.config.ConfigException$Parse: {error}",
            "\tat com.typesafe.config.impl.ConfigDocumentParser$ParseContext.parseError",
            "\tat org.jitsi.metaconfig.MetaconfigSettings.<clinit>",
        ) from None

    def text(*path: str) -> str:
        setting = conf.get(path)
        if setting is None or setting.value is None:
            return ""
        return str(setting.value).lower() if isinstance(setting.value, bool) else str(setting.value)

    if legacy is not None:
        authority, login_url = _legacy_authority(str(legacy.value).strip())
    else:
        authority, login_url = _authority(text)
    client = ("jicofo", "xmpp", "client")
    return JicofoSettings(
        authority=authority,
        login_url=login_url,
        client_proxy=text(*client, "client-proxy"),
        domain=text(*client, "domain"),
        username=text(*client, "username") or "focus",
    )


def guest_domain(root: Path) -> str | None:
    """Where config.js sends people without an account; ``None``: to the main domain."""
    try:
        file = meet.MeetConfig.parse(_text(root / _MEET), file=f"/{_MEET}")
    except (ConfigError, OSError):
        return None
    setting = file.get(("hosts", "anonymousdomain"))
    return setting.value if setting is not None and isinstance(setting.value, str) else None


def _authority(text: object) -> tuple[Authority, str]:
    assert callable(text)
    base = ("jicofo", "authentication")
    if text(*base, "enabled").lower() not in _TRUE:
        return "off", ""
    kind, login_url = text(*base, "type") or "NONE", text(*base, "login-url")
    known: dict[str, Authority] = {"XMPP": "xmpp", "JWT": "jwt", "NONE": "off"}
    if kind not in known:
        raise LoadError(
            f"java.lang.IllegalArgumentException: No enum constant AuthConfig.Type.{kind}"
        )
    if kind == "XMPP" and not login_url:
        raise LoadError(
            "org.jitsi.metaconfig.ConfigException$UnableToRetrieve$NotFound:"
            " not found: jicofo.authentication.login-url"
        )
    return known[kind], login_url


def _legacy_authority(url: str) -> tuple[Authority, str]:
    kind, colon, rest = url.partition(":")
    if colon and kind == "XMPP":
        return "xmpp", rest
    if colon and kind == "EXT_JWT":
        return "jwt", rest
    return "off", url


def _with_includes(main: Path) -> Iterator[Path]:
    yield main
    try:
        text = main.read_text("utf-8", "replace")
    except OSError:
        return
    for _, pattern in _INCLUDE.findall(text):
        found = main.parent.glob(pattern) if "*" in pattern else [main.parent / pattern]
        yield from sorted(path for path in found if not path.name.startswith("."))


def _parse_lua(path: Path, root: Path) -> prosody.ProsodyFile:
    name = f"/{path.relative_to(root)}"
    try:
        file = prosody.ProsodyFile.parse(_text(path), file=name)
    except (ConfigError, OSError) as error:
        raise LoadError(f"Error parsing {name}: {error}") from None
    return file


def _text(path: Path) -> str:
    return decode(path.read_bytes())
