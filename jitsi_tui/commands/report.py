"""What commands answer: values to JSON objects and to lines of text. Prints nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jitsi_tui import text
from jitsi_tui.instance import known_lines
from jitsi_tui.instance.mending import mend_of
from jitsi_tui.instance.model import (
    Applied,
    Backup,
    Ending,
    Fact,
    FileChange,
    LoggedLine,
    Plan,
    Service,
    SourceFile,
    Verdict,
    known,
)
from jitsi_tui.visible import visible

if TYPE_CHECKING:
    from jitsi_tui.instance.calls import Calls
    from jitsi_tui.instance.transaction.apply import Pruned
    from jitsi_tui.instance.transaction.pruning import Pruning
    from jitsi_tui.session.look import Look

Json = Mapping[str, object]


@dataclass(frozen=True)
class Answer:
    """A command's answer in both forms, and its exit code."""

    data: Json
    lines: tuple[str, ...]
    exit: int = 0


def time(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, as all our JSON has it."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def error(kind: str, message: str, hint: str) -> Json:
    """The object that stands on standard error with ``--json``."""
    return {"error": {"kind": kind, "message": message, "hint": hint}}


def status(destination: str, look: Look) -> Answer:
    """``status``: exit 1 where a finding is an error."""
    instance, verdict, now = look.instance, look.verdict, look.settings
    data: Json = {
        "destination": destination,
        "domain": instance.domain,
        "posture": look.posture,
        "guests": now.guests,
        "guest_domain": now.guest_domain,
        "prosody": {
            "version": known(instance.prosody.version),
            "file": now.main_file,
            "authentication": now.main_authentication,
            "guest_authentication": now.guest_authentication,
        },
        "meet": {"file": _file(instance.meet), "anonymousdomain": now.anonymousdomain},
        "jicofo": {
            "file": _file(
                instance.jicofo.properties
                if now.jicofo_dialect == "properties"
                else instance.jicofo.hocon
            ),
            "dialect": now.jicofo_dialect,
            "enabled": now.jicofo_enabled,
            "type": now.jicofo_type,
            "login_url": now.jicofo_login_url,
            "running": verdict.authority if verdict else instance.jicofo.logged_authority,
        },
        "probe": probe(verdict),
        "services": [service(s) for s in instance.services],
        "moderators": known(instance.accounts),
        "findings": [
            {
                "id": f.id,
                "severity": f.severity,
                "message": f.message,
                "evidence": f.evidence,
                "fix": f.fix,
                "mendable": mend_of(f) is not None,
            }
            for f in look.findings
        ],
        "log_lines": [_logged(line, instance.taken) for line in instance.logged],
    }
    bad = any(f.severity == "error" for f in look.findings)
    return Answer(data, tuple(_status_lines(destination, look)), 1 if bad else 0)


def _logged(line: LoggedLine, now: datetime) -> Json:
    """A known line of a log, explained beside its last record."""
    known_line = known_lines.BY_ID[line.id]
    return {
        "id": line.id,
        "source": line.source,
        "file": line.path,
        "count": line.count,
        "minutes": round(line.minutes(now), 1),
        "first": time(line.first),
        "last": time(line.last),
        "record": line.record,
        "message": known_line.says,
        "why": known_line.why,
        "todo": known_line.todo,
    }


def _status_lines(destination: str, look: Look) -> list[str]:
    instance, verdict = look.instance, look.verdict
    headline, why = text.posture_sentence(look.posture, instance, verdict)
    tone = text.mark(text.POSTURE_TONES[look.posture])
    lines = [f"{tone} {headline}", *(f"  {line}" for line in why), ""]
    for each in instance.services:
        if each.state != "absent":
            tone = text.mark(text.service_tone(each))
            lines.append(f"{tone} {each.name:<20} {text.service_state(each, instance.taken)}")
    if look.findings:
        lines += ["", text.findings_summary(look.findings)]
    for finding in look.findings:
        lines.append(f"{text.mark(text.SEVERITY_TONES[finding.severity])} {finding.message}")
        lines += [f"  {line}" for line in (finding.evidence, finding.fix) if line]
    mendable = [f for f in look.findings if f.severity != "info" and mend_of(f) is not None]
    if mendable:
        these = text.count(len(mendable), "of these is", "of these are")
        lines += [
            "",
            f"{these} mended by: jitsi-tui mend {destination} (it shows the change first)",
        ]
    return [visible(line) for line in lines]


def probe(verdict: Verdict | None) -> Json | None:
    """The proof, as JSON has it; ``None`` where the server was not asked or did not answer."""
    if verdict is None or known(verdict.main) is None:
        return None
    guest = known(verdict.guest)
    return {
        "main": list(known(verdict.main) or ()),
        "guest": None if guest is None else list(guest),
        "strangers_log_in": verdict.strangers_log_in,
        "strangers_open_rooms": verdict.strangers_open_rooms,
    }


def service(each: Service) -> Json:
    """One service, as JSON has it."""
    return {
        "name": each.name,
        "state": each.state,
        "pid": each.pid,
        "since": time(each.since),
    }


def services(found: tuple[Service, ...], now: datetime) -> Answer:
    """``services``."""
    lines = [
        f"{text.mark(text.service_tone(s))} {s.name:<20} {text.service_state(s, now)}"
        for s in found
    ]
    return Answer({"services": [service(s) for s in found]}, tuple(map(visible, lines)))


def plan(planned: Plan, *, show_secrets: bool, calls: Calls | None = None) -> Answer:
    """A plan before it runs: what ``--dry-run`` shows and what is asked about.

    ``calls`` are the meetings that run now, where its restarts would be felt in them.
    """
    diffs = [
        {"file": change.path, "diff": diff(change, masked=not show_secrets), **_mode(change)}
        for change in planned.changes
    ]
    data: Json = {
        "changes": diffs,
        "restarts": [*planned.restarts, *planned.starts],
        "warnings": list(planned.warnings),
        "conferences": calls.conferences if calls else None,
        "participants": calls.participants if calls else None,
    }
    if planned.empty:
        return Answer(data, (visible(f"Nothing is to do: {planned.reason}."),))
    lines = [f"{planned.summary}", ""]
    for change, entry in zip(planned.changes, diffs, strict=True):
        lines += _diff_lines(change, entry["diff"], whole=show_secrets)
        if "mode" in entry:
            lines.append(f"{entry['file']}: mode {entry['mode_before']} becomes {entry['mode']}")
    restarts = ", ".join(planned.restarts) or "nothing"
    lines += ["", f"Restarts: {restarts}."]
    lines += [f"Starts: {', '.join(planned.starts)}."] if planned.starts else []
    if planned.restarts:
        tone, whom = text.whom_it_hits(planned.restarts, calls)
        lines.append(f"{text.mark(tone)} {whom[:1].upper()}{whom[1:]}.")
    lines += [f"▲ {warning}" for warning in planned.warnings]
    return Answer(data, tuple(visible(line) for line in lines))


def _mode(change: FileChange) -> dict[str, str]:
    """The permission bits, where they change."""
    if change.mode_before is None or change.mode_after is None:
        return {}
    return {"mode_before": f"{change.mode_before:04o}", "mode": f"{change.mode_after:04o}"}


def applied(
    planned: Plan, result: Applied, *, show_secrets: bool, calls: Calls | None = None
) -> Answer:
    """How an apply ended. Exit 0, 1 (refused), 4 (rolled back) or 5 (could not)."""
    data: Json = {
        **plan(planned, show_secrets=show_secrets, calls=calls).data,
        "applied": result.ending is Ending.APPLIED,
        "rolled_back": result.ending is Ending.ROLLED_BACK,
        "backup": result.backup,
        "probe": probe(result.verdict),
        "steps": [
            {"name": s.name, "seconds": s.seconds} for s in result.steps if s.seconds is not None
        ],
    }
    code = {
        Ending.APPLIED: 0,
        Ending.NOTHING: 0,
        Ending.REFUSED: 1,
        Ending.ROLLED_BACK: 4,
        Ending.BROKEN: 5,
    }[result.ending]
    lines = []
    if result.ending is Ending.APPLIED:
        lines.append(f"● {text.proof_sentence(result.verdict)}")
        if result.backup:
            lines.append(f"  Undo it with: jitsi-tui undo DEST {result.backup}")
    return Answer(data, tuple(visible(line) for line in lines), code)


def backups(found: tuple[Backup, ...]) -> Answer:
    """``undo --list``."""
    data: Json = {
        "backups": [
            {
                "id": b.id,
                "time": time(b.time),
                "who": b.who,
                "what": b.what,
                "files": [entry.path for entry in b.files],
                "proof": b.proof,
            }
            for b in found
        ]
    }
    lines = [f"{b.id}  {b.who}  {b.what}  [{b.state}]" for b in found]
    return Answer(data, tuple(map(visible, lines or ["No backups: nothing was changed by us."])))


def edited(edits: tuple[FileChange, ...], *, show_secrets: bool) -> Answer:
    """An undo that was refused: what was edited since in each file. Exit 1."""
    diffs = [{"file": e.path, "diff": diff(e, masked=not show_secrets)} for e in edits]
    lines = ["Edited since, and lost if it were undone:", ""]
    for entry in diffs:
        lines += entry["diff"].splitlines()
    return Answer({"edits": diffs}, tuple(visible(line) for line in lines), 1)


def pruning(found: Pruning, keep: int) -> Answer:
    """``undo --prune`` before anything is deleted: what ``--dry-run`` shows and what is asked."""
    data: Json = {
        "prune": [backup.id for backup in found.gone],
        "keep": [backup.id for backup in found.kept],
    }
    lines = [f"{b.id}  {b.who}  {b.what}  [{b.state}]" for b in found.gone]
    if found.gone:
        many = text.count(len(found.gone), "backup")
        lines = [f"{many} would go; {_undoable(len(found.gone))}:", *lines]
    else:
        lines = [f"Nothing is to do: there are no backups beyond the newest {keep} to delete."]
    lines += [f"▲ {backup.id} stays: {why}" for backup, why in found.held]
    return Answer(data, tuple(map(visible, lines)))


def _undoable(number: int) -> str:
    return "its change can't be undone then" if number == 1 else "these can't be undone then"


def pruned(found: Pruning, done: Pruned) -> Answer:
    """What ``undo --prune`` deleted. Exit 1 where one could not go."""
    data: Json = {
        **pruning(found, 0).data,
        "pruned": list(done.gone),
        "failed": list(done.stayed),
        "freed": done.freed,
    }
    many = text.count(len(done.gone), "backup")
    lines = [f"● {many} deleted, {text.size(done.freed)} freed"]
    lines += [f"✖ {identifier} stays: {why}" for identifier, why in done.stayed.items()]
    return Answer(data, tuple(map(visible, lines)), 1 if done.stayed else 0)


def _file(fact: Fact[SourceFile]) -> str | None:
    file = known(fact)
    return None if file is None else file.real


def diff(change: FileChange, *, masked: bool) -> str:
    """The unified diff of one file, its secrets hidden or as they are."""
    from jitsi_tui.configs import document  # noqa: PLC0415 - loaded when there is a plan

    shown = document.unified_diff(
        change.path, document.decode(change.before), document.decode(change.after)
    )
    return document.mask_secrets(shown) if masked and not change.public else shown


def _diff_lines(change: FileChange, shown: str, *, whole: bool) -> list[str]:
    """The diff for people: a page that comes or goes as a whole would bury all the rest."""
    lines = shown.splitlines()
    if whole or not change.public or not (change.created or change.removed):
        return lines
    sign = "+" if change.created else "-"
    return [*lines[:3], f"{sign} … {len(lines) - 3} lines; all of them with --show-secrets"]
