"""What the moderators' commands answer: values to JSON objects and to lines. Prints nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jitsi_tui import text
from jitsi_tui.commands.report import Answer, time
from jitsi_tui.instance.accounts.bulk import Preview
from jitsi_tui.instance.accounts.bulk_add import BulkResult
from jitsi_tui.instance.accounts.changes import Removals, Restored, Switches
from jitsi_tui.instance.model import KeptRemoval, Moderator, ModeratorList
from jitsi_tui.session.aftermath import Aftermath
from jitsi_tui.visible import visible

_WAYS = {"shell": "the running Prosody", "files": "Prosody's account files"}


def listed(listing: ModeratorList, *, machines: bool) -> Answer:
    """``list``."""
    data: dict[str, object] = {
        "domain": listing.domain,
        "source": listing.source,
        "moderators": [_moderator(m) for m in listing.moderators],
    }
    lines = [_line(m) for m in listing.moderators] or [f"No accounts on {listing.domain} yet."]
    lines.append(f"Read from {_WAYS[listing.source]}.")
    if machines:
        data["machines"] = list(listing.machines)
        lines += [
            "Machines, not people; they are never changed here:",
            *(f"  {jid}" for jid in listing.machines),
        ]
    return Answer(data, tuple(map(visible, lines)))


def _moderator(m: Moderator) -> dict[str, object]:
    return {
        "name": m.name,
        "jid": m.jid,
        "enabled": m.enabled,
        "created": time(m.created),
        "last_seen": time(m.last_seen),
        "connected": m.connected,
        "rooms": None if m.rooms is None else list(m.rooms),
    }


def _line(m: Moderator) -> str:
    notes = []
    if m.enabled is False:
        notes.append("disabled")
    if m.connected:
        notes.append("connected now")
    if m.rooms:
        notes.append(f"owns {', '.join(m.rooms)}")
    return f"{m.jid}  ({'; '.join(notes)})" if notes else m.jid


def removed(
    removals: Removals, after: Aftermath | None, days: int, warnings: Sequence[str]
) -> Answer:
    """``remove``: exit 1 where somebody was not there, or is there still."""
    accounts = removals.accounts
    data = {
        "removed": list(removals.went),
        "missing": [r.name for r in accounts if not r.existed],
        "failed": [r.name for r in accounts if r.existed and not r.gone],
        "connections_closed": _total(r.closed for r in accounts),
        "left": list(removals.left),
        "stopped": removals.stopped or None,
        "undo": removals.kept,
        "warnings": list(warnings),
        **_after(after),
    }
    lines = []
    for removal in accounts:
        if not removal.existed:
            lines.append(f"○ {removal.name} was not there")
        elif removal.gone:
            lines.append(f"● {removal.name} is removed{_closed(removal.closed)}")
        else:
            lines.append(f"✖ {removal.name} is still there: {removal.said}")
    lines += _left(removals.left, "removed", removals.stopped)
    if removals.kept:
        kept = f"  For {text.count(days, 'day')} it can be undone: restore --id {removals.kept}"
        lines.append(kept)
    elif data["removed"]:
        lines.append("▲ It can't be undone: these accounts do not lie in files")
    lines += [f"▲ {warning}" for warning in warnings]
    lines += after.lines() if after else ()
    bad = (
        data["failed"]
        or data["missing"]
        or removals.stopped
        or (after is not None and after.problem)
    )
    return Answer(data, tuple(map(visible, lines)), 1 if bad else 0)


def switched(
    switches: Switches,
    after: Aftermath | None,
    *,
    enabled: bool,
    warnings: Sequence[str] = (),
) -> Answer:
    """``disable`` and ``enable``: exit 1 where it did not work for somebody."""
    word = "enabled" if enabled else "disabled"
    done = switches.accounts
    data: dict[str, object] = {
        word: [s.name for s in done if s.done],
        "failed": [s.name for s in done if not s.done],
        "left": list(switches.left),
        "stopped": switches.stopped or None,
        "warnings": list(warnings),
    }
    if not enabled:
        data |= {"connections_closed": _total(s.closed for s in done), **_after(after)}
    lines = [
        f"● {s.name} is {word}{_closed(s.closed)}" if s.done else f"✖ {s.name}: {s.said}"
        for s in done
    ]
    lines += _left(switches.left, word, switches.stopped)
    lines += [f"▲ {warning}" for warning in warnings]
    lines += after.lines() if after else ()
    bad = bool(data["failed"] or switches.stopped) or (after is not None and bool(after.problem))
    return Answer(data, tuple(map(visible, lines)), 1 if bad else 0)


def _left(names: Sequence[str], done: str, why: str) -> list[str]:
    """Who was not reached, and why."""
    if not why:
        return []
    return [f"▲ {len(names)} not {done} ({why}): run it again to go on"]


def _after(after: Aftermath | None) -> dict[str, object]:
    return after.data() if after else {"may_open_until": None, "jicofo_restarted": False}


def _total(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _closed(count: int | None) -> str:
    if count is None:
        return "; its open connections can't be closed by this Prosody, and end by themselves"
    return f"; {text.count(count, 'open connection')} closed" if count else ""


def kept_removals(found: Sequence[KeptRemoval], domain: str) -> Answer:
    """``restore --list``."""
    data = {
        "domain": domain,
        "removals": [
            {"id": r.id, "time": time(r.time), "who": r.who, "names": list(r.names)} for r in found
        ],
    }
    lines = [f"{r.id}  {r.who}  {', '.join(r.names)}" for r in found]
    return Answer(data, tuple(map(visible, lines or ["No removal is kept that could be undone."])))


def restored(done: Sequence[Restored], domain: str) -> Answer:
    """``restore``: exit 1 where somebody could not be brought back."""
    words = {
        "done": "● {} is back, with the password of then",
        "exists": "✖ {} exists already: remove that account first",
        "missing": "✖ {} is not kept any more",
    }
    data = {
        "domain": domain,
        "restored": [r.name for r in done if r.state == "done"],
        "failed": [r.name for r in done if r.state != "done"],
    }
    failed = "✖ {} could not be brought back: {}"
    lines = [words.get(r.state, failed).format(r.name, r.said) for r in done]
    return Answer(data, tuple(map(visible, lines)), 1 if data["failed"] else 0)


def preview(found: Preview) -> dict[str, object]:
    """What a list would make, line by line."""
    return {
        "lines": [
            {
                "line": e.line,
                "given": e.given,
                "name": e.name or None,
                "password": "given" if e.password is not None else "generated",
                "problem": e.problem or None,
                "exists": e.exists,
            }
            for e in found.entries
        ],
        "to_add": len(found.good),
        "wrong": len(found.wrong),
        "existing": len(found.existing),
    }


def preview_lines(found: Preview) -> list[str]:
    """The same for people: what is wrong first, then how many are good."""
    lines = [f"✖ line {e.line}: {e.problem}" for e in found.wrong[:50]]
    if len(found.wrong) > 50:
        lines.append(f"  and {len(found.wrong) - 50} more wrong lines")
    lines += [f"○ line {e.line}: {e.name} exists, and stays as it is" for e in found.existing[:20]]
    if len(found.existing) > 20:
        lines.append(f"  and {len(found.existing) - 20} more that exist")
    lines.append(f"● {found.to_add}")
    return lines


def bulk(result: BulkResult, domain: str, to: str | None) -> Answer:
    """``add --from``: exit 1 where something is not as wanted."""
    show = to is None
    data: dict[str, object] = {
        "domain": domain,
        "made": [
            {
                "jid": f"{m.name}@{domain}",
                **({"password": m.password.reveal()} if show and m.generated else {}),
            }
            for m in result.made
        ],
        "existing": list(result.existing),
        "failed": [{"name": name, "why": why} for name, why in result.failed],
        "left": list(result.left),
        "stopped": result.stopped or None,
        "file": to,
    }
    lines = []
    if show:
        width = max((len(m.name) for m in result.made), default=0)
        lines += [f"{m.name:<{width}}  {m.password.reveal()}" for m in result.made if m.generated]
    lines.append(f"● {text.count(len(result.made), 'account')} made")
    lines += [f"✖ {name}: {why}" for name, why in result.failed]
    if result.existing:
        lines.append(f"○ {len(result.existing)} existed already and stay as they are")
    if result.left:
        lines.append(f"▲ {len(result.left)} not made ({result.stopped}): run it again to go on")
    if result.unwritten:
        lines.append(f"✖ {result.unwritten}: all passphrases are shown here")
    if to is not None:
        lines.append(f"  Passphrases are in {to} (0600)")
    bad = result.failed or result.left or result.stopped
    return Answer(data, tuple(map(visible, lines)), 1 if bad else 0)
