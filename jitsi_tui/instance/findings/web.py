"""Findings about config.js and how the web server serves it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jitsi_tui.digits import whole

from ..model import Absent, SourceFile, known
from ..sites import bosh_backends, config_js_of
from .subject import Found, Subject, Table

_TABLE = Table()
rule = _TABLE.rule

_DIRECTIVE = re.compile(r"<!--#\s*(\w+)([^>]*?)-->")
_DEFAULT = re.compile(r"""default=(?:"([^"]*)"|'([^']*)')""")
_SSI_ON = re.compile(r"(?:^|[;{}])\s*ssi\s+on\s*;", re.M)
_INCLUDES = re.compile(
    r"(?:^|[;{}])\s*include(?:optional)?\s+(?!\S*(?:mime\.types|jaas/|letsencrypt/|proxy_params))",
    re.M | re.I,
)
"""What may hold more of a site, in a file that is not read."""

_WEBSOCKET = re.compile(r"(?:^|[;{}])\s*(?:location|ProxyPass)\s[^{;\n]*xmpp-websocket", re.M)
_HELD = re.compile(r"""(?:var|let|const)\s+(\w+)\s*=\s*['"`]?<!--#""")
"""A variable that holds what a directive is replaced with."""


@rule(
    "config-js-broken",
    "error",
    "config.js is no JavaScript.",
    "Everybody sees a grey page.",
)
def config_js_broken(s: Subject) -> Iterator[Found]:
    if s.meet_path in s.now.problems:
        problem = s.now.problems[s.meet_path]
        yield Found("config.js is broken: everybody sees a grey page", problem, s.mend_line)
        return
    file = known(s.instance.meet)
    line = _broken_as_served(file) if file is not None else 0
    if line:
        yield Found(
            "config.js is broken as nginx serves it: everybody sees a grey page",
            f"{s.meet_path}, line {line}: no JavaScript once its SSI directives are replaced",
            s.mend_line,
        )


@rule(
    "config-js-missing",
    "error",
    "There is no config.js for the domain.",
    "Everybody sees a grey page.",
)
def config_js_missing(s: Subject) -> Iterator[Found]:
    here = list(s.pages)
    if not isinstance(s.instance.meet, Absent) or not here:
        return
    others = [path for part in s.pages.values() for path in config_js_of(part)]
    if others and s.meet_path not in others:
        yield Found(
            f"The web server names another config.js for {s.domain}, and none for it is there",
            f"{here[0]} serves {', '.join(others)}; there is no {s.meet_path}",
            f"move it to {s.meet_path}, let alias name that, and reload the web server",
            "warning",
        )
    else:
        yield Found(
            f"config.js of {s.domain} is missing: everybody sees a grey page",
            f"there is no {s.meet_path}; {here[0]} serves it",
            f"put {s.meet_path} back: from a backup, or dpkg-reconfigure jitsi-meet-web-config",
        )


def as_served(text: str) -> str:
    """The script with each SSI directive replaced as nginx does where no variable is set."""
    return _DIRECTIVE.sub(lambda match: _value(match[1], match[2]), text)


def _value(command: str, parameters: str) -> str:
    default = _DEFAULT.search(parameters) if command == "echo" else None
    return (default[1] or default[2] or "") if default is not None else ""


def _broken_as_served(file: SourceFile) -> int:
    """The first line that is no JavaScript as it is served, 0 where all is."""
    from jitsi_tui.configs import syntax  # noqa: PLC0415 - loads the parsers
    from jitsi_tui.configs.document import decode  # noqa: PLC0415

    text = decode(file.data)
    if not _DIRECTIVE.search(text):
        return 0
    error = next(syntax.errors(syntax.parse("javascript", as_served(text)).root), None)
    return 0 if error is None else error.start_point.row + 1


@rule(
    "ssi-off",
    "error",
    "config.js has SSI directives, and nginx does not replace them.",
    "Browsers get them as they stand, so rooms have impossible names and nobody can join.",
)
def ssi_off(s: Subject) -> Iterator[Found]:
    file = known(s.instance.meet)
    nginx = s.instance.service("nginx")
    if file is None or not s.pages or nginx is None or nginx.state == "absent":
        return
    main = known(s.instance.nginx)
    if main is None or any(_SSI_ON.search(one) for one in (main.text, *s.pages.values())):
        return
    if any(_INCLUDES.search(site) for site in s.pages.values()):
        return  # it may stand in a file that was not read
    number = _first_unguarded(file.text)
    if number:
        first = next(iter(s.pages))
        yield Found(
            "nginx serves config.js with its SSI directives unreplaced: nobody can join",
            f"{file.real}:{number}; {first} has no ssi on",
            f"put `ssi on; ssi_types application/javascript;` into {first} and reload nginx",
        )


def _first_unguarded(script: str) -> int:
    """The first line with a directive that the script itself does not catch where it stays, else 0.

    Since 2022 it makes such variables empty: ``if (subdomain.startsWith('<!--'))``.
    """
    for number, line in enumerate(script.splitlines(), 1):
        if not _DIRECTIVE.search(line) or line.lstrip().startswith("//"):
            continue
        held = _HELD.search(line)
        if held is None or f"{held[1]}.startsWith('<!--" not in script:
            return number
    return 0


