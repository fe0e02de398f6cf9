"""What people read, without Textual: harmless text, times, and the sentences about a server.

Everything here is a pure function from values to text, so that the app and the commands say the
same thing in the same words.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from jitsi_tui.instance.calls import Calls, hits
from jitsi_tui.instance.model import (
    Applied,
    Ending,
    FileChange,
    Finding,
    Instance,
    Known,
    Plan,
    Posture,
    Service,
    ServiceName,
    ServiceState,
    Severity,
    Step,
    Verdict,
    known,
)
from jitsi_tui.instance.transaction import proof
from jitsi_tui.visible import visible as visible  # noqa: PLC0414 - part of this face
from jitsi_tui.words import ago as ago  # noqa: PLC0414
from jitsi_tui.words import count as count  # noqa: PLC0414
from jitsi_tui.words import exact as exact  # noqa: PLC0414
from jitsi_tui.words import listed as listed  # noqa: PLC0414
from jitsi_tui.words import short as short  # noqa: PLC0414
from jitsi_tui.words import size as size  # noqa: PLC0414
from jitsi_tui.words import span as span  # noqa: PLC0414

Tone = Literal["good", "attention", "bad", "off"]
"""What a mark says; colour only repeats it."""

MARKS: dict[Tone, str] = {"good": "●", "attention": "▲", "bad": "✖", "off": "○"}
ASCII_MARKS: dict[Tone, str] = {"good": "*", "attention": "!", "bad": "x", "off": "o"}


def mark(tone: Tone, *, ascii_only: bool = False) -> str:
    """The one-cell mark of a tone."""
    return (ASCII_MARKS if ascii_only else MARKS)[tone]


@dataclass(frozen=True)
class Sentence:
    """An answer: what is so, whether that is good, and why, in lines below it."""

    tone: Tone
    headline: str
    why: tuple[str, ...] = ()


POSTURE_TONES: dict[Posture, Tone] = {
    "open": "bad",
    "secure": "good",
    "token": "good",
    "inconsistent": "bad",
    "unknown": "attention",
}
SEVERITY_TONES: dict[Severity, Tone] = {"error": "bad", "warning": "attention", "info": "off"}
SERVICE_NAMES: dict[ServiceName, str] = {
    "prosody": "prosody",
    "jicofo": "jicofo",
    "jitsi-videobridge2": "videobridge",
    "nginx": "nginx",
    "apache2": "apache",
}


def guests_may_join(instance: Instance, verdict: Verdict | None) -> bool | None:
    """Whether people without an account get in: as the server says, else as its files say."""
    if verdict is not None and verdict.guests_log_in is not None:
        return verdict.guests_log_in
    hosts = known(instance.prosody.effective)
    if hosts is None:
        return None
    return guest_domain(instance, verdict) is not None


def guest_domain(instance: Instance, verdict: Verdict | None) -> str | None:
    """The host on which guests log in, ``None`` where there is none."""
    if verdict is not None and verdict.guest_domain:
        return verdict.guest_domain
    for host, options in (known(instance.prosody.effective) or {}).items():
        method = str(options.get("authentication", ""))
        if host == f"guest.{instance.domain}" and method.endswith("anonymous"):
            return host
    return None


def posture_words(posture: Posture, guests: bool | None = None) -> str:
    """The posture in about three words, for one line at the top."""
    if posture == "secure":
        return "closed, guests may join" if guests else "closed to strangers"
    return {
        "open": "open to strangers",
        "token": "open by token",
        "inconsistent": "only half closed",
        "unknown": "not known yet",
    }[posture]


def posture_sentence(
    posture: Posture, instance: Instance | None, verdict: Verdict | None
) -> tuple[str, list[str]]:
    """The answer and what explains it: first in an admin's words, last the technical reason."""
    if posture == "open":
        return "Strangers can open meetings", _open_lines(verdict)
    if posture == "secure":
        return _secure(instance, verdict)
    if posture == "token":
        return "People with a token open meetings", [
            "Another system signs the tokens; who has none is turned away.",
            "Prosody asks for a token here. Accounts play no part, and jitsi-tui leaves it so.",
        ]
    if posture == "inconsistent":
        return _inconsistent(verdict)
    doubts = list(verdict.doubts) if verdict else []
    return "Who may open meetings is not known", [
        "The server did not tell us enough to be sure.",
        *[visible(doubt) for doubt in doubts[:2]],
    ]


