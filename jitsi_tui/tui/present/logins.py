"""How long a login is remembered, and who owns a room where nobody logs in, as choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from jitsi_tui.instance.logins import Logins, logins, written
from jitsi_tui.instance.model import Access, Policy
from jitsi_tui.session.events import Status
from jitsi_tui.tui.state import State, current_policy
from jitsi_tui.tui.widgets.choices import Choice

from . import policy as present

MEETING = "meeting"
"""A login counts for the meeting that it was made for."""

FIRST, NOBODY = "first", "nobody"
_LIFETIMES = (3600, 8 * 3600, 24 * 3600)


def question(state: State, status: Status) -> tuple[str, Sequence[Choice], str | None]:
    """The title, the answers, and the one that is marked; no answers where it is no question."""
    access = present.chosen_access(state, status)
    if status.instance.docker is not None:
        return "", (), None
    now = logins(status.instance)
    if access == present.ACCOUNTS:
        return "Jicofo remembers a login", _lifetimes(now), _chosen_lifetime(state, now)
    if access == present.EVERYONE:
        return "A room belongs to", _owners(), _chosen_owner(state, now)
    return "", (), None


def _lifetimes(now: Logins) -> list[Choice]:
    offered = set(_LIFETIMES)
    if now.lifetime is not None and now.lifetime >= 1 and now.lifetime == int(now.lifetime):
        offered.add(int(now.lifetime))
    return [
        Choice(MEETING, "until its meeting ends"),
        *(
            Choice(str(s), f"for {written(s, words=True)} after its last use")
            for s in sorted(offered)
        ),
    ]


def _chosen_lifetime(state: State, now: Logins) -> str | None:
    draft = state.draft
    auto = (
        draft.auto_login if draft is not None and draft.auto_login is not None else now.auto_login
    )
    if auto is False:
        return MEETING
    wanted = draft.login_lifetime if draft is not None else None
    seconds = wanted if wanted is not None else now.lifetime
    return None if auto is None or seconds is None else str(int(seconds))


def _owners() -> list[Choice]:
    return [
        Choice(FIRST, "whoever comes first"),
        Choice(NOBODY, "nobody", "then nobody can mute or remove others"),
    ]


def _chosen_owner(state: State, now: Logins) -> str | None:
    draft = state.draft
    owner = (
        draft.auto_owner if draft is not None and draft.auto_owner is not None else now.auto_owner
    )
    return {True: FIRST, False: NOBODY, None: None}[owner]


def with_answer(state: State, key: str) -> Policy | None:
    """The draft after another answer."""
    status = state.status
    if status is None:
        return state.draft
    now = logins(status.instance)
    before = state.draft or current_policy(state) or Policy(Access.ACCOUNTS)
    if key in (FIRST, NOBODY):
        first = key == FIRST
        wanted = replace(before, auto_owner=None if now.auto_owner is first else first)
    elif key == MEETING:
        off = None if now.auto_login is False else False
        wanted = replace(before, auto_login=off, login_lifetime=None)
    else:
        seconds = int(key)
        wanted = replace(
            before,
            auto_login=None if now.auto_login else True,
            login_lifetime=None if now.lifetime == seconds else seconds,
        )
    return present.or_none(state, wanted)
