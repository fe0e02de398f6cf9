"""Who may open and join meetings, in an admin's words."""

from __future__ import annotations

from jitsi_tui.instance.model import Finding, Instance, Known, Posture, Severity, Verdict, known
from jitsi_tui.visible import visible


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


def findings_summary(findings: tuple[Finding, ...]) -> str:
    """``1 bad, 1 to look at, 2 to know``."""
    words: list[tuple[Severity, str]] = [
        ("error", "bad"),
        ("warning", "to look at"),
        ("info", "to know"),
    ]
    counted = [(sum(f.severity == severity for f in findings), word) for severity, word in words]
    return ", ".join(f"{number} {word}" for number, word in counted if number) or "nothing found"


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
