"""From sections to the ``Instance``: which domain this is about, and what belongs to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import unquote

# Loaded with the rest, while the connection is made, and not once the facts are there.
import cryptography.x509  # noqa: F401

from jitsi_tui.digits import whole

from ..certificate import read_chain
from ..layout import Layout
from ..model import (
    Absent,
    Backup,
    Fact,
    Failed,
    Instance,
    InstanceError,
    Jicofo,
    Known,
    Missing,
    Prosody,
    Service,
    SourceFile,
    known,
)
from ..sites import certificates_for, config_js_of, part_for
from ..transaction.manifest import parse
from . import running
from .domains import choose, docker_domain, docker_of, domains_of, meet_of
from .logs import log_paths
from .prosody import prosody_of
from .sections import Sections, moment


def instance_of(sections: Sections, *, domain: str | None, layout: Layout) -> Instance:
    """The whole instance. Raises one of the errors above, or ``FactsError``."""
    about = _host_facts(sections)
    as_root = about.get("uid") == "0"
    prosody = prosody_of(sections, layout, as_root=as_root)
    meets = dict(sections.files("meet"))
    docker = docker_of(sections)
    if docker is not None:
        domains = tuple(d for d in [docker_domain(sections)] if d)
        chosen = domain or next(iter(domains), "")
    else:
        domains = domains_of(sections, prosody, meets)
        chosen = choose(domain, domains, sections, about.get("hostname", "this server"))
    taken = moment(about.get("time")) or datetime.fromtimestamp(0, UTC)
    offset = about.get("offset", "0")
    utc_offset = int(offset) if re.fullmatch(r"-?\d{1,5}", offset) else 0
    systemd = about.get("systemd") == "1"
    services = running.services(sections, systemd=systemd)
    started = {s.name: s.since for s in services}
    versions = {s.fields[0]: s.text.strip() for s in sections.all("version") if s.fields}
    web = _web(sections, chosen)
    certificate = _certificate(sections, web, chosen)
    page_path, page = _page(sections)
    return Instance(
        hostname=about.get("hostname", ""),
        domain=chosen,
        domains=domains,
        taken=taken,
        utc_offset=utc_offset,
        as_root=as_root,
        os=about.get("os", ""),
        systemd=systemd,
        prosody=replace(prosody, loaded=started.get("prosody")),
        meet=meet_of(meets, chosen, sections, _served(web, chosen)),
        jicofo=_jicofo(sections, services, versions.get("jicofo"), utc_offset),
        services=_without_foreign_web(services),
        accounts=_accounts(sections, chosen, prosody),
        account_names=_account_names(sections),
        layout=layout,
        docker=docker,
        web=web,
        public_keys=_public_keys(sections),
        secrets=tuple(f.value for _, f in sections.files("secret") if isinstance(f, Known)),
        web_refusals={s.fields[0]: s.text for s in sections.all("web-check") if s.fields},
        closed_to=_closed_to(sections, chosen),
        listeners=running.listeners(sections.one("listeners")),
        extras=frozenset(s.fields[0] for s in sections.all("extra") if s.fields),
        backups=_backups(sections),
        unfinished=_unfinished(sections),
        log_paths=log_paths(sections, prosody, web, chosen),
        certificate_until=_until(certificate),
        dpkg_busy=sections.one("dpkg") is not None,
        certificate=certificate,
        jigasi=sections.file("jigasi"),
        packages={name: version for name, version in versions.items() if name != "prosody"},
        package_times=_package_times(sections),
        nginx=sections.file("nginx"),
        user=about.get("user", ""),
        disks=running.disks(sections.one("disks")),
        page=page,
        page_path=page_path,
        unread=sections.unread(),
        logged=running.logged(sections),
    )


def _jicofo(
    sections: Sections, services: tuple[Service, ...], version: str | None, utc_offset: int
) -> Jicofo:
    here = next((s for s in services if s.name == "jicofo"), None)
    authority, login_url = running.jicofo_said(
        sections, since=here.since if here else None, utc_offset=utc_offset
    )
    if here is not None and here.state in ("stopped", "failed"):
        authority, login_url = "unknown", None  # its log tells of a process that is gone
    return Jicofo(
        hocon=sections.file("hocon"),
        properties=sections.file("properties"),
        version=Known(version) if version else Absent("no package says it"),
        config=sections.file("jicofo.config"),
        logged_authority=authority,
        logged_login_url=login_url,
    )


def _public_keys(sections: Sections) -> dict[str, int]:
    return {
        s.fields[0]: int(s.fields[1], 8)
        for s in sections.all("public-key")
        if len(s.fields) == 2 and re.fullmatch("[0-7]{1,5}", s.fields[1])
    }


def _closed_to(sections: Sections, domain: str) -> dict[str, str]:
    """Files that their service can't read; accounts of the main host alone."""
    return {
        s.fields[0]: s.fields[1]
        for s in sections.all("closed")
        if len(s.fields) > 1 and [unquote(host).lower() for host in s.fields[2:]] in ([], [domain])
    }


