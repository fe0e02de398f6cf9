"""Sites of a web server as text: which certificates one of them shows for a domain."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"(?m)^\s*#.*$|\s#\s.*$")
_NGINX = re.compile(r"(?m)^\s*server\s*\{")
_APACHE = re.compile(r"(?is)<VirtualHost\b[^>]*>(.*?)</VirtualHost>")
_NAMES = re.compile(r"(?im)(?:^|[;{])\s*(?:server_name|ServerName|ServerAlias)\s+([^;\n]+)")
_PATHS = re.compile(r'(?im)(?:^|[;{])\s*(?:ssl_certificate|SSLCertificateFile)\s+"?([^\s;"]+)')


def certificates_for(text: str, domain: str) -> tuple[str, ...]:
    """The certificate files that a site's file names for ``domain``, best first.

    Those of its own servers; where none names it, those that servers without a name show.
    """
    text = _COMMENT.sub("", text)
    around, servers = _split(text)
    own = [server for server in servers if _serves(server, domain)]
    inherited = _PATHS.findall(around)
    if own:
        return tuple([path for server in own for path in _PATHS.findall(server)] or inherited)
    nameless = [server for server in servers if not _names(server)]
    return tuple([path for server in nameless for path in _PATHS.findall(server)] + inherited)


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
    return {word.strip("\"'") for word in words} - {"_", ""}


def _serves(server: str, domain: str) -> bool:
    for name in _names(server):
        if name == domain or (name.startswith("*.") and domain.endswith(name[1:])):
            return True
        if name.startswith(".") and f".{domain}".endswith(name):
            return True
    return False


_HANDED_ON = re.compile(r"(?m)^\s*location\s[^{\n]*http-bind[^{\n]*\{")
_PASS = re.compile(r"(?m)^\s*proxy_pass\s+https?://([^/;\s]+)")
_MAP = re.compile(r"(?m)^\s*map\s+\S+\s+(\$\w+)\s*\{[^}]*?\bdefault\s+([^;\s]+)")
_APACHE_PASS = re.compile(
    r'(?im)^\s*ProxyPass(?:Match)?\s+"?\^?/http-bind\S*\s+"?https?://([^/\s"]+)'
)
_UPSTREAM = re.compile(r"(?m)^\s*upstream\s+(\S+)\s*\{([^}]*)\}")
_SERVERS = re.compile(r"(?m)^\s*server\s+([^;\s]+)")


def bosh_backends(text: str) -> tuple[str, ...]:
    """Where a site hands ``/http-bind`` on to: ``host:port``, or a name that stands elsewhere.

    Empty where it does not.
    """
    text = _COMMENT.sub("", text)
    found = [*_APACHE_PASS.findall(text)]
    for location in _HANDED_ON.finditer(text):
        found += _PASS.findall(text[location.end() : _end(text, location.end())])
    usual = dict(_MAP.findall(text))
    found = [usual.get(name, name) for name in found]
    named = {name: _SERVERS.findall(servers) for name, servers in _UPSTREAM.findall(text)}
    return tuple(server for name in found for server in named.get(name, [name]))