def _open_lines(verdict: Verdict | None) -> list[str]:
    lines = ["Anyone who knows the address can start a meeting on this server."]
    if verdict is None:
        return [*lines, "So say its files; the running server was not asked."]
    parts = []
    if verdict.strangers_log_in:
        parts.append("Prosody let us in without an account")
    if verdict.authority == "off":
        parts.append("Jicofo checks nobody")
    return [*lines, f"{'; '.join(parts)}."] if parts else lines


def _secure(instance: Instance | None, verdict: Verdict | None) -> tuple[str, list[str]]:
    guests = (
        guests_may_join(instance, verdict) if instance else bool(verdict and verdict.guest_domain)
    )
    lines = [
        "Guests wait at the door until a moderator has opened the meeting, then they may join."
        if guests
        else "Everybody needs an account, also to join."
    ]
    if verdict is None:
        return "An account is needed to open a meeting", [
            *lines,
            "So say its files; the running server was not asked.",
        ]
    parts = []
    if verdict.strangers_log_in is False:
        parts.append("Prosody turned us away without an account")
    if verdict.strangers_open_rooms is False:
        parts.append("Jicofo refused a guest's new room")
    elif verdict.authority == "xmpp":
        parts.append("Jicofo checks every opener's account")
    return "An account is needed to open a meeting", [
        *lines,
        f"{'; '.join(parts)}.",
    ] if parts else lines


def _inconsistent(verdict: Verdict | None) -> tuple[str, list[str]]:
    if verdict is not None and verdict.strangers_log_in and verdict.authority == "xmpp":
        return "Strangers become moderators", [
            "Everyone is let in, and everyone who is let in counts as a moderator.",
            "Jicofo trusts the main domain, and Prosody lets anyone into it.",
        ]
    if verdict is not None and verdict.strangers_log_in is False and verdict.authority == "off":
        return "Closed at the door, open inside", [
            "The main door asks for an account, yet whoever gets in as a guest can open meetings.",
            "Prosody asks for an account; Jicofo checks nobody.",
        ]
    return "The server is only half closed", [
        "Its parts do not agree on who may open meetings; logins may fail or loop.",
        "Prosody, the web page's config.js and Jicofo must say the same.",
    ]


def who_may(
    posture: Posture,
    instance: Instance | None,
    verdict: Verdict | None,
    moderators: int | None = None,
) -> list[tuple[str, str]]:
    """``Who may`` as rows: what, and who."""
    guests = guests_may_join(instance, verdict) if instance else None
    openers, joiners = {
        "open": ("everyone", "everyone"),
        "secure": (
            "people with an account",
            "everyone, once begun" if guests else "people with an account",
        ),
        "token": ("people with a token", "people with a token"),
        "inconsistent": ("not as you think", "see the findings"),
        "unknown": ("not known", "not known"),
    }[posture]
    if posture == "inconsistent" and verdict is not None and verdict.strangers_open_rooms:
        openers = "everyone"
    if moderators is None and instance is not None and isinstance(instance.accounts, Known):
        moderators = instance.accounts.value
    named = "not known" if moderators is None else str(moderators) if moderators else "none yet"
    return [("open a meeting", openers), ("join a meeting", joiners), ("moderators", named)]


_SERVICE_TONES: dict[ServiceState, Tone] = {
    "running": "good",
    "stopped": "bad",
    "failed": "bad",
    "absent": "off",
    "unknown": "attention",
}


def service_tone(service: Service) -> Tone:
    """How a service is doing."""
    return _SERVICE_TONES[service.state]


