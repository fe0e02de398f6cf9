"""Findings about the machine: services, ports, certificate, disk, clock, what could not be read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from datetime import timedelta
from ipaddress import ip_address

from ..certificate import read_chain
from ..model import Absent, Failed, Instance, Missing, Service, known
from .subject import Found, Subject, Table

_TABLE = Table()
rule = _TABLE.rule

_SOON = timedelta(days=14)
_FULL, _NEARLY = 0.98, 0.9
_CLOCK = 60.0
_WEB_PORTS = (80, 443)
"""Who listens there is a web server, also one that we don't know (Caddy, HAProxy)."""

_LISTED = 6
_GROUP = re.compile(r"\bgroup (\S+) only")
_MEANS = {
    "prosody": "nobody can log in",
    "jicofo": "no meeting can begin",
    "jitsi-videobridge2": "there is no sound and no picture",
    "nginx": "the page can't be reached",
    "apache2": "the page can't be reached",
}


@rule(
    "service-down",
    "error",
    "A service is installed and does not run.",
    "Without it meetings don't work. Its unit may claim to be active all the same.",
)
def service_down(s: Subject) -> Iterator[Found]:
    for service in s.instance.services:
        if service.state in ("stopped", "failed") and not _spare(s, service):
            yield Found(
                f"{service.name} does not run: {_MEANS[service.name]}",
                _why_down(s, service),
                _start(service),
            )


def _why_down(s: Subject, service: Service) -> str:
    why = service.detail or f"no process of {service.name}"
    if service.name == "jicofo" and isinstance(s.instance.jicofo.hocon, Absent):
        why += "; there is no jicofo.conf"
    return why


def _start(service: Service) -> str:
    start = f"jitsi-tui services DEST restart {service.name}"
    return f"systemctl unmask {service.name}; {start}" if service.masked else start


def _spare(s: Subject, service: Service) -> bool:
    """Turned off on purpose, for another does its work: here or, for all we see, elsewhere."""
    if service.name in ("nginx", "apache2"):
        others = [o for o in s.instance.services if o.name in ("nginx", "apache2")]
        running = any(o.state == "running" for o in others)
        other = any(port in _WEB_PORTS for _, port in s.instance.listeners)
        return running or (other and service.enabled is False)
    if service.enabled is not False or service.state != "stopped":
        return False
    if service.name == "prosody":
        return s.now.main_file is None
    answers = s.verdict is not None and s.verdict.strangers_open_rooms is not None
    return service.name == "jitsi-videobridge2" or answers


@rule(
    "service-disabled",
    "warning",
    "A service will not start with the machine.",
    "After the next boot it is missing.",
)
def service_disabled(s: Subject) -> Iterator[Found]:
    for service in s.instance.services:
        if service.enabled is False and service.state in ("running", "stopped"):
            yield Found(
                f"{service.name} does not start with the machine",
                "its unit is masked" if service.masked else "its unit is not enabled",
                f"systemctl {'unmask' if service.masked else 'enable'} {service.name}",
                "info" if service.name in ("nginx", "apache2") else None,
            )


@rule(
    "service-may-not-read",
    "error",
    "A service may not read a file that it needs.",
    "It goes on with what it read before; after its next restart it is down.",
)
def service_may_not_read(s: Subject) -> Iterator[Found]:
    there = {file.path: file for file in s.files} | {file.real: file for file in s.files}
    for path, user in s.instance.closed_to.items():
        if path.startswith("/etc/jitsi/meet/") and path != s.meet_path and path not in there:
            continue  # of another domain
        file = there.get(path)
        belongs = f" ({file.owner}:{file.group}, {file.mode:04o})" if file is not None else ""
        name = shlex.quote(path)
        message, fix = {
            "jicofo": (
                f"Jicofo may not read {path}: after its next restart no meeting can begin",
                f"let user jicofo read it: chgrp jitsi {name}; chmod g+r {name}",
            ),
            "prosody": (
                f"Prosody may not read {path}: nobody can log in with these accounts",
                "give Prosody its data back: chown -R prosody:prosody /var/lib/prosody",
            ),
        }.get(
            user,
            (
                f"The web server may not read {path}: everybody sees a grey page",
                f"chmod a+r {name}; its folders must let user {user} through",
            ),
        )
        yield Found(message, f"{path}{belongs}: user {user} can't open it", fix)


