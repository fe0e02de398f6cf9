"""Who may open meetings, as a choice: what there is, what it would change, where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from jitsi_tui import text
from jitsi_tui.instance.model import Absent, Access, Fact, Failed, Known, Policy, SourceFile
from jitsi_tui.instance.posture import Settings
from jitsi_tui.session.events import Planned, Status
from jitsi_tui.text import visible
from jitsi_tui.tui.lines import Line, line, marked, spread, wrap
from jitsi_tui.tui.state import State, current_policy
from jitsi_tui.tui.widgets.choices import Choice

EVERYONE, ACCOUNTS, TOKEN = "everyone", "accounts", "token"
JOIN, STAY_OUT = "join", "stay-out"
_PLACE = 10

DEPRECATED = (
    "Jitsi's handbook prefers tokens for new installations and calls the secure domain deprecated; "
    "it is still supported."
)


def access_choices(status: Status) -> list[Choice]:
    """Everyone, people with an account, or with a token; what can't be chosen says why."""
    token = status.posture == "token"
    guests = "until one of them arrives, guests wait at the door"
    blocked = "tokens decide here" if token else ""
    return [
        Choice(EVERYONE, "everyone", "who knows the address", blocked),
        Choice(ACCOUNTS, "people with an account", guests, blocked),
        Choice(
            TOKEN,
            "people with a token",
            "another system signs them; jitsi-tui leaves such a server as it is" if token else "",
            "" if token else "not set up here",
        ),
    ]


def chosen_access(state: State, status: Status) -> str | None:
    """The answer that is marked: the draft's, else what the server does."""
    if status.posture == "token":
        return TOKEN
    policy = state.draft or current_policy(state)
    return None if policy is None else policy.access.value


def guest_choices(state: State, status: Status) -> list[Choice]:
    """Whether people without an account may join."""
    access = chosen_access(state, status)
    blocked = {
        EVERYONE: "everyone may now",
        TOKEN: "tokens decide here",
        None: "choose first who may open",
    }.get(access, "")
    return [
        Choice(JOIN, "may join once a meeting has begun", "", blocked),
        Choice(STAY_OUT, "may not join", "everybody needs an account, also to join", blocked),
    ]


def chosen_guests(state: State, status: Status) -> str | None:
    """The answer about guests that is marked."""
    access = chosen_access(state, status)
    if access != ACCOUNTS:
        return JOIN if access == EVERYONE else None
    wanted = state.draft.guests if state.draft else None
    if wanted is None:
        now = current_policy(state)
        # An open server gets guests, a closed one keeps what it has.
        wanted = True if now is None or now.access is Access.EVERYONE else now.guests
    return JOIN if wanted else STAY_OUT


def guest_domain(state: State, status: Status) -> str:
    """The guest domain of the draft, of the server, or the usual one."""
    if state.draft is not None and state.draft.guest_domain:
        return state.draft.guest_domain
    found = text.guest_domain(status.instance, status.verdict)
    return found or f"guest.{status.instance.domain}"


def with_access(state: State, key: str) -> Policy | None:
    """The draft after another answer to who may open."""
    if key == EVERYONE:
        owner = state.draft.auto_owner if state.draft is not None else None
        wanted = Policy(Access.EVERYONE, auto_owner=owner)
    else:
        before = state.draft or current_policy(state)
        keep = before is not None and before.access is Access.ACCOUNTS
        wanted = before if keep and before is not None else Policy(Access.ACCOUNTS)
    return or_none(state, wanted)


def with_guests(state: State, key: str) -> Policy | None:
    """The draft after another answer about guests."""
    before = state.draft or current_policy(state) or Policy(Access.ACCOUNTS)
    domain = before.guest_domain if key == JOIN else None
    return or_none(
        state, replace(before, access=Access.ACCOUNTS, guests=key == JOIN, guest_domain=domain)
    )


def with_domain(state: State, domain: str) -> Policy | None:
    """The draft after another guest domain was typed."""
    before = state.draft or current_policy(state) or Policy(Access.ACCOUNTS)
    return or_none(state, replace(before, guests=True, guest_domain=domain or None))


def or_none(state: State, wanted: Policy) -> Policy | None:
    """``None`` where that is what the server does already."""
    now = current_policy(state)
    if now is None:
        return wanted
    if wanted == Policy(Access.EVERYONE) and now.access is Access.EVERYONE:
        return None
    return None if wanted == now else wanted


