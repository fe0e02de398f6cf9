"""What the three places say, each read by its own parser. Nothing raises: what can't be understood
is a problem, by file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from jitsi_tui.configs import hocon, meet, properties, prosody
from jitsi_tui.configs.document import ConfigError, Unknown, decode

from .model import Absent, Instance, Known, SourceFile, known

_LEGACY_URL = "org.jitsi.jicofo.auth.URL"
_DEFAULT_METHOD = "internal_hashed"
_AUTHENTICATION = ("jicofo", "authentication")
_TRUE = frozenset({"true", "yes", "on"})


@lru_cache(maxsize=64)
def _prosody(text: str, path: str) -> prosody.ProsodyFile:
    """Read once for as long as the text stays the same: documents don't change."""
    return prosody.ProsodyFile.parse(text, file=path)


@lru_cache(maxsize=8)
def _meet(text: str, path: str) -> meet.MeetConfig:
    return meet.MeetConfig.parse(text, file=path)


@lru_cache(maxsize=8)
def _hocon(text: str, path: str) -> hocon.Hocon:
    return hocon.Hocon.parse(text, file=path)


@lru_cache(maxsize=8)
def _properties(text: str, path: str) -> properties.Properties:
    return properties.Properties.parse(text, file=path)


@lru_cache(maxsize=8)
def _files(main: str, texts: tuple[tuple[str, str], ...]) -> prosody.Files:
    return prosody.Files(main, dict(texts))


class ProsodyReading:
    """Hosts and options: Prosody's own reading where there is one, else ours of its files."""

    def __init__(self, instance: Instance) -> None:
        self.problems: dict[str, str] = {}
        self._effective = known(instance.prosody.effective)
        self._real = {file.path: real for real, file in instance.prosody.files.items()}
        self._files = self._read(instance)

    def _read(self, instance: Instance) -> prosody.Files | None:
        """The files as they include each other; without those that are broken."""
        texts = {}
        for real, file in instance.prosody.files.items():
            text = decode(file.data)
            try:
                _prosody(text, real)
                texts[file.path] = text
            except ConfigError as error:
                self.problems[real] = error.message
        main = known(instance.prosody.main_file)
        try:
            return _files(main.path, tuple(texts.items())) if main is not None else None
        except ConfigError as error:
            self.problems.setdefault(self._real.get(error.file, error.file), error.message)
            return None

    def file_of(self, host: str) -> str | None:
        """The file (real path) in which a virtual host stands; the last of several."""
        return next(iter(reversed(self.files_of(host))), None)

    def files_of(self, host: str) -> list[str]:
        """Every file (real path) that speaks of this virtual host."""
        found = self._files.files_of(host) if self._files is not None else []
        return [self._real[path] for path in found]

    def own_file(self, host: str, name: str) -> str | None:
        """The file (real path) that sets an option of this very host; ``""`` is the global one."""
        held = self._files.own((host, name)) if self._files is not None else None
        return self._real[held.file] if held is not None else None

    def rivals(self, host: str, name: str) -> tuple[str, ...]:
        """Files (real paths) that set an option of this very host, where it isn't certain whose
        value holds; else none."""
        held = self._files.own((host, name)) if self._files is not None else None
        if held is None or held.rival is None:
            return ()
        return (self._real[held.rival], self._real[held.file])

    def method(self, host: str) -> str | None:
        """How people log in on a virtual host; ``None`` where there is no such host."""
        return self.methods().get(host)

    def methods(self) -> Mapping[str, str]:
        """Every virtual host whose way to log in is known, and that way."""
        if self._effective is not None:
            return {
                host: str(options.get("authentication", _DEFAULT_METHOD))
                for host, options in self._effective.items()
                if host != "*" and "component_module" not in options
            }
        blocks = self._files.hosts() if self._files is not None else []
        names = {block.name for _, block in blocks if block.kind != "Component"}
        found = {name: self._read_option(name, "authentication") for name in names}
        return {
            name: method if isinstance(method, str) else _DEFAULT_METHOD
            for name, method in found.items()
            if method is None or isinstance(method, str)
        }

    def option(self, host: str, name: str) -> str | None:
        """An option that is text."""
        value = self.value(host, name)
        return value if isinstance(value, str) else None

    def strings(self, host: str, name: str) -> tuple[str, ...]:
        """An option that is a list of texts."""
        value = self.value(host, name)
        items = value if isinstance(value, list) else []
        return tuple(item for item in items if isinstance(item, str))

    def value(self, host: str, name: str) -> object:
        """An option as it counts for this host; ``None`` where it is not set."""
        if self._effective is not None:
            return self._effective.get(host, {}).get(name)
        return self._read_option(host, name)

    def place(self, host: str, name: str) -> str | None:
        """``file:line`` of the setting that holds for a host, the global one too."""
        held = self._files.get((host, name)) if self._files is not None else None
        return f"{self._real[held.file]}:{held.setting.line}" if held is not None else None

    def host_place(self, host: str) -> str | None:
        """``file:line`` where a host begins; the last of several."""
        blocks = self._files.hosts() if self._files is not None else []
        mine = [(file, block) for file, block in blocks if block.name == host]
        return f"{self._real[mine[-1][0]]}:{mine[-1][1].line}" if mine else None

    def _read_option(self, host: str, name: str) -> object:
        held = self._files.get((host, name)) if self._files is not None else None
        return held.setting.value if held is not None else None