def service_state(service: Service, now: datetime) -> str:
    """``3 d`` since when it runs, or what else it does."""
    if service.state == "running":
        return span((now - service.since).total_seconds()) if service.since else "running"
    return {
        "stopped": "not running",
        "failed": "failed",
        "absent": "not on this machine",
        "unknown": "not known",
    }[service.state]


def calls(verdict: Verdict | None) -> str:
    """``2 calls, 7 people``; empty where it is not known."""
    if verdict is None or verdict.conferences is None:
        return ""
    if not verdict.conferences:
        return "no calls now"
    people = verdict.participants
    more = f", {count(people, 'person', 'people')}" if people is not None else ""
    return f"{count(verdict.conferences, 'call')}{more}"


def findings_summary(findings: tuple[Finding, ...]) -> str:
    """``1 bad, 1 to look at, 2 to know``."""
    words: list[tuple[Severity, str]] = [
        ("error", "bad"),
        ("warning", "to look at"),
        ("info", "to know"),
    ]
    counted = [(sum(f.severity == severity for f in findings), word) for severity, word in words]
    return ", ".join(f"{number} {word}" for number, word in counted if number) or "nothing found"


def changed_lines(before: bytes, after: bytes) -> tuple[int, int]:
    """How many lines an edit adds and takes away."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False)
    added = removed = 0
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            added, removed = added + j2 - j1, removed + i2 - i1
    return added, removed


def mode_words(change: FileChange) -> str:
    """``/etc/x: mode 0644 becomes 0640``."""
    before, after = change.mode_before or 0, change.mode_after or 0
    return visible(f"{change.path}: mode {before:04o} becomes {after:04o}")


def plan_size(plan: Plan) -> str:
    """``3 files, 9 lines``."""
    lines = sum(sum(changed_lines(c.before, c.after)) for c in plan.changes)
    return f"{count(len(plan.changes), 'file')}, {count(lines, 'line')}"


def plan_cost(plan: Plan, verdict: Verdict | None) -> list[str]:
    """What a plan does to the running server: what restarts, and whom that hits."""
    starts = [f"starts {listed([SERVICE_NAMES[name] for name in plan.starts])}"]
    if not plan.restarts:
        return starts if plan.starts else ["nothing restarts"]
    lines = [
        *(starts if plan.starts else ()),
        f"restarts {listed([SERVICE_NAMES[name] for name in plan.restarts])}",
    ]
    if verdict is not None and verdict.conferences:
        lines.append(_hit(plan.restarts, verdict.conferences, verdict.participants))
    return lines


def _hit(restarts: Sequence[str], conferences: int, people: int | None) -> str:
    drops = "jitsi-videobridge2" in restarts
    return f"{_meetings(conferences, people)} will {'drop' if drops else 'reconnect'}"


def _meetings(conferences: int, people: int | None) -> str:
    more = f" with {count(people, 'person', 'people')}" if people else ""
    return f"{count(conferences, 'call')}{more}"


def whom_it_hits(restarts: Sequence[str], now: Calls | None) -> tuple[Tone, str]:
    """What restarting these services does to people who are in a meeting now."""
    if not hits(restarts):
        return "good", "nobody in a meeting notices it"
    if now is None or now.conferences is None:
        return "attention", f"how many meetings run is not known{_why(now)}"
    if not now.conferences:
        return "good", "nobody is in a meeting now"
    return "attention", _hit(restarts, now.conferences, now.participants)


def _why(now: Calls | None) -> str:
    return f": {now.doubt}" if now is not None and now.doubt else ""


def waiting(now: Calls | None, trouble: str = "") -> str:
    """What is waited for: ``Waiting for the last meeting to end: 2 calls with 7 people now``."""
    if trouble or now is None or now.conferences is None:
        return f"Waiting for the last meeting to end: {visible(trouble) or 'counting …'}"
    if not now.conferences:
        return "Nobody is in a meeting"
    said = _meetings(now.conferences, now.participants)
    return f"Waiting for the last meeting to end: {said} now"


_STEPS: dict[str, tuple[str, str]] = {
    "lock": ("making sure that nobody else changes it", "nobody else is changing it"),
    "packages": ("looking for a package installation", "no package is being installed"),
    "files": ("comparing the files with what was shown", "the files are as they were shown"),
    "baseline": ("noting how the services run", "how the services run is noted"),
    "backup": ("making a backup", "a backup is made"),
    "stage": ("writing the new files beside the old ones", "the new files lie beside the old ones"),
    "check": ("checking the new files", "the new files can be read"),
    "idle": ("making sure that nobody is in a meeting", "nobody is in a meeting"),
    "replace": ("putting the new files in place", "the new files are in place"),
    "meaning": ("asking what the new files mean", "they mean what was wanted"),
    "health": ("waiting until the services are up and stay up", "the services are up and stay up"),
    "proof": ("asking the server itself", "the server itself proves it"),
    "finish": ("clearing up", "cleared up"),
    "give back files": ("giving the old files back", "the old files are back"),
    "health as before": ("waiting until all runs as before", "the services run as before"),
}


def step_name(name: str, *, running: bool = False) -> str:
    """A step of an apply in an admin's words; its own name where it has no others."""
    if name in _STEPS:
        return _STEPS[name][0 if running else 1]
    service, _, how = name.removeprefix("restart ").partition(" ")
    if not name.startswith("restart ") or not service:
        return name
    service = SERVICE_NAMES.get(service, service)  # type: ignore[call-overload]
    as_before = f" {how}" if how else ""
    return f"restarting {service}{as_before}" if running else f"{service} is restarted{as_before}"


