"""A verdict against what was wanted: proved, wrong, or impossible to prove."""

from __future__ import annotations

from ..model import Absent, Expectation, JicofoAuthority, Known, Outcome, Verdict, known


def judge(expectation: Expectation, verdict: Verdict) -> tuple[Outcome, tuple[str, ...]]:
    """How the running server stands to what was wanted, with the reasons."""
    wrong: list[str] = []
    unknown: list[str] = []
    _judge_main(expectation, verdict, wrong, unknown)
    _judge_guests(expectation, verdict, wrong, unknown)
    _judge_rooms(expectation, verdict, wrong, unknown)
    if wrong:
        return Outcome.WRONG, tuple(wrong)
    if unknown:
        return Outcome.UNPROVABLE, (*unknown, *(d for d in verdict.doubts if d not in unknown))
    return Outcome.PROVED, ()


def _judge_main(
    wanted: Expectation, verdict: Verdict, wrong: list[str], unknown: list[str]
) -> None:
    if wanted.strangers_log_in is None:
        return
    if verdict.strangers_log_in is None:
        unknown.append(f"whether strangers log in on {verdict.domain} could not be asked")
    elif verdict.strangers_log_in and not wanted.strangers_log_in:
        wrong.append(f"Prosody still lets strangers in on {verdict.domain}")
    elif wanted.strangers_log_in and not verdict.strangers_log_in:
        wrong.append(f"Prosody lets no strangers in on {verdict.domain}")
    offered = known(verdict.main) or ()
    if isinstance(verdict.main, Absent):
        wrong.append(f"Prosody serves no host {verdict.domain}")
    elif isinstance(verdict.main, Known) and not offered:
        wrong.append(f"{verdict.domain} offers no way to log in at all")
    wrong += [
        f"{verdict.domain} still offers {mechanism}"
        for mechanism in sorted(wanted.forbidden.intersection(offered))
    ]


def _judge_guests(
    wanted: Expectation, verdict: Verdict, wrong: list[str], unknown: list[str]
) -> None:
    if wanted.guests is None:
        return
    where = wanted.guest_domain or verdict.guest_domain or "the guest host"
    if verdict.guests_log_in is None:
        unknown.append(f"whether guests log in on {where} could not be asked")
    elif wanted.guests and not verdict.guests_log_in:
        wrong.append(f"guests can't log in on {where}")
    elif verdict.guests_log_in and not wanted.guests:
        wrong.append(f"guests still log in on {where}")


def _judge_rooms(
    wanted: Expectation, verdict: Verdict, wrong: list[str], unknown: list[str]
) -> None:
    if wanted.authority == "unknown":
        return
    asked = verdict.guests_log_in and verdict.strangers_open_rooms is False
    if verdict.authority == "unknown":
        if not (wanted.authority == "xmpp" and asked):
            unknown.append("Jicofo does not say whether it asks for accounts")
    elif wanted.authority != verdict.authority:
        wrong.append(
            f"Jicofo runs with {_SPOKEN[verdict.authority]}, not with {_SPOKEN[wanted.authority]}"
        )
    if wanted.authority != "xmpp" or wanted.strangers_log_in is not False:
        return
    if verdict.strangers_open_rooms:
        wrong.append("a guest still opens rooms")
    elif verdict.strangers_open_rooms is None and verdict.guests_log_in and wanted.rooms:
        unknown.append("whether a guest opens rooms could not be asked")


_SPOKEN: dict[JicofoAuthority, str] = {
    "xmpp": "accounts",
    "jwt": "tokens",
    "off": "no authentication",
    "unknown": "something unknown",
}
