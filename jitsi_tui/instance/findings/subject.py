"""What findings look at, and how one is declared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from jitsi_tui.configs.document import Unknown
from jitsi_tui.digits import whole

from ..model import Instance, Posture, Severity, SourceFile, Verdict, known
from ..posture import Settings, posture, settings
from ..sites import part_for

if TYPE_CHECKING:
    from ..readings import JicofoReading, MeetReading, ProsodyReading

SECURE = "jitsi-tui secure DEST"
"""The command that closes a server to strangers, and mends what disagrees."""


_LITERAL = re.compile(r"""(['"`])([^'"`]*)\1""")
_DIRECTIVE = re.compile(r"<!--#.*?-->")
_ONLY_SERVED = re.compile(r"(?:\s|[+()]|subdomain|subdir)*")
"""What may stand between texts whose sum is known but for the tenant's part."""


class Subject:
    """A server that is looked at: its files, what they mean together, and its answers."""

    def __init__(self, instance: Instance, verdict: Verdict | None) -> None:
        self.instance = instance
        self.verdict = verdict

    @cached_property
    def now(self) -> Settings:
        """What the files want."""
        return settings(self.instance)

    @cached_property
    def posture(self) -> Posture:
        """How the server stands."""
        return posture(self.instance, self.verdict, self.now)

    @property
    def domain(self) -> str:
        """The main domain."""
        return self.instance.domain

    @cached_property
    def hosts(self) -> Mapping[str, Mapping[str, object]]:
        """Prosody's hosts with their effective options; empty where it could not say."""
        return known(self.instance.prosody.effective) or {}

    def options(self, host: str | None) -> Mapping[str, object]:
        """The effective options of one host."""
        return self.hosts.get(host or "", {})

    def own(self, host: str, name: str) -> object:
        """An option that differs from the global one: one of the host's own."""
        value = self.options(host).get(name)
        return None if value == self.options("*").get(name) else value

    def modules(self, host: str) -> frozenset[str]:
        """The modules that a host enables, with the global ones where it takes them."""
        listed = [
            self.options(host).get("modules_enabled"),
            self.options("*").get("modules_enabled"),
        ]
        return frozenset(
            name
            for names in listed
            if isinstance(names, list)
            for name in names
            if isinstance(name, str)
        )

    @cached_property
    def prosody_major(self) -> tuple[int, int]:
        """Prosody's version, ``(0, 12)`` or ``(13, 0)``; ``(0, 0)`` where it is not known."""
        parts = (known(self.instance.prosody.version) or "").split(".")[:2]
        numbers = [number for part in parts if (number := whole(part)) is not None]
        return (numbers[0], numbers[1]) if len(numbers) == 2 else (0, 0)

    @property
    def asks_for_accounts(self) -> bool:
        """The main door asks for an account: as the server answers, else as its files say."""
        if self.verdict is not None and self.verdict.strangers_log_in is not None:
            return self.verdict.strangers_log_in is False and not self.now.token
        method = self.now.main_authentication
        return method is not None and not self.now.open and not self.now.token

    @property
    def main_path(self) -> str:
        """The file that holds the main host, for evidence."""
        return self.now.main_file or "/etc/prosody"

    @property
    def meet_path(self) -> str:
        """config.js, for evidence."""
        file = known(self.instance.meet)
        return file.real if file else f"/etc/jitsi/meet/{self.domain}-config.js"

    @property
    def jicofo_path(self) -> str:
        """The file of Jicofo's that decides, for evidence."""
        fact = self.instance.jicofo.hocon
        if self.now.jicofo_dialect == "properties":
            fact = self.instance.jicofo.properties
        file = known(fact)
        return file.real if file else "/etc/jitsi/jicofo/jicofo.conf"

    @property
    def mend_line(self) -> str:
        """What to do with a file that can't be understood."""
        undo = any(backup.state == "applied" for backup in self.instance.backups)
        return "mend that line" + (
            ", or take back our last change: jitsi-tui undo DEST" if undo else ""
        )

    @property
    def files(self) -> tuple[SourceFile, ...]:
        """Every configuration file that was read and takes part."""
        instance = self.instance
        others = (instance.meet, instance.jicofo.hocon, instance.jicofo.properties, instance.jigasi)
        found = [file for fact in others if (file := known(fact)) is not None]
        return (*instance.prosody.files.values(), *found)

    @cached_property
    def sites(self) -> Mapping[str, str]:
        """The web server's files to what of each is about this domain, without comments."""
        parts = {path: part_for(site.text, self.domain) for path, site in self.instance.web.items()}
        return {path: part for path, part in parts.items() if part.strip()}

    @cached_property
    def pages(self) -> Mapping[str, str]:
        """Those of its sites that show Jitsi's page."""
        return {path: part for path, part in self.sites.items() if "config.js" in part}

    @cached_property
    def _readings(self) -> tuple[ProsodyReading, MeetReading, JicofoReading]:
        from ..readings import JicofoReading, MeetReading, ProsodyReading  # noqa: PLC0415 - parsers

        return (
            ProsodyReading(self.instance),
            MeetReading(self.instance),
            JicofoReading(self.instance),
        )

    def at(self, host: str, option: str) -> str:
        """``file:12`` where an option of a host is set; its file where that can't be told."""
        return self._readings[0].place(host, option) or self.host_at(host)

    def host_at(self, host: str) -> str:
        """``file:12`` where a host of Prosody begins."""
        return self._readings[0].host_place(host) or self.main_path

    def meet_at(self, *path: str) -> str:
        """``file:12`` where config.js sets a value."""
        return self._readings[1].place(*path) or self.meet_path

    def meet_words(self, *path: str) -> str:
        """The text of a value of config.js without the tenant's part; empty if not certain."""
        value = self._readings[1].value(*path)
        if isinstance(value, Unknown):
            if _ONLY_SERVED.fullmatch(_LITERAL.sub("", value.text)) is None or "${" in value.text:
                return ""
            value = "".join(found[2] for found in _LITERAL.finditer(value.text))
        return _DIRECTIVE.sub("", value).lower() if isinstance(value, str) else ""

    def jicofo_at(self, *keys: str) -> str:
        """``file:12`` where Jicofo's authentication sets the first of these keys that is set."""
        reading = self._readings[2]
        if self.now.jicofo_dialect == "properties":
            return reading.legacy_place() or self.jicofo_path
        places = (reading.place("jicofo", "authentication", key) for key in keys)
        return next((place for place in places if place), self.jicofo_path)

    @property
    def jicofo_host(self) -> tuple[str, str]:
        """Prosody's host on which jicofo.conf logs in, and ``file:12`` where it names it."""
        path = ("jicofo", "xmpp", "client", "domain")
        return self._readings[2].text(*path) or "", self._readings[2].place(*path) or ""

    @property
    def proxy_undecided(self) -> bool:
        """jicofo.conf names a proxy in a way that only Jicofo can work out."""
        return self._readings[2].undecided("jicofo", "xmpp", "client", "client-proxy")

    def proxy_at(self) -> str:
        """``file:12`` where jicofo.conf names its proxy; the file where it names none."""
        file = known(self.instance.jicofo.hocon)
        place = self._readings[2].place("jicofo", "xmpp", "client", "client-proxy")
        return place or (file.real if file else self.jicofo_path)


def module_missing(method: str | None) -> str:
    """What to look at where Prosody offers no way to log in by a method."""
    return (
        f"is the module of its authentication there (mod_auth_{method}), and does Prosody find it"
        " (plugin_paths)? jitsi-tui logs DEST prosody"
    )


@dataclass(frozen=True)
class Found:
    """What a rule found on one server."""

    message: str
    """One sentence in an admin's words."""

    evidence: str
    fix: str | None = None
    """A command, or what to do by hand."""

    severity: Severity | None = None
    """Where it differs from the rule's."""


@dataclass(frozen=True)
class Rule:
    """One thing that is looked for."""

    id: str
    severity: Severity
    what: str
    """What it means when it is found, for the documentation."""

    why: str
    """Why it matters, to people on the server."""

    find: Callable[[Subject], Iterator[Found]]
    in_docker: bool = False


class Table:
    """Collects rules: ``@table.rule(id, severity, what, why)`` over a generator of ``Found``."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def rule(
        self, identifier: str, severity: Severity, what: str, why: str, *, in_docker: bool = False
    ) -> Callable[[Callable[[Subject], Iterator[Found]]], Callable[[Subject], Iterator[Found]]]:
        """Declare the function below as a rule."""

        def declare(
            find: Callable[[Subject], Iterator[Found]],
        ) -> Callable[[Subject], Iterator[Found]]:
            self.rules.append(Rule(identifier, severity, what, why, find, in_docker))
            return find

        return declare