@rule(
    "config-js-elsewhere",
    "warning",
    "The web server serves another config.js than the one in /etc/jitsi/meet.",
    "What is changed in that file never reaches a browser.",
)
def config_js_elsewhere(s: Subject) -> Iterator[Found]:
    file = known(s.instance.meet)
    if file is None:
        return
    for site, part in s.sites.items():
        served = set(config_js_of(part))
        if served and not served & {file.path, file.real}:
            yield Found(
                f"The web server does not serve {file.real}",
                f"{site} serves {', '.join(sorted(served))}",
                f"let alias name {file.real}, and reload the web server",
            )


_SERVER = re.compile(r"(?:(?:https?|wss?):)?//([a-z0-9.-]+)")


@rule(
    "config-js-hosts",
    "error",
    "config.js names a domain that Prosody does not have, or another server.",
    "Browsers log in, or look for rooms, where nobody answers.",
)
def config_js_hosts(s: Subject) -> Iterator[Found]:
    if s.domain not in s.hosts or s.meet_path in s.now.problems:
        return
    for key, what in (("domain", "log in on"), ("muc", "look for rooms on")):
        named = s.meet_words("hosts", key)
        if named and named not in s.hosts:
            yield Found(
                f"Browsers {what} {named}, which Prosody does not have",
                f"{s.meet_at('hosts', key)}: hosts.{key}",
                f"let hosts.domain name {s.domain}"
                if key == "domain"
                else f'give Prosody Component "{named}" "muc", or let hosts.muc name the one it'
                " has",
            )
    for key in ("bosh", "websocket"):
        found = _SERVER.match(s.meet_words(key))
        server = found[1] if found is not None else s.domain
        sites = b" ".join(site.data.lower() for site in s.instance.web.values())
        if server != s.domain and sites and server.encode() not in sites:
            yield Found(
                f"Browsers look for Prosody at {server}, not at {s.domain}",
                f"{s.meet_at(key)}: {key}",
                f"let {key} name {s.domain}, unless Prosody is meant to be reached over there",
                "warning",
            )


@rule(
    "bosh-proxy",
    "error",
    "The web server does not hand /http-bind on to Prosody.",
    "That is how browsers log in: nobody gets in, though all services run.",
)
def bosh_proxy(s: Subject) -> Iterator[Found]:
    if not s.pages or any(_INCLUDES.search(part) for part in s.pages.values()):
        return
    backends = {path: bosh_backends(part) for path, part in s.pages.items()}
    if not any(backends.values()):
        by_websocket = s.meet_words("websocket") and any(map(_WEBSOCKET.search, s.pages.values()))
        first = next(iter(s.pages))
        means = "who can't use websockets does not get in" if by_websocket else "nobody can log in"
        yield Found(
            f"The web server does not hand /http-bind on to Prosody: {means}",
            f"{first} has no location for /http-bind",
            f"put one there, with proxy_pass http://127.0.0.1:{s.instance.prosody.http_port}"
            "/http-bind, and reload the web server",
            "warning" if by_websocket else None,
        )
    prosody = s.instance.service("prosody")
    if prosody is None or prosody.state != "running":
        return
    for path, servers in backends.items():
        lost = [server for server in servers if not _answers(server, s.instance.listeners)]
        if lost and len(lost) == len(servers):
            yield Found(
                f"The web server looks for Prosody at {lost[0]}, where nothing listens",
                f"{path}: /http-bind goes to {', '.join(lost)}; Prosody's port is"
                f" {s.instance.prosody.http_port}",
                f"let it go to 127.0.0.1:{s.instance.prosody.http_port}, and reload the web server",
            )


_HERE = {
    "127.0.0.1": ("127.0.0.1", "0.0.0.0"),  # noqa: S104 - what others listen on
    "[::1]": ("::1", "::"),
    "localhost": ("127.0.0.1", "0.0.0.0", "::1", "::"),  # noqa: S104
}


def _answers(server: str, listeners: tuple[tuple[str, int], ...]) -> bool:
    """Whether something listens there, as far as it is this machine."""
    host, _, port = server.rpartition(":")
    wanted = whole(port)
    if host not in _HERE or wanted is None:
        return True
    # One that listens on :: takes IPv4 too, unless told otherwise.
    return any(
        number == wanted and address in (*_HERE[host], "::") for address, number in listeners
    )


@rule(
    "web-files-broken",
    "error",
    "The web server can't read its own files, or use its certificate.",
    "It goes on with the old ones until it is restarted, and then the page is gone.",
)
def web_files_broken(s: Subject) -> Iterator[Found]:
    for name, why in s.instance.web_refusals.items():
        service = s.instance.service(name)
        runs = service is not None and service.state == "running"
        then = "after its next restart the page would be gone" if runs else "so it does not start"
        test = "nginx -t" if name == "nginx" else "apache2ctl configtest"
        yield Found(
            f"{name} can't take its own files: {then}",
            why,
            f"mend what it names, look with {test}, then jitsi-tui services DEST restart {name}",
        )


RULES = tuple(_TABLE.rules)