class MeetReading:
    """config.js of the domain."""

    def __init__(self, instance: Instance) -> None:
        self.problems: dict[str, str] = {}
        self.file: meet.MeetConfig | None = None
        source = known(instance.meet)
        if source is not None:
            try:
                self.file = _meet(decode(source.data), source.real)
            except ConfigError as error:
                self.problems[source.real] = error.message
        if source is not None and self.file is not None and self.file.errors:
            # Values elsewhere in the file are still read, though no browser gets that far.
            line = self.file.errors[0].start_point.row + 1
            self.problems[source.real] = f"{source.real}, line {line}: no JavaScript"

    def value(self, *path: str) -> object:
        """A value, ``None`` where it is not set."""
        setting = self.file.get(path) if self.file is not None else None
        return setting.value if setting is not None else None

    def place(self, *path: str) -> str | None:
        """``file:line`` where a value is set."""
        setting = self.file.get(path) if self.file is not None else None
        return f"{self.file.file}:{setting.line}" if self.file is not None and setting else None

    def text(self, *path: str) -> str | None:
        """A value that is text."""
        value = self.value(*path)
        return value if isinstance(value, str) else None

    def undecided(self, *path: str) -> bool:
        """Set to something that only a browser, or nginx, can say."""
        return isinstance(self.value(*path), Unknown)

    def plain(self, *path: str) -> str | None:
        """A text without what nginx would fill in."""
        value = self.text(*path)
        return value if value and "<!--" not in value else None


class JicofoReading:
    """Jicofo's two files and which of them decides (AuthConfig)."""

    def __init__(self, instance: Instance) -> None:
        self.problems: dict[str, str] = {}
        self._hocon: hocon.Hocon | None = None
        self._properties: properties.Properties | None = None
        self._read_hocon(known(instance.jicofo.hocon))
        self._read_properties(known(instance.jicofo.properties))
        self.legacy_url = self._legacy()
        self.dialect = self._dialect(instance)

    def _read_hocon(self, source: SourceFile | None) -> None:
        if source is not None:
            try:
                self._hocon = _hocon(decode(source.data), source.real)
            except ConfigError as error:
                self.problems[source.real] = error.message

    def _read_properties(self, source: SourceFile | None) -> None:
        if source is not None:
            try:
                self._properties = _properties(decode(source.data), source.real)
            except ConfigError as error:
                self.problems[source.real] = error.message

    def _legacy(self) -> str | None:
        if self._properties is not None:
            setting = self._properties.get((_LEGACY_URL,))
            if setting is not None:
                return str(setting.value).strip()
        # jicofo.conf may hold the property too: it is read like a system property.
        return self.text(*_LEGACY_URL.split("."))

    def _dialect(self, instance: Instance) -> str | None:
        jicofo = instance.jicofo
        if self.legacy_url is not None:
            return "properties"
        if not isinstance(jicofo.properties, (Known, Absent)) or self.problems:
            return None
        if self._hocon is not None:
            return "hocon"
        absent = isinstance(jicofo.hocon, Absent)
        return "properties" if absent and self._properties is not None else None

    def authentication(self) -> tuple[bool | None, str | None, str | None]:
        """Enabled, type as written, login domain; nothing of it where one is ``undecided``."""
        if self.legacy_url is not None:
            kind, colon, rest = self.legacy_url.partition(":")
            types = {"XMPP": "XMPP", "EXT_JWT": "JWT"}
            known_kind = types.get(kind) if colon else None
            return True, known_kind or "NONE", rest if known_kind else self.legacy_url
        if self.dialect is None:
            return None, None, None
        enabled = self.text(*_AUTHENTICATION, "enabled")
        keys = ("enabled", "type", "login-url")
        undecided = [key for key in keys if self.undecided(*_AUTHENTICATION, key)]
        on = enabled is not None and enabled.lower() in _TRUE
        if "enabled" in undecided or (undecided and on):
            return None, None, None
        return (
            on,
            self.text(*_AUTHENTICATION, "type"),
            self.text(*_AUTHENTICATION, "login-url"),
        )

    def property(self, key: str) -> str | None:
        """A value of the older properties file, which wins over jicofo.conf where it is present."""
        setting = self._properties.get((key,)) if self._properties is not None else None
        return None if setting is None else str(setting.value).strip()

    def undecided(self, *path: str) -> bool:
        """Set to something that only Jicofo can work out: its environment, another file."""
        return self._hocon is not None and self._hocon.undecided(path)

    def is_set(self, *path: str) -> bool:
        """Whether jicofo.conf sets it, be it to something that only Jicofo can work out."""
        return self._hocon is not None and self._hocon.get(path) is not None

    def place(self, *path: str) -> str | None:
        """``file:line`` where jicofo.conf sets a value."""
        setting = self._hocon.get(path) if self._hocon is not None else None
        return f"{self._hocon.file}:{setting.line}" if self._hocon is not None and setting else None

    def legacy_place(self) -> str | None:
        """``file:line`` of the old property, in either file."""
        setting = self._properties.get((_LEGACY_URL,)) if self._properties is not None else None
        if self._properties is None or setting is None:
            return self.place(*_LEGACY_URL.split("."))
        return f"{self._properties.file}:{setting.line}"

    def text(self, *path: str) -> str | None:
        """A value of jicofo.conf as text; ``None`` where it is not set, or ``undecided``."""
        setting = self._hocon.get(path) if self._hocon is not None else None
        if setting is None or setting.value is None or isinstance(setting.value, Unknown):
            return None
        value = setting.value
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)
