"""Whether the people who log in have accounts of Prosody's own, which we can change. Pure."""

from __future__ import annotations

from ..model import RefusedError
from ..posture import Settings

_PROSODYS_OWN = "internal"
"""How Prosody's names of such methods begin: internal_hashed, internal_plain."""


def refuse_foreign(domain: str, now: Settings) -> None:
    """Raises ``RefusedError`` where people log in by something that keeps its own accounts."""
    method = now.main_authentication
    if method is None or now.open or method.startswith(_PROSODYS_OWN):
        return
    if now.token:
        raise RefusedError(
            f"{domain} lets people in by token: it has no accounts",
            "tokens are made by whoever keeps their secret",
        )
    raise RefusedError(
        f"{domain} lets people in by {method}: their accounts are not Prosody's",
        "look at them and change them where they are kept",
    )


def refuse_changes(domain: str, now: Settings) -> None:
    """Raises ``RefusedError`` where there are no accounts to change, also on an open server."""
    if now.open:
        raise RefusedError(
            f"{domain} is open: it knows no accounts yet", "close it first: jitsi-tui secure DEST"
        )
    refuse_foreign(domain, now)