def plan_title(plan: Plan) -> str:
    """What a plan does, for a headline: without the id of a backup."""
    summary = visible(
        plan.summary.replace(f" {plan.undoes}:", ":") if plan.undoes else plan.summary
    )
    return summary[:1].upper() + summary[1:]


def step_tone(step: Step) -> Tone:
    """How a step of an apply went."""
    return "attention" if step.ok is None else "good" if step.ok else "bad"


def proof_sentence(verdict: Verdict | None) -> str:
    """``Now: an account is needed. Guests may join.``"""
    said = proof.sentence(verdict)
    if not said:
        return "Now: it could not be proved who may open meetings."
    return f"Now: {said[:1].lower()}{said[1:]}"


_ENDINGS: dict[Ending, tuple[Tone, str]] = {
    Ending.APPLIED: ("good", "Done, and proved"),
    Ending.NOTHING: ("good", "Nothing was to do"),
    Ending.REFUSED: ("attention", "Nothing was changed"),
    Ending.ROLLED_BACK: ("attention", "It did not work out: everything is as before"),
    Ending.BROKEN: ("bad", "The server needs you"),
}


def ending(result: Applied) -> Sentence:
    """How an apply ended, in plain words."""
    tone, headline = _ENDINGS[result.ending]
    lines = tuple(visible(line) for line in (result.message, result.hint) if line)
    return Sentence(tone, headline, lines)


def how_to_try(domain: str, verdict: Verdict | None) -> list[tuple[str, str]]:
    """How to see it for oneself: who opens the address, and what happens to them."""
    address = f"https://{visible(domain)}/"
    if verdict is not None and (verdict.strangers_log_in or verdict.strangers_open_rooms):
        return [("open", f"{address}any-name"), ("anyone", "is in at once, and the meeting begins")]
    guests = verdict is None or verdict.guests_log_in
    rows = [("open", f"{address}any-name in a private window")]
    if guests:
        rows.append(("a stranger", "waits for the host, and gets no further alone"))
        rows.append(("a moderator", "presses “I am the host”, logs in: the meeting begins"))
        rows.append(("a guest", "who waited is let in then, without an account"))
    else:
        rows.append(("a stranger", "is asked for a name and a password, and gets no further"))
        rows.append(("a moderator", "logs in, and the meeting begins"))
        rows.append(("a guest", "needs an account as well"))
    return rows
