"""What can be done on an open host, blocking: the core under the app and under the commands."""

from __future__ import annotations

import getpass
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from jitsi_tui.instance import facts, invitations, mending, plan, probe, services
from jitsi_tui.instance.calls import hits_meetings
from jitsi_tui.instance.coming_up import refuse_to_take_down
from jitsi_tui.instance.invitations import proof as invitations_proof
from jitsi_tui.instance.invitations import setup as invitations_setup
from jitsi_tui.instance.model import (
    Applied,
    Ending,
    Expectation,
    Finding,
    Instance,
    InstanceError,
    Outcome,
    Plan,
    Policy,
    RefusedError,
    ServiceName,
    Step,
    Verdict,
)
from jitsi_tui.instance.probe import logins_proof as logins
from jitsi_tui.instance.transaction import apply
from jitsi_tui.ssh.host import Host

from .idle import Waiting
from .look import Look

COMING_UP = 120.0
"""Seconds in which services that were restarted without a change must answer. Nothing is rolled
back meanwhile, and a Jicofo on a machine that has much else to do takes its time."""


@dataclass(frozen=True)
class ApplyOptions:
    """How an apply is run."""

    who: str
    confirm_timeout: float = 60.0
    decide: Callable[[tuple[str, ...], float], bool] | None = None
    """Asked where the proof can't be had: keep the change? ``None`` rolls back."""

    on_step: Callable[[Step], None] = lambda _: None
    on_countdown: Callable[[float], None] = lambda _: None
    on_wait: Callable[[Waiting], None] = lambda _: None
    """Told what is waited for, with ``when_idle``."""

    cancel: threading.Event | None = None
    when_idle: bool = False
    """Make it only once nobody is in a meeting, where restarts would throw people out."""


def plan_policy(host: Host, seen: Look, policy: Policy) -> Plan:
    """The plan for a policy. Raises ``RefusedError`` where this server can't have it."""
    _refuse_docker(seen.instance)
    return plan.compute(
        seen.instance,
        policy,
        seen.verdict,
        read_backup=lambda identifier: apply.read_backup(host, seen.instance, identifier),
    )


def plan_undo(host: Host, seen: Look, identifier: str | None, *, force: bool = False) -> Plan:
    """The plan that restores a backup (default: the newest that was applied)."""
    _refuse_docker(seen.instance)
    backup = plan.choose_backup(seen.instance, identifier)
    kept = apply.read_kept(host, seen.instance, backup.id)
    return plan.undo(seen.instance, backup, kept.originals, ours=kept.ours, force=force)


def plan_invitations(host: Host, seen: Look) -> Plan:
    """The plan that installs what invitations need; without changes where it is there."""
    _refuse_docker(seen.instance)
    invitations.refuse_where_impossible(seen.instance)
    try:
        running = invitations.loaded(host, seen.instance)
    except invitations.NotReadyError:
        running = None
    return invitations_setup.plan_setup(seen.instance, running)


def can_invite(seen: Look) -> bool:
    """Whether the files have all that invitations need, the page in whatever version."""
    there = invitations_setup.has_page(seen.instance)
    return there and not invitations_setup.lacking(seen.instance)


def plan_mend(seen: Look, wanted: Sequence[str]) -> mending.Mending:
    """The plan that mends findings, by id; all that we can mend, bar what is only worth knowing,
    where none is named. Raises ``RefusedError`` where a named one can't be mended, or where too
    little could be read to say."""
    chosen = [f for f in seen.findings if f.id in wanted or (not wanted and f.severity != "info")]
    made = plan_mend_of(seen, chosen, skip=not wanted)
    unread = next((f for f in seen.findings if f.id == "unreadable"), None)
    missing = set(wanted).difference(f.id for f in seen.findings)
    if unread is not None and (missing or made.plan.empty):
        what = f"whether there is {min(missing)} can't be said" if missing else "nothing is mended"
        raise RefusedError(f"{what}: not everything could be read", unread.fix or unread.evidence)
    return made


def plan_mend_of(seen: Look, chosen: Sequence[Finding], *, skip: bool = False) -> mending.Mending:
    """The plan that mends these. ``skip`` leaves out, and tells, what can't be mended by us."""
    _refuse_docker(seen.instance)
    return mending.compute(seen.instance, seen.verdict, chosen, skip=skip)


def invite(
    host: Host, seen: Look, name: str, *, reset: bool, valid: int | None
) -> invitations.Invited | Plan:
    """An invitation, or the plan that must be applied before there can be one."""
    _refuse_docker(seen.instance)
    invitations.refuse_where_impossible(seen.instance)
    if can_invite(seen):
        try:
            return invitations.create(host, seen.instance, name, reset=reset, valid=valid)
        except invitations.NotReadyError as error:
            planned = plan_invitations(host, seen)
            if not planned.changes and not planned.restarts:
                raise RefusedError(error.message, error.hint) from None
            return planned
    return plan_invitations(host, seen)


