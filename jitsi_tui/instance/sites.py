"""Sites of a web server as text: what one of them shows for a domain, and where it hands things on.

nginx takes line ends for spaces and Apache does not: nginx' words are looked for after any ``{``,
``}`` or ``;`` too.
"""

from __future__ import annotations

import re

_COMMENT = re.compile(r"(?m)^\s*#.*$|\s#\s.*$")
_NGINX = re.compile(r"(?m)(?:^|(?<=[;{}]))\s*server\s*\{")
_APACHE = re.compile(r"(?is)<VirtualHost\b[^>]*>(.*?)</VirtualHost>")
_NAMES = re.compile(r"(?im)(?:^|[;{}])\s*(?:server_name|ServerName|ServerAlias)\s+([^;\n]+)")
_PATHS = re.compile(r'(?im)(?:^|[;{}])\s*(?:ssl_certificate|SSLCertificateFile)\s+"?([^\s;"]+)')


def certificates_for(text: str, domain: str) -> tuple[str, ...]:
    """The certificate files that a site's file names for ``domain``, best first.

    Those of its own servers; where none names it, those that servers without a name show.
    """
    around, own, nameless = _servers(text, domain)
    inherited = _PATHS.findall(around)
    if own:
        return tuple([path for server in own for path in _PATHS.findall(server)] or inherited)
    return tuple([path for server in nameless for path in _PATHS.findall(server)] + inherited)


def part_for(text: str, domain: str) -> str:
    """What of a site's file is about ``domain``: its servers and what stands around them.

    Empty where all servers have other names. Without comments.
    """
    around, own, nameless = _servers(text, domain)
    chosen = own or nameless
    if not chosen and _split(_COMMENT.sub("", text))[1]:
        return ""
    return "\n".join([around, *chosen])


def _servers(text: str, domain: str) -> tuple[str, list[str], list[str]]:
    """What stands around the servers, those that name a domain, and those without a name."""
    around, servers = _split(_COMMENT.sub("", text))
    own = [server for server in servers if _serves(server, domain)]
    return around, own, [server for server in servers if not _names(server)]


def _split(text: str) -> tuple[str, list[str]]:
    """What stands around the servers, and each server."""
    servers = _APACHE.findall(text)
    around = _APACHE.sub("", text)
    rest = []
    at = 0
    for found in _NGINX.finditer(around):
        if found.start() < at:
            continue
        end = _end(around, found.end())
        rest.append(around[at : found.start()])
        servers.append(around[found.end() : end])
        at = end
    return "".join([*rest, around[at:]]), servers


def _end(text: str, at: int) -> int:
    """Where the block ends whose brace was opened before ``at``."""
    depth = 1
    for found in re.finditer(r"[{}]", text[at:]):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return at + found.end()
    return len(text)


def _names(server: str) -> set[str]:
    words = (word for line in _NAMES.findall(server) for word in line.lower().split())
    return {_host_of(word.strip("\"'")) for word in words} - {"_", ""}


def _host_of(name: str) -> str:
    """Apache's ServerName may say a scheme and a port too."""
    return re.sub(r"\A[a-z]+://|:\d+\Z", "", name)


def _serves(server: str, domain: str) -> bool:
    for name in _names(server):
        if name == domain or (name.startswith("*.") and domain.endswith(name[1:])):
            return True
        if name.startswith(".") and f".{domain}".endswith(name):
            return True
    return False


_ALIAS = re.compile(
    r'(?m)(?:^|[;{}])\s*(?:alias|set\s+\$config_js_location)\s+"?(/[^\s;"]*config\.js)"?\s*;'
)
_APACHE_ALIAS = re.compile(
    r'(?im)^\s*Alias(?:Match)?\s+"?\^?/\S*config\\?\.js\$?"?\s+"?(/[^\s"]*config\.js)'
)


def config_js_of(part: str) -> tuple[str, ...]:
    """The files that a site shows as ``/config.js``, as far as it names them."""
    return tuple(dict.fromkeys([*_ALIAS.findall(part), *_APACHE_ALIAS.findall(part)]))


_LOG = re.compile(r"""(?m)(?:^|[;{}])\s*(access_log|error_log)\s+("[^"\n]*"|'[^'\n]*'|[^\s;"']+)""")
_LOG_NAMES = {"error_log": "nginx", "access_log": "nginx.access"}
_ITS_NAME = re.compile(r"\$(?:host|http_host|server_name|ssl_server_name)\b")
_SECURE = re.compile(r"(?m)(?:^|[;{}])\s*(?:listen\s[^;]*\bssl\b|ssl_certificate\s)")
_PREFIX = "/usr/share/nginx/"
"""Of Debian's nginx: paths that don't begin with a slash lie there."""


