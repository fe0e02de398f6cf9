"""Prosody as its files and its own configuration manager describe it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ..layout import Layout
from ..model import Absent, Fact, Failed, Known, Prosody, known
from .sections import Sections

Hosts = Mapping[str, Mapping[str, object]]

_DEPTH = 32
"""Tables within tables; ``meaning.lua`` goes no deeper than 12."""


def prosody_of(sections: Sections, layout: Layout, *, as_root: bool = False) -> Prosody:
    """Its files, version and plugins, and what its own configuration manager made of them."""
    listed = sections.files("prosody")
    readable = [(path, fact.value) for path, fact in listed if isinstance(fact, Known)]
    meaning = _meaning(sections)
    effective, refusal = _effective(meaning, sections, as_root=as_root)
    taking_part = set(_strings(meaning.get("files")))
    files = {
        file.real: file
        for path, file in readable
        if not taking_part or refusal or layout.root + path in taking_part
    }
    version = next(
        (s.text.strip() for s in sections.all("version") if s.fields == ("prosody",)), ""
    )
    plugins = sections.one("plugins")
    return Prosody(
        version=Known(version) if version else Absent("prosody is not installed here"),
        main_file=listed[0][1] if listed else Absent("not looked for"),
        files=files,
        effective=effective,
        unreadable=tuple(
            f"{path} ({fact.why})" for path, fact in listed if isinstance(fact, Failed)
        ),
        plugins=frozenset(
            line.removeprefix("mod_").removesuffix(".lua")
            for line in (plugins.text if plugins else "").splitlines()
        ),
        http_port=_http_port(known(effective), layout),
        refusal=refusal,
        remarks=tuple(_strings(meaning.get("warnings"))),
        aside={
            fact.value.real: fact.value
            for _, fact in sections.files("aside")
            if isinstance(fact, Known)
        }
        | {file.real: file for _, file in readable if file.real not in files},
    )


def _meaning(sections: Sections) -> Mapping[str, object]:
    section = sections.one("meaning")
    if section is None or section.state != "K":
        return {}
    try:
        found = json.loads(section.text)
    except (ValueError, RecursionError):
        return {"ok": False, "why": "the server's Lua gave an answer that can't be read"}
    return found if isinstance(found, dict) else {}


def _effective(
    meaning: Mapping[str, object], sections: Sections, *, as_root: bool
) -> tuple[Fact[Hosts], str]:
    """Hosts with their options, as Prosody looks them up: its own, else the global ones."""
    if not meaning:
        section = sections.one("meaning")
        why = section.text if section else "it was not asked"
        failed = section is not None and section.state == "F"
        return (Failed(why) if failed else Absent(why)), ""
    if meaning.get("ok") is not True:
        why = str(_utf8(meaning.get("why", ""))).strip()[:500]
        # Root has user prosody read them; whoever else looked may read less than Prosody.
        broken = meaning.get("stage") in ("file", "parser")
        broken = broken and (as_root or "Permission denied" not in why)
        return Failed(f"Prosody can't read its files: {why}"), why if broken else ""
    hosts = _utf8(meaning.get("hosts"))
    if not isinstance(hosts, dict):
        return Failed("Prosody's configuration manager named no hosts"), ""
    shared = hosts.get("*")
    shared = shared if isinstance(shared, dict) else {}
    return Known(
        {
            host: dict(shared) if host == "*" else {**shared, **options}
            for host, options in hosts.items()
            if isinstance(options, dict)
        }
    ), ""


def _utf8(value: object, depth: int = 0) -> object:
    """Lua's strings are bytes, one escape a byte: put them together again."""
    if depth > _DEPTH:
        return "..."
    if isinstance(value, str):
        if value.isascii():
            return value
        return value.encode("latin-1", "replace").decode("utf-8", "replace")
    if isinstance(value, dict):
        return {str(_utf8(key)): _utf8(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [_utf8(item, depth + 1) for item in value]
    return value


def _strings(value: object) -> list[str]:
    return [str(_utf8(v)) for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _http_port(hosts: Hosts | None, layout: Layout) -> int:
    """The port of BOSH: ``http_ports``, unless the layout says another one."""
    if hosts is None or layout.prosody_http != Layout.prosody_http:
        return layout.prosody_http
    ports = hosts.get("*", {}).get("http_ports", hosts.get("*", {}).get("http_port"))
    first = ports[0] if isinstance(ports, list) and ports else ports
    good = isinstance(first, int) and not isinstance(first, bool) and 0 < first < 65536
    return first if good and isinstance(first, int) else layout.prosody_http