@rule(
    "half-finished-apply",
    "error",
    "A change was left half done.",
    "The server may have new files with old services, or the other way round.",
)
def half_finished_apply(s: Subject) -> Iterator[Found]:
    if s.instance.unfinished:
        yield Found(
            "A change is running or was left half done",
            f"{s.instance.layout.backups}/{s.instance.unfinished}",
            f"jitsi-tui undo DEST {s.instance.unfinished}",
        )


@rule(
    "docker",
    "warning",
    "This Jitsi runs in Docker.",
    "Its containers write their files anew at each start: edits get lost.",
    in_docker=True,
)
def docker(s: Subject) -> Iterator[Found]:
    if s.instance.docker is not None:
        yield Found(
            "This Jitsi runs in Docker, where files are written anew at each start",
            s.instance.docker.evidence,
            "set ENABLE_AUTH=1 ENABLE_GUESTS=1 AUTH_TYPE=internal in its .env file and recreate"
            " the containers",
        )


@rule(
    "unreadable",
    "warning",
    "Something could not be read, so nothing is said about it.",
    "Not known is neither fine nor absent: what is missing here may hide a fault.",
    in_docker=True,
)
def unreadable(s: Subject) -> Iterator[Found]:
    unread = dict(s.instance.unread)
    unread |= {
        f"whether {one.name} runs": one.detail
        for one in s.instance.services
        if one.state == "unknown"
    }
    if unread:
        reasons: dict[str, list[str]] = {}
        for path, why in unread.items():
            reasons.setdefault(why, []).append(path)
        shown = [f"{', '.join(paths)}: {why}" for why, paths in list(reasons.items())[:_LISTED]]
        more = f"; and {len(reasons) - _LISTED} more" if len(reasons) > _LISTED else ""
        yield Found(
            "Not everything could be read, and what stands there is not known",
            "; ".join(shown) + more,
            None if s.instance.as_root else _how_to_read(s.instance, unread),
        )
    effective = s.instance.prosody.effective
    asked = s.instance.as_root and s.instance.docker is None
    if isinstance(effective, Failed) and not s.instance.prosody.refusal and asked:
        yield Found("What Prosody's files mean could not be asked", effective.why, None)


def _how_to_read(instance: Instance, unread: Mapping[str, str]) -> str:
    """Root, or the groups that the files belong to. Who may run our programs by sudo is root."""
    groups = {name for why in unread.values() for name in _GROUP.findall(why)} - {"root"}
    who = instance.user or "USER"
    sudo = (
        f"let sudo allow what jitsi-tui sudoers DEST prints ({who} ALL = (root) /usr/bin/sh,"
        f" /bin/sh; whoever may do that is as good as root)"
    )
    ways = [instance.how_to_become_root, sudo]
    if groups:
        ways.append(f"to look without being root: usermod -aG {','.join(sorted(groups))} {who}")
    return "; ".join(ways)


@rule(
    "unproved",
    "warning",
    "The running server could not be asked.",
    "Who may open meetings is known from its files alone, or not at all.",
)
def unproved(s: Subject) -> Iterator[Found]:
    down = {one.name for one in s.instance.services if one.state in ("stopped", "failed")}
    for doubt in s.verdict.doubts if s.verdict is not None else ():
        told = doubt.startswith("the request for a room was answered: ")
        told = told or doubt.endswith(" offers no way to log in at all")
        told = told or doubt.startswith(("no room was asked for: ", "Prosody serves no BOSH for "))
        if told or doubt.partition(" ")[0].lower() in down:
            continue
        yield Found("Something could not be proved", doubt, None)


@rule(
    "parts-elsewhere",
    "info",
    "A part of Jitsi is not on this machine.",
    "Absent is not down: it may run elsewhere. Its settings are not seen from here.",
)
def parts_elsewhere(s: Subject) -> Iterator[Found]:
    absent: list[str] = [
        service.name
        for service in s.instance.services
        if service.state == "absent" and service.name in ("prosody", "jicofo", "jitsi-videobridge2")
    ]
    web = [one for one in s.instance.services if one.name in ("nginx", "apache2")]
    some_web = any(port in _WEB_PORTS for _, port in s.instance.listeners)
    if web and all(one.state == "absent" for one in web) and not some_web:
        absent.append("a web server")
    if absent:
        yield Found(f"Not on this machine: {', '.join(absent)}", "no unit, no process", None)