def run_plan(host: Host, seen: Look, planned: Plan, options: ApplyOptions) -> Applied:
    """Apply a plan as one transaction, and prove it."""
    if planned.empty:
        return Applied(Ending.NOTHING, planned.reason or "nothing is to do")
    if not planned.changes:
        return _restart_what_is_stale(host, seen, planned, options)
    result = apply.run(
        host,
        seen.instance,
        planned,
        who=options.who,
        prove=_prove(host, seen.instance, planned.expectation),
        decide=options.decide,
        on_step=options.on_step,
        on_countdown=options.on_countdown,
        confirm_timeout=options.confirm_timeout,
        when_idle=options.when_idle and hits_meetings(planned),
        cancel=options.cancel,
    )
    if not planned.starts or result.ending is not Ending.APPLIED:
        return result
    return _start_after(host, seen, planned, options, result)


def _start_after(
    host: Host, seen: Look, planned: Plan, options: ApplyOptions, result: Applied
) -> Applied:
    """What was down before starts once the files stand: a rollback would find nothing to do."""
    steps = list(result.steps)
    try:
        _restart(host, seen, planned.starts, options, steps)
    except InstanceError as error:
        message = f"the files are changed, but {error.message}"
        return replace(
            result, ending=Ending.BROKEN, message=message, hint=error.hint, steps=tuple(steps)
        )
    return replace(result, steps=tuple(steps))


def _restart(
    host: Host,
    seen: Look,
    names: Sequence[ServiceName],
    options: ApplyOptions,
    steps: list[Step],
) -> Instance:
    """Restart these; the instance with what runs now."""
    now = {service.name: service for service in seen.instance.services}
    for name in names:
        begun = time.monotonic()
        options.on_step(Step(f"restart {name}"))
        now[name] = services.restart(host, seen.instance, name)
        steps.append(Step(f"restart {name}", time.monotonic() - begun, True))
        options.on_step(steps[-1])
    return replace(seen.instance, services=tuple(now.values()))


def _restart_what_is_stale(host: Host, seen: Look, planned: Plan, options: ApplyOptions) -> Applied:
    """The files say what is wanted already; services that run with older settings restart."""
    steps: list[Step] = []
    names = (*planned.restarts, *planned.starts)
    instance = _restart(host, seen, names, options, steps)
    begun = time.monotonic()
    options.on_step(Step("proof"))
    outcome, verdict, why = _prove(host, instance, planned.expectation, COMING_UP)()
    proved = outcome is Outcome.PROVED
    steps.append(Step("proof", time.monotonic() - begun, proved, "; ".join(why)))
    options.on_step(steps[-1])
    if proved:
        message = "restarted, and the proof is right"
        return Applied(Ending.APPLIED, message, verdict=verdict, steps=tuple(steps))
    how = "the proof is not right" if outcome is Outcome.WRONG else "it can't be proved"
    return Applied(
        Ending.BROKEN,
        f"restarted {', '.join(names)}, but {how}: {'; '.join(why)}",
        "no file was changed; look at the logs of these services",
        verdict=verdict,
        steps=tuple(steps),
    )


def follow_again(
    host: Host, seen: Look, planned: Plan, identifier: str, options: ApplyOptions
) -> Applied:
    """Go on with our own run of a plan after a lost connection, wherever it is by now."""
    return apply.attach(
        host,
        seen.instance,
        identifier,
        prove=_prove(host, seen.instance, planned.expectation),
        decide=options.decide,
        on_step=options.on_step,
        on_countdown=options.on_countdown,
        cancel=options.cancel,
    )


def prune(host: Host, seen: Look, ids: Sequence[str]) -> apply.Pruned:
    """Delete the backups that were shown to somebody, and no others."""
    return apply.prune(host, seen.instance, ids)


def recover(host: Host, seen: Look) -> Applied | None:
    """Bring to its end what a dead run left half done; ``None`` where there is nothing to do."""
    return apply.recover(host, seen.instance) if seen.instance.unfinished else None


def who_we_are(user_there: str) -> str:
    """Who makes a change, for the backup's manifest: the user here and the user there."""
    try:
        here = getpass.getuser()
    except (KeyError, OSError):
        here = "?"
    return here if here == user_there else f"{here} as {user_there}"


def _prove(
    host: Host, instance: Instance, expectation: Expectation, timeout: float = 30.0
) -> Callable[[], tuple[Outcome, Verdict | None, tuple[str, ...]]]:
    def prove() -> tuple[Outcome, Verdict | None, tuple[str, ...]]:
        verdict = probe.look(
            host,
            instance,
            guest_domain=expectation.guest_domain,
            expect_rooms_closed=expectation.authority == "xmpp",
            timeout=timeout,
        )
        outcome, why = probe.judge(expectation, verdict)
        if outcome is Outcome.PROVED and expectation.invitations:
            outcome, why = invitations_proof.prove(host, instance)
            verdict = replace(verdict, invited=outcome is Outcome.PROVED)
        if outcome is Outcome.PROVED and logins.asked(expectation):
            outcome, why = logins.prove(host, instance, expectation)
        return outcome, verdict, why

    return prove


def with_all_restarts(planned: Plan, instance: Instance) -> Plan:
    """The same plan with a restart of all services of the guide that are here.

    A plan that changes nothing restarts nothing. Raises ``RefusedError`` where one of them would
    not come up.
    """
    if not planned.changes:
        return planned
    here = tuple(s.name for s in instance.services if s.state != "absent")
    refuse_to_take_down(instance, here, planned.changes)
    return replace(planned, restarts=here)


def _refuse_docker(instance: Instance) -> None:
    refusal: RefusedError | None = facts.docker_refusal(instance)
    if refusal is not None:
        raise refusal
