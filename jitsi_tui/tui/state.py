"""All that the app knows of its server, as one frozen value; each event makes the next one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from jitsi_tui.session import events as ev

if TYPE_CHECKING:
    from jitsi_tui.instance.invitations import Invitation
    from jitsi_tui.instance.model import Applied, Backup, ModeratorList, Plan, Policy, Step
    from jitsi_tui.session.idle import Waiting

COMMANDS_KEPT = 200
PEOPLE_KEPT = 12


class Link(NamedTuple):
    """The way to the server."""

    kind: Literal["none", "connecting", "up", "down"] = "none"
    stage: str = ""
    since: datetime | None = None
    user: str = ""
    via: tuple[str, ...] = ()
    message: str = ""
    hint: str = ""
    retry_at: datetime | None = None
    lost: datetime | None = None
    """Since when there is no connection, where there was one."""


class Run(NamedTuple):
    """An apply, from its first step to its end."""

    plan: Plan
    started: datetime
    steps: tuple[Step, ...] = ()
    step_since: datetime | None = None
    deadline: datetime | None = None
    result: Applied | None = None
    waiting: Waiting | None = None
    """While it waits for the last meeting to end, and nothing is changed yet."""


class State(NamedTuple):
    """What is known now. ``*_since`` is when we began to wait for something not there yet."""

    destination: str = ""
    read_only: bool = False
    link: Link = Link()
    latency: float | None = None
    status: ev.Status | None = None
    status_error: ev.StatusFailed | None = None
    looking_since: datetime | None = None
    people: tuple[int, ...] = ()
    draft: Policy | None = None
    planned: ev.Planned | None = None
    planning_since: datetime | None = None
    undo: ev.Planned | None = None
    mend: ev.MendPlanned | None = None
    run: Run | None = None
    calls: ev.CallsCounted | None = None
    """The meetings that ran when a change was about to be confirmed."""

    backups: tuple[Backup, ...] | None = None
    backups_since: datetime | None = None
    listing: ModeratorList | None = None
    listing_error: ev.ModeratorsFailed | None = None
    listing_since: datetime | None = None
    listing_old: bool = False
    """Whether the server was looked at since it was read."""

    invitations: tuple[Invitation, ...] | None = None
    invitations_error: ev.InvitationsFailed | None = None
    bulk: ev.BulkProgress | None = None
    """How far a list of new accounts is."""

    commands: tuple[ev.CommandRan, ...] = ()

    @property
    def domain(self) -> str:
        """The domain where it is known, else what the user typed."""
        return self.status.instance.domain if self.status else self.destination

    @property
    def up(self) -> bool:
        """Whether the connection stands."""
        return self.link.kind == "up"

    @property
    def applying(self) -> bool:
        """Whether a change is under way."""
        return self.run is not None and self.run.result is None


def reduce(state: State, event: ev.Event, now: datetime) -> State:
    """The state after an event. Events that are no state (prompts, log lines) leave it as it is."""
    step = _STEPS.get(type(event))
    return step(state, event, now) if step else state


def _connecting(state: State, event: ev.Connecting, now: datetime) -> State:
    since = state.link.since if state.link.kind == "connecting" else now
    link = Link("connecting", stage=event.stage, since=since, lost=state.link.lost)
    return state._replace(link=link)


def _connected(state: State, event: ev.Connected, now: datetime) -> State:
    link = Link("up", since=now, user=event.user, via=event.via)
    looking = state.looking_since or (now if state.status is None else None)
    return state._replace(link=link, looking_since=looking)


def _disconnected(state: State, event: ev.Disconnected, now: datetime) -> State:
    retry = now + timedelta(seconds=event.retry_in) if event.retry_in is not None else None
    link = state.link._replace(
        kind="down",
        since=now,
        message=event.message,
        hint=event.hint,
        retry_at=retry,
        lost=state.link.lost or (now if state.up else None),
    )
    return state._replace(link=link, latency=None, looking_since=None)


def _latency(state: State, event: ev.Latency, _now: datetime) -> State:
    return state._replace(latency=event.seconds)


def _status(state: State, event: ev.Status, _now: datetime) -> State:
    people = state.people
    if event.verdict is not None and event.verdict.participants is not None:
        people = (*people, event.verdict.participants)[-PEOPLE_KEPT:]
    return state._replace(
        status=event,
        status_error=None,
        looking_since=None,
        people=people,
        backups=event.instance.backups,
        listing_old=True,
    )


def _status_failed(state: State, event: ev.StatusFailed, _now: datetime) -> State:
    return state._replace(status_error=event, looking_since=None)


def _planned(state: State, event: ev.Planned, _now: datetime) -> State:
    if event.undoes is not None:
        return state._replace(undo=event)
    if event.policy != state.draft:
        return state
    return state._replace(planned=event, planning_since=None)


def _calls(state: State, event: ev.CallsCounted, _now: datetime) -> State:
    return state._replace(calls=event)


def _apply_waiting(state: State, event: ev.ApplyWaiting, now: datetime) -> State:
    if state.run is None:
        return state
    # A run that met a meeting turned back: its steps are those of another try.
    return state._replace(run=state.run._replace(waiting=event.waiting, steps=(), step_since=now))


def _mend_planned(state: State, event: ev.MendPlanned, _now: datetime) -> State:
    return state._replace(mend=event)


def _apply_step(state: State, event: ev.ApplyStep, now: datetime) -> State:
    if state.run is None:
        return state
    steps = state.run.steps
    if steps and steps[-1].name == event.step.name and steps[-1].ok is None:
        steps = steps[:-1]
    run = state.run._replace(steps=(*steps, event.step), step_since=now, waiting=None)
    return state._replace(run=run)


def _countdown(state: State, event: ev.ApplyCountdown, now: datetime) -> State:
    if state.run is None:
        return state
    return state._replace(run=state.run._replace(deadline=now + timedelta(seconds=event.seconds)))


def _apply_done(state: State, event: ev.ApplyDone, _now: datetime) -> State:
    if state.run is None:
        return state
    from jitsi_tui.instance.model import Ending  # noqa: PLC0415 - loaded for the first look

    run = state.run._replace(result=event.result, deadline=None, waiting=None)
    if event.result.ending is Ending.REFUSED:
        return state._replace(run=run)  # what was chosen is still to be done
    return state._replace(run=run, draft=None, planned=None, undo=None)


def _backups(state: State, event: ev.Backups, _now: datetime) -> State:
    return state._replace(backups=event.backups, backups_since=None)


def _moderators(state: State, event: ev.Moderators, _now: datetime) -> State:
    return state._replace(
        listing=event.listing, listing_error=None, listing_since=None, listing_old=False
    )


def _moderators_failed(state: State, event: ev.ModeratorsFailed, _now: datetime) -> State:
    return state._replace(listing_error=event, listing_since=None, listing_old=False)


def _invitations(state: State, event: ev.InvitationsListed, _now: datetime) -> State:
    return state._replace(invitations=event.invitations, invitations_error=None)


def _invitations_failed(state: State, event: ev.InvitationsFailed, _now: datetime) -> State:
    return state._replace(invitations_error=event)


def _bulk(state: State, event: ev.BulkProgress, _now: datetime) -> State:
    return state._replace(bulk=event)


def _bulk_done(state: State, _event: ev.BulkDone, _now: datetime) -> State:
    return state._replace(bulk=None)


def _job_failed(state: State, event: ev.JobFailed, _now: datetime) -> State:
    if event.job != "session":
        return state
    # Whatever it was that broke, nobody answers what was asked of it.
    if state.listing_since is not None:
        state = state._replace(listing_error=ev.ModeratorsFailed(event.message, event.hint))
    if state.planning_since is not None:
        state = state._replace(planned=ev.Planned(state.draft, None, event.message, event.hint))
    return state._replace(
        looking_since=None, planning_since=None, listing_since=None, backups_since=None
    )


def _services(state: State, event: ev.ServicesChanged, _now: datetime) -> State:
    if state.status is None:
        return state
    changed = {service.name: service for service in event.services}
    before = state.status.instance
    services = tuple(changed.get(service.name, service) for service in before.services)
    instance = replace(before, services=services)
    return state._replace(status=state.status._replace(instance=instance))


def _command(state: State, event: ev.CommandRan, _now: datetime) -> State:
    return state._replace(commands=(*state.commands, event)[-COMMANDS_KEPT:])


_STEPS: dict[type[Any], Callable[[State, Any, datetime], State]] = {
    ev.Connecting: _connecting,
    ev.Connected: _connected,
    ev.Disconnected: _disconnected,
    ev.Latency: _latency,
    ev.Status: _status,
    ev.StatusFailed: _status_failed,
    ev.Planned: _planned,
    ev.MendPlanned: _mend_planned,
    ev.CallsCounted: _calls,
    ev.ApplyWaiting: _apply_waiting,
    ev.ApplyStep: _apply_step,
    ev.ApplyCountdown: _countdown,
    ev.ApplyDone: _apply_done,
    ev.Backups: _backups,
    ev.Moderators: _moderators,
    ev.ModeratorsFailed: _moderators_failed,
    ev.InvitationsListed: _invitations,
    ev.InvitationsFailed: _invitations_failed,
    ev.BulkProgress: _bulk,
    ev.BulkDone: _bulk_done,
    ev.JobFailed: _job_failed,
    ev.ServicesChanged: _services,
    ev.CommandRan: _command,
}


def current_policy(state: State) -> Policy | None:
    """What the server does now, as a policy; ``None`` where it is neither open nor secure."""
    if state.status is None:
        return None
    from jitsi_tui.instance.model import Access, Policy  # noqa: PLC0415 - loaded for the first look

    if state.status.posture == "open":
        return Policy(Access.EVERYONE)
    if state.status.posture == "secure":
        from jitsi_tui.text import guest_domain, guests_may_join  # noqa: PLC0415

        instance, verdict = state.status.instance, state.status.verdict
        guests = bool(guests_may_join(instance, verdict))
        return Policy(Access.ACCOUNTS, guests, guest_domain(instance, verdict))
    return None
