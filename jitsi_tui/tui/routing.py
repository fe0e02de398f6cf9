"""Where events go that are more than state: questions, secrets, endings, log lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jitsi_tui.session import events as ev
from jitsi_tui.text import visible

if TYPE_CHECKING:
    from .app import JitsiTuiApp

_TYPED_SECONDS = 0.5
"""Between two looks whether somebody still types."""

_OF_MANY = frozenset({"add", "remove", "disable"})
"""Jobs that a sheet follows."""


def route(app: JitsiTuiApp, event: ev.Event) -> None:
    """Do what an event asks for beside changing the state: one small function a kind."""
    handler = _ROUTES.get(type(event))
    if handler is not None:
        handler(app, event)


def _asked(app: JitsiTuiApp, event: ev.Asked) -> None:
    from .screens.asked import AskedSheet  # noqa: PLC0415 - sheets load when they are needed

    app.push_screen(AskedSheet(event))


def _unproved(app: JitsiTuiApp, event: ev.Unproved) -> None:
    from .screens.unproved import UnprovedSheet  # noqa: PLC0415

    app.push_screen(UnprovedSheet(event, app.now()))


def _job_done(app: JitsiTuiApp, event: ev.JobDone) -> None:
    app.job = None
    if event.job in _OF_MANY:
        _end_progress(app)
    if event.secret is None:
        app.say(visible(event.message))
        return
    from .screens.secret import SecretSheet  # noqa: PLC0415

    app.push_screen(SecretSheet(visible(event.message), event.secret))


def _invitation_made(app: JitsiTuiApp, event: ev.InvitationMade) -> None:
    from .screens.invitations import LinkSheet  # noqa: PLC0415

    app.job = None
    app.push_screen(LinkSheet(event.invited))


def _invitation_setup(app: JitsiTuiApp, event: ev.InvitationSetup) -> None:
    from .screens.plan import PlanSheet  # noqa: PLC0415

    app.job = None
    app.push_screen(PlanSheet(event.plan))


def _bulk_done(app: JitsiTuiApp, event: ev.BulkDone) -> None:
    from .screens.handout import HandoutSheet  # noqa: PLC0415

    _end_progress(app)
    app.push_screen(HandoutSheet(event))


def _end_progress(app: JitsiTuiApp) -> None:
    from .screens.progress import ProgressSheet  # noqa: PLC0415

    for sheet in reversed(app.screen_stack):
        if isinstance(sheet, ProgressSheet):
            sheet.end()


def _access_goes_on(app: JitsiTuiApp, event: ev.AccessGoesOn) -> None:
    from textual.widgets import Input, TextArea  # noqa: PLC0415 - loads parsers of its own

    from .screens.access import AccessSheet  # noqa: PLC0415

    session = app.session

    def offer() -> None:
        if app.session is not session:
            return
        # Nobody asked for it: the letters of whoever is typing must not answer it.
        if isinstance(app.focused, Input | TextArea):
            app.set_timer(_TYPED_SECONDS, offer)
        else:
            app.push_screen(AccessSheet(event))

    offer()


def _job_failed(app: JitsiTuiApp, event: ev.JobFailed) -> None:
    app.job = None
    if event.job in _OF_MANY or event.job == "session":
        _end_progress(app)
    hint = f"\n{visible(event.hint)}" if event.hint else ""
    app.say(visible(event.message) + hint, title="That did not work", tone="bad")


def _apply_done(app: JitsiTuiApp, _event: ev.ApplyDone) -> None:
    app.watch_apply()
    if app.session is not None:
        app.session.load_backups()


def _mended(app: JitsiTuiApp, event: ev.Mended) -> None:
    if event.left:
        left = f"Still found: {', '.join(event.left)}"
        gone = f"\nGone: {', '.join(event.gone)}" if event.gone else ""
        app.say(visible(left) + visible(gone, lines=True), title="Looked again", tone="attention")
    elif event.gone:
        are = "is" if len(event.gone) == 1 else "are"
        app.say(visible(f"Looked again: {', '.join(event.gone)} {are} gone"))


def _logs(app: JitsiTuiApp, event: ev.LogBatch) -> None:
    app.logs.take(event.events)
    if app.page is not None and event.shows:
        app.page.logs_came()
    event.taken()


def _logs_failed(app: JitsiTuiApp, event: ev.LogsFailed) -> None:
    app.logs.failed = event.message
    if not event.again:
        hint = f"\n{visible(event.hint)}" if event.hint else ""
        message = visible(event.message) + hint
        app.say(message, title="The logs can't be followed", tone="bad")


def _status(app: JitsiTuiApp, _event: ev.Status) -> None:
    if app.state.draft is not None and not app.state.applying and app.session is not None:
        app.session.plan(app.state.draft)


def _failed_look(app: JitsiTuiApp, event: ev.StatusFailed) -> None:
    if app.state.status is not None:
        hint = f"\n{visible(event.hint)}" if event.hint else ""
        app.say(visible(event.message) + hint, title="The look failed", tone="bad")


_ROUTES: dict[type[Any], Callable[[JitsiTuiApp, Any], None]] = {
    ev.Asked: _asked,
    ev.Unproved: _unproved,
    ev.InvitationMade: _invitation_made,
    ev.InvitationSetup: _invitation_setup,
    ev.BulkDone: _bulk_done,
    ev.AccessGoesOn: _access_goes_on,
    ev.JobDone: _job_done,
    ev.JobFailed: _job_failed,
    ev.ApplyDone: _apply_done,
    ev.Mended: _mended,
    ev.LogBatch: _logs,
    ev.LogsFailed: _logs_failed,
    ev.Status: _status,
    ev.StatusFailed: _failed_look,
}