def plan_head(state: State, status: Status, now: datetime, cells: int) -> list[Line]:
    """Over the diff: what it is, how large, and what it does to running calls."""
    domain = visible(status.instance.domain)
    planned = state.planned
    if state.draft is None:
        return [
            line((f"As {domain} is now", "strong")),
            line(("Choose another answer to see what it would change.", "dim")),
        ]
    title = line((f"What changes on {domain}", "strong"))
    if planned is None:
        waited = (now - state.planning_since).total_seconds() if state.planning_since else 0
        return [title, line(("working it out …" + _waited(waited), "dim"))]
    if planned.plan is None:
        return [title, *_refusal(planned, cells)]
    plan = planned.plan
    if not plan.changes:
        reason = visible(plan.reason) or "it is so already"
        return [title, *wrap(f"Nothing is to do: {reason}", cells, "dim")]
    cost = text.plan_cost(plan, status.verdict)
    lines = [title, line((text.plan_size(plan), "strong"), (f"   {cost[0]}", "dim"))]
    lines += [line((more, "attention")) for more in cost[1:]]
    for warning in plan.warnings:
        head, *rest = wrap(visible(warning), cells - 2)
        lines += [line(marked("attention"), " ", *head), *(line("  ", *row) for row in rest)]
    return lines


def _waited(seconds: float) -> str:
    return f"   {text.span(seconds)}" if seconds >= 1 else ""


def _refusal(planned: Planned, cells: int) -> list[Line]:
    head, *rest = wrap(visible(planned.error), cells - 2) or [line("")]
    lines = [line(marked("bad"), " ", *head), *(line("  ", *row) for row in rest)]
    if planned.hint:
        lines += wrap(visible(planned.hint), cells - 2, "dim", indent="  ")
    return lines


def guests_answer(status: Status, now: datetime, cells: int) -> list[Line]:
    """Whether guests may join, and the guest's own proof."""
    verdict = status.verdict
    may = text.guests_may_join(status.instance, verdict)
    proved = (
        f"proved {text.ago(verdict.taken, now)}"
        if verdict is not None and verdict.guests_log_in is not None
        else "not proved"
    )
    if status.posture == "open":
        first = line(marked("off"), (" There are no guests: everyone may do everything", "strong"))
        rows = wrap("Close the server first (screen 2); then this choice counts.", cells - 2, "dim")
        return [first, *(line("  ", *row) for row in rows)]
    if may is None:
        first = line(marked("attention"), (" Whether guests may join is not known", "strong"))
        return [first]
    if not may:
        first = line(marked("off"), (" Guests may not join", "strong"))
        return [
            spread(first, ((proved, "dim"),), cells),
            line(("  Everybody needs an account, also to join.", "dim")),
        ]
    first = line(marked("good"), (" Guests may join once a meeting has begun", "strong"))
    return [spread(first, ((proved, "dim"),), cells), *_guest_proof(status, cells)]


def _guest_proof(status: Status, cells: int) -> list[Line]:
    verdict = status.verdict
    if verdict is None:
        return [line(("  So say the files; the running server was not asked.", "dim"))]
    log_in = "may log in" if verdict.guests_log_in else "may not log in"
    opens = {
        True: "may open a room, which should not be",
        False: "may not open a room",
        None: "whether he may open a room could not be asked",
    }[verdict.strangers_open_rooms]
    return wrap(f"A guest {log_in}; a guest {opens}.", cells - 2, "dim", indent="  ")


def three_places(status: Status, wanted: Settings, cells: int) -> list[Line]:
    """Where each of the three files stands on guests."""
    instance = status.instance
    domain = wanted.guest_domain
    has_host = wanted.guest_authentication is not None
    named = wanted.anonymousdomain
    jicofo = status.verdict.authority if status.verdict else "unknown"
    rows: list[tuple[str, str, str]] = [
        (
            "Prosody",
            f"lets guests in on {visible(domain)}" if has_host and domain else "has no guest host",
            visible(wanted.main_file or ""),
        ),
        (
            "web page",
            f"sends guests to {visible(named)}" if named else "knows no guests",
            _path(instance.meet),
        ),
        (
            "Jicofo",
            {
                "xmpp": "asks who opens a room for an account",
                "jwt": "asks for a token",
                "off": "lets everyone open rooms",
                "unknown": "did not say whom it lets open rooms",
            }[jicofo],
            _path(instance.jicofo.hocon),
        ),
    ]
    return _three(rows, cells)


def _three(rows: Sequence[tuple[str, str, str]], cells: int) -> list[Line]:
    lines: list[Line] = [line(("Where it stands", "strong"))]
    room = cells - _PLACE - 2
    for place, says, path in rows:
        first, *more = [*wrap(says, room), *(wrap(path, room, "dim") if path else [])]
        lines.append(line((f"  {place:<{_PLACE}}", "dim"), *first))
        lines += [line(" " * (_PLACE + 2), *row) for row in more]
    return lines


def _path(fact: Fact[SourceFile]) -> str:
    match fact:
        case Known(file):
            return visible(file.real)
        case Absent(why):
            return visible(why) or "there is no such file"
        case Failed(why):
            return f"could not be read: {visible(why)}"
