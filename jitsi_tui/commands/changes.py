"""``secure``, ``open`` and ``undo``: look, plan, show, ask, apply. Prints nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

from jitsi_tui import text
from jitsi_tui.commands import report
from jitsi_tui.commands.context import Context, confirm, interruptions, opened, show
from jitsi_tui.commands.looking import first_look
from jitsi_tui.commands.report import Answer
from jitsi_tui.instance import calls
from jitsi_tui.instance.calls import Calls, CountError
from jitsi_tui.instance.model import Access, Applied, Ending, Plan, Policy, RefusedError, Step
from jitsi_tui.instance.plan import EditedError
from jitsi_tui.instance.transaction import pruning
from jitsi_tui.session import engine, idle
from jitsi_tui.session.look import Look, look
from jitsi_tui.session.resume import carry_out
from jitsi_tui.session.target import Target
from jitsi_tui.ssh.host import AuthError, Host

_ENDED = {
    Ending.REFUSED: "{}; nothing was changed",
    Ending.ROLLED_BACK: "{}; rolled back: everything is as before",
    Ending.BROKEN: "{}; it was not rolled back",
}


class EndedBadlyError(Exception):
    """An apply that ended without the wanted state; ``answer`` has its data and exit code."""

    def __init__(self, result: Applied, answer: Answer) -> None:
        super().__init__(result.message)
        self.kind = result.ending.name.lower().replace("_", "-")
        restarted_only = result.ending is Ending.BROKEN and result.backup is None
        ended = "{}" if restarted_only else _ENDED.get(result.ending, "{}")
        self.message = ended.format(result.message)
        self.hint = result.hint
        self.answer = answer


class EditedSinceError(Exception):
    """An undo that was refused; ``answer`` shows the edits that it would have lost."""

    def __init__(self, refused: EditedError, answer: Answer) -> None:
        super().__init__(refused.message)
        self.kind, self.message, self.hint = refused.kind, refused.message, refused.hint
        self.answer = answer


def secure(context: Context) -> Answer:
    """``secure``."""
    arguments = context.arguments
    policy = Policy(
        Access.ACCOUNTS,
        arguments.guests,
        arguments.guest_domain,
        login_lifetime=arguments.login_lifetime,
        auto_login=arguments.auto_login,
        auto_owner=arguments.auto_owner,
    )
    return change(context, lambda host, seen: engine.plan_policy(host, seen, policy))


def reopen(context: Context) -> Answer:
    """``open``."""
    policy = Policy(Access.EVERYONE, auto_owner=context.arguments.auto_owner)
    return change(context, lambda host, seen: engine.plan_policy(host, seen, policy))


def undo(context: Context) -> Answer:
    """``undo``, ``undo --list`` and ``undo --prune``."""
    arguments = context.arguments
    if arguments.prune is not None:
        return _prune(context)
    if arguments.list:
        with opened(context) as (host, target):
            seen = first_look(context, host, target, ask_server=False)
        return report.backups(seen.instance.backups)
    try:
        return change(
            context,
            lambda host, seen: engine.plan_undo(host, seen, arguments.id, force=arguments.force),
        )
    except EditedError as error:
        shown = report.edited(error.edits, show_secrets=arguments.show_secrets)
        raise EditedSinceError(error, shown) from None


def _prune(context: Context) -> Answer:
    """Only what was shown goes: a backup that is made meanwhile stays."""
    arguments = context.arguments
    with opened(context) as (host, target):
        seen = first_look(context, host, target, ask_server=False)
        found = pruning.keep_newest(seen.instance, arguments.prune)
        shown = report.pruning(found, arguments.prune)
        if arguments.dry_run or not found.gone:
            return shown
        show(context, shown.lines, asks=not arguments.yes)
        if not arguments.yes:
            confirm(context, f"Delete these backups of {seen.instance.domain} for good?")
        ids = [backup.id for backup in found.gone]
        context.begun.append("deleting backups")
        return report.pruned(found, engine.prune(host, seen, ids))


def install_invitations(context: Context, host: Host, target: Target) -> Answer:
    """What ``moderators invite`` needs on a server: a change like any other."""
    return change(context, engine.plan_invitations, on=(host, target))


def change(
    context: Context,
    make_plan: Callable[[Host, Look], Plan],
    on: tuple[Host, Target] | None = None,
) -> Answer:
    """Look, plan, show, ask, apply. ``on``: a host that is open already, and stays so.

    Raises ``EndedBadlyError`` where it did not end in the wanted state.
    """
    arguments = context.arguments
    with nullcontext(on) if on is not None else opened(context) as (host, target):
        seen = first_look(context, host, target, ask_server=True)
        recovered = None if arguments.dry_run else engine.recover(host, seen)
        if recovered is not None:
            context.say(f"An earlier change was interrupted: {recovered.message}")
            seen = look(host, target.layout, domain=arguments.domain)
        _refuse_unfinished(seen)
        planned = make_plan(host, seen)
        if arguments.restart == "all":
            planned = engine.with_all_restarts(planned, seen.instance)
        counted = _count(host, target, planned)
        shown = report.plan(planned, show_secrets=arguments.show_secrets, calls=counted)
        if arguments.dry_run:
            return shown
        asks = not planned.empty and not arguments.yes
        show(context, shown.lines, asks=asks)
        if asks:
            confirm(context, f"Apply this to {planned.domain}?")
        with interruptions() as cancel:
            options = _options(context, host, cancel)
            result = _carry_out(context, host, target, seen, planned, options)
            if cancel.is_set() and result.ending is Ending.REFUSED:
                raise KeyboardInterrupt
            if result.ending is Ending.APPLIED:
                context.begun.append("the change, which was made and proved")
    answer = report.applied(planned, result, show_secrets=arguments.show_secrets, calls=counted)
    if answer.exit != 0:
        raise EndedBadlyError(result, answer)
    return answer


def _count(host: Host, target: Target, planned: Plan) -> Calls | None:
    """The meetings that a plan would hit: asked right before anybody decides."""
    return calls.count(host, target.layout) if calls.hits_meetings(planned) else None


def _refuse_unfinished(seen: Look) -> None:
    """While a change waits for its proof, its files are there and may be gone in a minute."""
    if seen.instance.unfinished:
        raise RefusedError(
            f"the change {seen.instance.unfinished} on {seen.instance.domain} has not ended yet",
            "it ends by itself within minutes, else by the next command without --dry-run",
        )


def _carry_out(
    context: Context,
    host: Host,
    target: Target,
    seen: Look,
    planned: Plan,
    options: engine.ApplyOptions,
) -> Applied:
    reopened: list[Host] = []

    def reopen() -> Host:
        for old in reopened:
            old.close()
        try:
            reopened[:] = [target.open(context.prompts)]
        except KeyboardInterrupt:
            if options.cancel is not None:
                options.cancel.set()
            raise AuthError("interrupted while connecting again") from None
        return reopened[0]

    def on_lost() -> None:
        context.say("▲ The connection broke; the server goes on by itself. Reconnecting …")

    def go(options: engine.ApplyOptions) -> Applied:
        host_now = reopened[0] if reopened else host
        return carry_out(host_now, reopen, target.layout, seen, planned, options, on_lost=on_lost)

    try:
        return go(options)
    except idle.CancelledError:
        raise KeyboardInterrupt from None
    except CountError as error:
        question = f"{error.message}. Make the change now all the same?"
        if context.arguments.yes or not context.prompts.interactive:
            raise
        confirm(context, question)
        return go(replace(options, when_idle=False))
    finally:
        for each in reopened:
            each.close()


def _options(context: Context, host: Host, cancel: threading.Event) -> engine.ApplyOptions:
    def on_step(step: Step) -> None:
        if step.seconds is not None:
            mark = text.mark(text.step_tone(step))
            context.say(f"{mark} {step.name:<28} {text.short(step.seconds):>7}  {step.detail}")

    def decide(why: tuple[str, ...], seconds: float) -> bool:
        if context.arguments.accept_unproved:
            return True
        show(context, (f"▲ {line}" for line in why))
        if not context.prompts.interactive:
            return False
        try:
            return context.prompts.confirm(
                f"The proof can't be had. Keep the change? It rolls back in {seconds:.0f} s."
            )
        except KeyboardInterrupt:
            cancel.set()
            return False

    return engine.ApplyOptions(
        who=engine.who_we_are(host.user),
        confirm_timeout=context.settings.confirm_timeout,
        decide=decide,
        on_step=on_step,
        on_wait=context.on_wait,
        cancel=cancel,
        when_idle=context.arguments.when_idle,
    )
