"""The files of the sandbox as its services read them when they start."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
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

_MAIN = "/etc/prosody/prosody.cfg.lua"
_HOCON = "etc/jitsi/jicofo/jicofo.conf"
_PROPERTIES = "etc/jitsi/jicofo/sip-communicator.properties"
_MEET = "etc/jitsi/meet/meet.example.org-config.js"
_LEGACY = ("org.jitsi.jicofo.auth.URL",)
_TRUE = frozenset({"true", "yes", "on"})


def load_prosody(root: Path) -> ProsodySettings:
    """What Prosody would run with now. Raises ``LoadError``."""
    try:
        files = prosody.Files(_MAIN, dict(_lua_files(root)))
    except (ConfigError, UnicodeError) as error:
        raise LoadError(f"Error parsing {error}") from None
    blocks = [block for _, block in files.hosts()]

    def value(host: str, option: str) -> object:
        held = files.get((host, option))
        return held.setting.value if held is not None else None

    components = {block.name: block.module or "" for block in blocks if block.kind == "Component"}
    names = dict.fromkeys(block.name for block in blocks if block.name not in components)
    return ProsodySettings(
        hosts={
            name: _virtual_host(name, value)
            for name in names
            if value(name, "enabled") is not False
        },
        components=components,
        bosh_secure=value("", "consider_bosh_secure") is True,
        targets={
            name: str(value(name, "target_address"))
            for name, module in components.items()
            if module == "client_proxy"
        },
    )


def _virtual_host(name: str, value: Callable[[str, str], object]) -> VirtualHost:
    disabled = value(name, "disable_sasl_mechanisms")
    modules = value(name, "modules_enabled")
    everywhere = value("", "modules_enabled")
    enabled = {
        str(module)
        for listed in (modules, everywhere)
        if isinstance(listed, list)
        for module in listed
    }
    if "invites_register" in enabled:
        enabled |= {"invites", "register_ibr"}
    listed = frozenset(map(str, disabled)) if isinstance(disabled, list) else DEFAULT_DISABLED
    return VirtualHost(
        name=name,
        authentication=str(value(name, "authentication") or "internal_hashed"),
        disabled=listed,
        allow_registration=value(name, "allow_registration") is True,
        encryption_required=value(name, "c2s_require_encryption") is not False,
        bosh=isinstance(modules, list) and "bosh" in modules,
        modules=frozenset(enabled),
    )


def _lua_files(root: Path) -> Iterator[tuple[str, str]]:
    """Every file that Prosody's main one may include, by its path on the pretended server."""
    for path in sorted((root / "etc/prosody").rglob("*.lua")):
        with contextlib.suppress(OSError):  # A link that leads nowhere.
            yield f"/{path.relative_to(root)}", _text(path)


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


def _authority(text: Callable[..., str]) -> tuple[Authority, str]:
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


def _text(path: Path) -> str:
    return decode(path.read_bytes())