@rule(
    "jicofo-port-exposed",
    "warning",
    "Jicofo's HTTP port listens for other machines too.",
    "Anyone may read who is in which meeting, unless a firewall stands before it.",
)
def jicofo_port_exposed(s: Subject) -> Iterator[Found]:
    yield from _exposed(
        s,
        s.instance.layout.jicofo_http,
        "Jicofo's",
        'set jicofo.rest.host: "127.0.0.1" and restart jicofo',
    )


@rule(
    "prosody-port-exposed",
    "warning",
    "Prosody's HTTP port listens for other machines too.",
    "Logins pass it unencrypted, around the web server, unless a firewall stands before it.",
)
def prosody_port_exposed(s: Subject) -> Iterator[Found]:
    yield from _exposed(
        s,
        s.instance.prosody.http_port,
        "Prosody's",
        'set http_interfaces = { "127.0.0.1", "::1" } and restart prosody',
    )


def _exposed(s: Subject, port: int, whose: str, fix: str) -> Iterator[Found]:
    outside = [
        address
        for address, number in s.instance.listeners
        if number == port and not ip_address(address).is_loopback
    ]
    if outside:
        yield Found(
            f"{whose} port {port} is open to the world, unless a firewall stands before it",
            f"it listens on {', '.join(outside)}",
            fix,
        )


@rule(
    "certificate",
    "warning",
    "The web certificate is missing, over, ends soon, is for another name, or lacks its chain.",
    "Browsers and phones refuse to connect.",
)
def certificate(s: Subject) -> Iterator[Found]:
    fact = s.instance.certificate
    if isinstance(fact, Missing):
        yield Found(
            "The web server's certificate is missing: after its next restart the page is gone",
            f"{fact.why}, which is not there",
            "put it back (certbot renew, or the way it was made), or name the one that is there",
            "error",
        )
    file = known(fact)
    chain = read_chain(file.data) if file is not None else ()
    if file is None:
        return
    if not chain:
        yield Found("The certificate's file holds no certificate", file.path, None, "error")
        return
    leaf, left = chain[0], chain[0].until - s.instance.taken
    renew = "renew it (certbot renew, or the way it was made)"
    if left < timedelta():
        yield Found(f"The certificate ended on {leaf.until:%Y-%m-%d}", file.path, renew, "error")
    elif left < _SOON:
        yield Found(
            f"The certificate ends on {leaf.until:%Y-%m-%d}, in {left.days} days", file.path, renew
        )
    if not leaf.covers(s.domain):
        names = ", ".join(leaf.names[:4]) or "no name"
        yield Found(
            f"The certificate is not for {s.domain}", f"{file.path} is for {names}", renew, "error"
        )
    if len(chain) == 1 and leaf.issuer != leaf.subject:
        yield Found(
            "The certificate's chain is incomplete: phones and Jitsi's own parts refuse it",
            f"{file.path} holds one certificate, issued by {leaf.issuer}",
            "name the file with the whole chain (fullchain.pem) in ssl_certificate",
        )


@rule(
    "disk-full",
    "warning",
    "A disk is nearly full.",
    "Prosody and Jicofo stop when they can't write, and a change can't be made safely.",
)
def disk_full(s: Subject) -> Iterator[Found]:
    for mount, used in s.instance.disks.items():
        if used >= _NEARLY:
            yield Found(
                f"The disk at {mount} is nearly full",
                f"{used:.0%} of it is used",
                "make room there",
                "error" if used >= _FULL else None,
            )


@rule(
    "clock-off",
    "warning",
    "The server's clock and ours differ.",
    "Certificates and tokens depend on the time; logs are hard to compare.",
)
def clock_off(s: Subject) -> Iterator[Found]:
    ahead = s.instance.clock_ahead
    if ahead is not None and abs(ahead) > _CLOCK:
        way = "ahead of" if ahead > 0 else "behind"
        yield Found(
            f"The server's clock is {abs(ahead):.0f} s {way} this machine's",
            f"it says {s.instance.taken:%Y-%m-%d %H:%M:%S} UTC",
            "timedatectl set-ntp true, on the one that is wrong",
        )


RULES = tuple(_TABLE.rules)
