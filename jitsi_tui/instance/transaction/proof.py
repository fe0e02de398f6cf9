"""The proof of a change as it is kept in its backup: a sentence for people, then what was asked."""

from __future__ import annotations

from ..model import Verdict, known

_UNPROVED = "kept without a proof: "
_ASKED = "  ["


def sentence(verdict: Verdict | None) -> str:
    """``An account is needed. Guests may join.``; empty where the server didn't tell."""
    if verdict is None or verdict.strangers_log_in is None:
        return ""
    if verdict.strangers_log_in or verdict.strangers_open_rooms:
        return "Everyone may open meetings."
    guests = "Guests may join." if verdict.guests_log_in else "Guests may not join."
    invited = " People can be invited." if verdict.invited else ""
    return f"An account is needed. {guests}{invited}"


def kept(verdict: Verdict | None, doubts: tuple[str, ...]) -> str:
    """What a backup says of its proof; ``doubts`` where it was kept without one."""
    if doubts:
        return _UNPROVED + "; ".join(doubts)
    if verdict is None:
        return "proved"
    return f"{sentence(verdict)}{_ASKED}{_asked(verdict)}]"


def split(proof: str) -> tuple[str, str]:
    """A kept proof as its sentence and the technical rest, either of them possibly empty."""
    if proof.startswith(_UNPROVED):
        return "It was kept without a proof.", proof.removeprefix(_UNPROVED)
    said, mark, rest = proof.partition(_ASKED)
    if mark and rest.endswith("]"):
        return said, rest[:-1]
    # As earlier versions kept it: what was asked, and no sentence.
    return ("", proof) if "; Jicofo: " in proof else (proof, "")


def _asked(verdict: Verdict) -> str:
    parts = [f"{verdict.domain}: {', '.join(known(verdict.main) or ()) or 'not asked'}"]
    if verdict.guest_domain:
        parts.append(f"{verdict.guest_domain}: {', '.join(known(verdict.guest) or ()) or 'none'}")
    if verdict.strangers_open_rooms is not None:
        parts.append(
            "strangers " + ("open" if verdict.strangers_open_rooms else "can't open") + " rooms"
        )
    parts.append(f"Jicofo: {verdict.authority}")
    if verdict.invited:
        parts.append("an invitation was made, redeemed and removed again")
    return "; ".join(parts)
