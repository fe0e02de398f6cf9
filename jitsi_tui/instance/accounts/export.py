"""The list of moderators as CSV, for spreadsheets: without secrets, and harmless to open."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

from ..model import ModeratorList

HEADING = ("name", "address", "enabled", "changed", "last seen")
_COMPUTED = ("=", "+", "-", "@", "\t", "\r")


def as_csv(listing: ModeratorList) -> str:
    """One line an account below a heading; times are ISO 8601 UTC, unknown is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADING)
    for moderator in listing.moderators:
        enabled = {True: "yes", False: "no", None: ""}[moderator.enabled]
        row = (
            moderator.name,
            moderator.jid,
            enabled,
            _time(moderator.created),
            _time(moderator.last_seen),
        )
        writer.writerow([harmless(cell) for cell in row])
    return out.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (an apostrophe before it says: text)."""
    return f"'{cell}" if cell.startswith(_COMPUTED) else cell


def _time(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
