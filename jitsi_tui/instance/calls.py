"""How many meetings run, and whom a restart would hit: asked of Jicofo and of the videobridge.

Both are asked on the server itself, by ``apply.pl``: that needs no forwarding, and the transaction
counts the same way once more before it replaces anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from jitsi_tui.ssh.command import Command, Root
from jitsi_tui.ssh.host import Host

from . import wire
from .layout import Layout
from .model import InstanceError, Plan

EVERY = 3
"""Seconds between two counts while somebody waits for the last meeting to end."""

_HIT = frozenset({"prosody", "jicofo", "jitsi-videobridge2"})
_MOST = 10**7


class CountError(InstanceError):
    """How many meetings run can't be had."""

    kind = "uncounted"


@dataclass(frozen=True)
class Count:
    """What one of the two said."""

    name: str
    """``jicofo`` or ``jitsi-videobridge2``."""

    state: str
    """As a service's: only a ``running`` one was asked."""

    conferences: int | None
    participants: int | None
    why: str = ""
    """Why there is no count."""


@dataclass(frozen=True)
class Calls:
    """Meetings on a server at one moment."""

    counts: tuple[Count, ...]

    @property
    def conferences(self) -> int | None:
        """The larger of the two counts; ``None`` where none can be had."""
        if self.doubt and not self._known("conferences"):
            return None
        return max(self._known("conferences"), default=0)

    @property
    def participants(self) -> int | None:
        """People in them; ``None`` where that can't be had."""
        known = self._known("participants")
        if not known and (self.doubt or self.conferences):
            return None
        return max(known, default=0)

    @property
    def idle(self) -> bool | None:
        """Whether nobody is in a meeting. Without a running Jicofo nobody gets into one."""
        if any(self._known("conferences")):
            return False
        return None if self.doubt else True

    @property
    def doubt(self) -> str:
        """Why the count can't be had; Jicofo's alone is missed."""
        jicofo = next((c for c in self.counts if c.name == "jicofo"), None)
        if jicofo is None:
            return "the server did not say"
        missing = jicofo.state == "running" and jicofo.conferences is None
        return (jicofo.why or "jicofo gives no count of its meetings") if missing else ""

    def _known(self, what: str) -> list[int]:
        found = (getattr(count, what) for count in self.counts)
        return [number for number in found if number is not None]


def hits(restarts: Iterable[str]) -> bool:
    """Whether restarting these is felt by those who are in a meeting."""
    return not _HIT.isdisjoint(restarts)


def hits_meetings(plan: Plan) -> bool:
    """Whether those who are in a meeting would feel this plan."""
    return hits(plan.restarts)


def count(host: Host, layout: Layout) -> Calls:
    """Count once: one remote command. Raises ``CountError`` where our program gave no answer."""
    nonce = wire.new_nonce()
    result = host.run(_command(layout, nonce, "Count the meetings"))
    reader = Reader(nonce)
    found = reader.feed(result.stdout)
    if not found:
        said = result.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise CountError(
            f"how many meetings run can't be had{': ' + said[0][:200] if said else ''}",
            "our program on the server needs perl (package perl-base)",
        )
    return found[-1]


def watching(layout: Layout, nonce: str) -> Command:
    """Counts every few seconds until its input ends."""
    return _command(layout, nonce, "Wait for the last meeting to end", f"--every={EVERY}")


def _command(layout: Layout, nonce: str, title: str, *args: str) -> Command:
    """Whoever may log in may count."""
    return wire.command(layout, "calls", nonce, title, *args, root=Root.IF_POSSIBLE)


class Reader:
    """Counts, cut out of what the program prints."""

    def __init__(self, nonce: str) -> None:
        self._records = wire.Records(nonce)
        self._counts: list[Count] = []

    def feed(self, data: bytes) -> list[Calls]:
        """The counts that are complete now. Raises ``CountError`` for what it said went wrong."""
        found = []
        for fields in self._records.feed(data):
            match fields:
                case ("calls", name, state, conferences, participants, why):
                    self._counts.append(
                        Count(name, state, _number(conferences), _number(participants), why[:300])
                    )
                case ("counted", *_):
                    found.append(Calls(tuple(self._counts[:4])))
                    self._counts = []
                case ("error", why, *_):
                    raise CountError(f"how many meetings run can't be had: {why[:300]}")
        return found


def _number(text: str) -> int | None:
    good = text.isascii() and text.isdecimal() and len(text) < 9
    return min(int(text), _MOST) if good else None
