"""Which Jitsi domains a server has, and which one is meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from ..model import Absent, Docker, Fact, Failed, InstanceError, Prosody, SourceFile, known
from .sections import Sections

_CONFIG_JS = "-config.js"
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")


class NoJitsiError(InstanceError):
    """There is no Jitsi Meet on this machine."""

    kind = "no-jitsi"


class UnreadableError(InstanceError):
    """There is a Jitsi, and this user may not read enough of it to say which."""

    kind = "unreadable"


class UnknownDomainError(InstanceError):
    """The server has no such domain."""

    kind = "unknown-domain"


class SeveralDomainsError(InstanceError):
    """The server has several domains, and none was chosen."""

    kind = "several-domains"


def domains_of(
    sections: Sections, prosody: Prosody, meets: Mapping[str, Fact[SourceFile]]
) -> tuple[str, ...]:
    """Every main domain: named by config.js, else by Jicofo, else by Prosody alone."""
    hosts = _virtual_hosts(prosody)
    by_name = [name for path in meets if (name := domain_of(path))]
    if hosts is None:
        return tuple(sorted(set(by_name))) or _domains_of_jicofo(sections)
    served = {name for name in by_name if name in hosts}
    if not served:
        inside = {_hosts_domain(fact) for fact in meets.values()} - {""}
        served = inside & hosts or set(by_name)
    if not served:
        served = set(_domains_of_jicofo(sections)) & hosts
    if not served:
        served = {host for host in hosts if f"conference.{host}" in _all_hosts(prosody)}
    return tuple(sorted(served))


def choose(wanted: str | None, domains: tuple[str, ...], sections: Sections, hostname: str) -> str:
    """The domain that is meant: the wanted one, else the only one. Raises the errors above."""
    if not domains:
        unread = sections.unread()
        if unread:
            raise UnreadableError(
                f"{hostname} has a Jitsi that this user may not read ({next(iter(unread))})",
                "log in as root, or use sudo (--ask-sudo)",
            )
        raise NoJitsiError(
            f"no Jitsi Meet was found on {hostname}",
            "looked for /etc/jitsi/meet, Prosody's files and /etc/jitsi/jicofo; is it this server?",
        )
    if wanted is not None:
        name = wanted.strip().lower().rstrip(".")
        if name in domains:
            return name
        raise UnknownDomainError(
            f"{hostname} has no domain {name!r}", f"it has {', '.join(domains)}"
        )
    if len(domains) > 1:
        raise SeveralDomainsError(
            f"{hostname} has several domains: {', '.join(domains)}", "choose one with --domain"
        )
    return domains[0]


def domain_of(path: str) -> str | None:
    """The domain in the name of a ``…-config.js``; ``None`` where it can't be one."""
    base = path.rpartition("/")[2]
    name = base.removesuffix(_CONFIG_JS).lower()
    return name if name != base.lower() and _NAME.fullmatch(name) else None


_JS_DOMAIN = re.compile(rb"""^\s*(?:config\.hosts\.)?domain\s*[:=]\s*['"]([^'"\s]+)['"]""", re.M)


def _hosts_domain(fact: Fact[SourceFile]) -> str:
    file = known(fact)
    match = _JS_DOMAIN.search(file.data) if file else None
    name = match[1].decode("ascii", "replace").lower() if match else ""
    return name if _NAME.fullmatch(name) else ""


_XMPP_DOMAIN = re.compile(rb"""^\s*xmpp-domain\s*[:=]\s*"?([A-Za-z0-9_.-]+)""", re.M)


def _domains_of_jicofo(sections: Sections) -> tuple[str, ...]:
    file = known(sections.file("hocon"))
    match = _XMPP_DOMAIN.search(file.data) if file else None
    name = match[1].decode("ascii").lower() if match else ""
    return (name,) if _NAME.fullmatch(name) else ()


_HOST_LINE = re.compile(rb"""^\s*(VirtualHost|Component)\s*\(?\s*["']([^"'\n]+)["']""", re.M)


def _virtual_hosts(prosody: Prosody) -> set[str] | None:
    """Prosody's virtual hosts, ``None`` where its files are not here or not readable."""
    hosts = known(prosody.effective)
    if hosts is not None:
        return {
            host
            for host, options in hosts.items()
            if host != "*" and "component_module" not in options
        }
    if not prosody.files or prosody.unreadable:
        return None
    return {name for kind, name in _host_lines(prosody) if kind == "VirtualHost"}


def _all_hosts(prosody: Prosody) -> set[str]:
    hosts = known(prosody.effective)
    return set(hosts) if hosts is not None else {name for _, name in _host_lines(prosody)}


def _host_lines(prosody: Prosody) -> list[tuple[str, str]]:
    return [
        (kind.decode(), name.decode("utf-8", "replace").lower())
        for file in prosody.files.values()
        for kind, name in _HOST_LINE.findall(file.data)
    ]


def meet_of(
    meets: Mapping[str, Fact[SourceFile]],
    domain: str,
    sections: Sections,
    served: Collection[str] = (),
) -> Fact[SourceFile]:
    """The config.js of a domain: the one that is served, else by its name, else by its text.

    ``served``: what the web server shows for the domain. It counts where it speaks of it.
    """
    own = {path: fact for path, fact in meets.items() if _hosts_domain(fact) == domain}
    shown = [fact for path, fact in own.items() if path in served]
    if len(shown) == 1:
        return shown[0]
    for path, fact in meets.items():
        if domain_of(path) == domain:
            return fact
    if own:
        return next(iter(own.values()))
    why = sections.unread().get("/etc/jitsi/meet")
    return Failed(why) if why else Absent(f"no /etc/jitsi/meet/{domain}{_CONFIG_JS}")


def docker_of(sections: Sections) -> Docker | None:
    """Signs of the Docker images, where no Jitsi of Debian's packages is installed."""
    section = sections.one("docker")
    signs = section.text.splitlines() if section and section.state == "K" else []
    if not signs:
        return None
    container = next(
        (s.removeprefix("container ") for s in signs if s.startswith("container ")), ""
    )
    return Docker(container=container or signs[0], evidence="; ".join(signs)[:1000])


def docker_domain(sections: Sections) -> str | None:
    """The domain that a Docker install says it has (``PUBLIC_URL``)."""
    section = sections.one("docker")
    for sign in (section.text if section else "").splitlines():
        if sign.startswith("address "):
            try:
                name = urlsplit(sign.removeprefix("address ")).hostname or ""
            except ValueError:  # an IPv6 address without its end
                return None
            return name if _NAME.fullmatch(name) else None
    return None