def logs_for(text: str, domain: str) -> dict[str, str]:
    """Log source to file, as a file of nginx names them for ``domain``; empty: the journal.

    Of its servers those count first that speak TLS; what holds for a location alone does not.
    """
    around, own, _ = _servers(re.sub(r"\$\{(\w+)\}", r"$\1", text), domain)
    secure = [server for server in own if _SECURE.search(server)]
    found: dict[str, str] = {}
    for part in (around, *own, *secure):
        found |= _logs_in(part if part is around else _outside(part), domain)
    return found


def _logs_in(part: str, domain: str) -> dict[str, str]:
    """The last file of each."""
    found: dict[str, str] = {}
    for what, word in _LOG.findall(part):
        path = _ITS_NAME.sub(domain, word.strip("\"'"))
        if path == "off":
            continue
        if path == "stderr" or path.startswith("syslog:"):
            path = ""
        elif not path.startswith("/"):
            path = _PREFIX + path
        name = _LOG_NAMES[what]
        found[name] = path or found.get(name, path)
    return found


def _outside(server: str) -> str:
    """A server without the blocks in it."""
    kept, at = [], 0
    while (begin := server.find("{", at)) >= 0:
        kept.append(server[at : begin + 1])
        at = _end(server, begin + 1)
    return "".join([*kept, server[at:]])


_HANDED_ON = re.compile(r"(?m)(?:^|[;{}])\s*location\s[^{};]*http-bind[^{};]*\{")
_ALL = re.compile(r"(?m)(?:^|[;{}])\s*location\s+(?:\^~\s*)?/\s*\{")
_PASS = re.compile(r'(?m)(?:^|[;{}])\s*proxy_pass\s+"?(?:https?://)?([^/;\s"]+)')
_MAP = re.compile(r"(?m)(?:^|[;{}])\s*map\s+\S+\s+(\$\w+)\s*\{[^}]*?\bdefault\s+([^;\s]+)")
_SET = re.compile(r'(?m)(?:^|[;{}])\s*set\s+(\$\w+)\s+"?(?:https?://)?([^/;\s"]+)')
_APACHE_PASS = re.compile(
    r'(?im)^\s*ProxyPass(?:Match)?\s+"?\^?/http-bind\S*\s+"?https?://([^/\s"]+)'
)
_APACHE_ALL = re.compile(r'(?im)^\s*ProxyPass\s+"?/"?\s+"?https?://([^/\s"]+)')
_APACHE_PLACE = re.compile(r"(?is)<Location(?:Match)?\s[^>]*http-bind[^>]*>(.*?)</Location")
_APACHE_THERE = re.compile(r'(?im)^\s*ProxyPass\s+"?https?://([^/\s"]+)')
_APACHE_REWRITE = re.compile(
    r'(?im)^\s*RewriteRule\s+\S*http-bind\S*\s+"?https?://([^/\s"]+)\S*\s+\[[^\]]*\bP\b'
)
_UPSTREAM = re.compile(r"(?m)(?:^|[;{}])\s*upstream\s+(\S+)\s*\{([^}]*)\}")
_SERVERS = re.compile(r"(?m)(?:^|[;{])\s*server\s+([^;\s]+)")


def bosh_backends(text: str) -> tuple[str, ...]:
    """Where a site hands ``/http-bind`` on to: ``host:port``, or a name that stands elsewhere.

    Empty where it does not.
    """
    text = _COMMENT.sub("", text)
    found = _passes(text, _HANDED_ON) or _passes(text, _ALL) or _apache_backends(text)
    known = {**dict(_SET.findall(text)), **dict(_MAP.findall(text))}
    found = [known.get(name, name) for name in found]
    named = {name: _SERVERS.findall(servers) for name, servers in _UPSTREAM.findall(text)}
    return tuple(server for name in found for server in named.get(name, [name]))


def _passes(text: str, location: re.Pattern[str]) -> list[str]:
    """Where such locations of nginx' hand on to."""
    return [
        name
        for found in location.finditer(text)
        for name in _PASS.findall("{" + text[found.end() : _end(text, found.end())])
    ]


def _apache_backends(text: str) -> list[str]:
    placed = [name for body in _APACHE_PLACE.findall(text) for name in _APACHE_THERE.findall(body)]
    own = [*_APACHE_PASS.findall(text), *placed, *_APACHE_REWRITE.findall(text)]
    return own or _APACHE_ALL.findall(text)
