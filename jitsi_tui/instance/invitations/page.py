"""The page that redeems an invitation: one file, with a policy that lets nothing else run in it."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from jitsi_tui import resources


@cache
def page() -> bytes:
    """The page as it lies on a server.

    Its Content-Security-Policy names script and style by their hashes, and lets the script ask the
    server it came from alone.
    """
    text = resources.page_part("invite.html")
    for name, part in (("STYLE", "invite.css"), ("SCRIPT", "invite.js")):
        inner = resources.page_part(part)
        text = text.replace(f"@{name}-HASH@", _hash(inner)).replace(f"@{name}@", inner)
    return text.encode()


def blocked_by(policy: str) -> bool:
    """Whether a Content-Security-Policy of a web server keeps the page's script from running.

    What a server demands counts beside what the page demands of itself.
    """
    rules: dict[str, list[str]] = {}
    for directive in policy.split(";"):
        name, *sources = directive.split()[:100] or [""]
        rules.setdefault(name.lower(), sources)
    allowed = rules.get("script-src", rules.get("default-src"))
    if allowed is None:
        return False
    own = _hash(resources.page_part("invite.js"))
    strict = any(source.startswith(("'sha", "'nonce-")) for source in allowed)
    return own not in allowed and ("'unsafe-inline'" not in allowed or strict)


def _hash(inner: str) -> str:
    digest = hashlib.sha256(inner.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