def _package_times(sections: Sections) -> dict[str, datetime]:
    return {
        s.fields[0]: installed
        for s in sections.all("version")
        if len(s.fields) > 1 and (installed := moment(s.fields[1])) is not None
    }


def _host_facts(sections: Sections) -> Mapping[str, str]:
    section = sections.one("host")
    return section.pairs if section else {}


_BY_FILES = frozenset({"internal_hashed", "internal_plain", "internal"})


def _accounts(sections: Sections, domain: str, prosody: Prosody) -> Fact[int]:
    options = (known(prosody.effective) or {}).get(domain, {})
    method = options.get("authentication")
    if isinstance(method, str) and method not in _BY_FILES and "anonymous" not in method:
        return Absent(f"accounts are kept by {method}")
    storage = options.get("storage", options.get("default_storage", "internal"))
    if isinstance(storage, dict):
        storage = storage.get("accounts", options.get("default_storage", "internal"))
    if storage != "internal":
        return Absent(f"accounts are stored by {storage}, not in files")
    for section in sections.all("accounts"):
        if section.state == "F":
            return Failed(section.text)
        if section.state == "K" and unquote("".join(section.fields[:1])).lower() == domain:
            return Known(whole(section.text.partition("\n")[0]) or 0)
    if isinstance(prosody.version, Absent):
        return Absent("Prosody is not on this machine")
    return Known(0)


def _account_names(sections: Sections) -> dict[str, frozenset[str]]:
    """Host to its first accounts, by their files."""
    return {
        unquote(s.fields[0]).lower(): frozenset(
            unquote(line.removesuffix(".dat"), errors="replace") for line in s.text.splitlines()[1:]
        )
        for s in sections.all("accounts")
        if s.state == "K" and s.fields
    }


def _web(sections: Sections, domain: str) -> dict[str, SourceFile]:
    """The site files that name the domain."""
    return {
        fact.value.real: fact.value
        for _, fact in sections.files("site")
        if isinstance(fact, Known) and domain.encode() in fact.value.data.lower()
    }


def _served(web: Mapping[str, SourceFile], domain: str) -> set[str]:
    """The files that the web server shows as the domain's config.js."""
    return {path for site in web.values() for path in config_js_of(part_for(site.text, domain))}


def _page(sections: Sections) -> tuple[str, Fact[SourceFile]]:
    """Our page for people who are invited, where the web server shows its folder."""
    for path, fact in sections.files("page"):
        return (fact.value.real if isinstance(fact, Known) else path), fact
    return "", Absent("the web server shows no folder /static of Jitsi's here")


def _certificate(
    sections: Sections, web: Mapping[str, SourceFile], domain: str
) -> Fact[SourceFile]:
    """The certificate that a site of the domain shows for it. Where it is gone, who names it."""
    read = dict(sections.files("certificate"))
    for site in web.values():
        for path in certificates_for(site.text, domain):
            if path in read:
                fact = read[path]
                certain = path.startswith("/") and "$" not in path
                gone = isinstance(fact, Absent) and certain
                return Missing(f"{site.real} names {path}") if gone else fact
    return Absent("no site of this domain has a certificate")


def _until(certificate: Fact[SourceFile]) -> datetime | None:
    file = known(certificate)
    if file is None:
        return None
    chain = read_chain(file.data)
    return chain[0].until if chain else None


def _without_foreign_web(services: tuple[Service, ...]) -> tuple[Service, ...]:
    """Of two web servers, an absent one is no part of this server."""
    absent = {s.name for s in services if s.state == "absent"}
    if "apache2" in absent:
        return tuple(s for s in services if s.name != "apache2")
    if "nginx" in absent:
        return tuple(s for s in services if s.name != "nginx")
    return services


def _backups(sections: Sections) -> tuple[Backup, ...]:
    """Newest first; a manifest that can't be read is left out."""
    found = []
    for _, fact in sections.files("backup"):
        if isinstance(fact, Known):
            try:
                found.append(parse(fact.value.data))
            except (InstanceError, ValueError):
                continue
    return tuple(found)


def _unfinished(sections: Sections) -> str | None:
    section = sections.one("unfinished")
    return section.fields[0] if section and section.fields else None
