"""What works on every page, and how a change gets under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from .actions import Acting, Action
from .present.frame import TABS
from .state import Run, State

if TYPE_CHECKING:
    from jitsi_tui.instance.model import Plan, Policy

    from .app import JitsiTuiApp


def _no_server(app: JitsiTuiApp) -> str | None:
    return None if app.session is not None else "No server is open yet."


def _no_page(app: JitsiTuiApp) -> str | None:
    # Pages say themselves what they wait for, also before the way to the server is begun.
    return None if app.state.destination else _no_server(app)


def _no_look(app: JitsiTuiApp) -> str | None:
    if app.session is None:
        return "No server is open yet."
    if app.state.looking_since is not None and app.state.up:
        return "It is looking already."
    return None


def _no_run(app: JitsiTuiApp) -> str | None:
    return None if app.state.run is not None else "No change was made since this server was opened."


def _no_leaving(app: JitsiTuiApp) -> str | None:
    if app.state.applying:
        return "A change is under way; wait for its end, or roll it back first."
    return None


GLOBAL: tuple[Action, ...] = (
    *(
        Action(
            f"app.{mode}",
            (str(number),),
            title,
            help_text,
            footer=False,
            why_not=_no_page,
        )
        for number, ((mode, title), help_text) in enumerate(
            zip(
                TABS,
                (
                    "Who may open meetings, how the services are, and what is wrong.",
                    "Choose who may open meetings, and see what that changes.",
                    "Choose whether people without an account may join.",
                    "Who has an account: add, remove, give a new password.",
                    "All logs at once, as they come.",
                    "What was changed, when and by whom; undo it.",
                ),
                strict=True,
            ),
            1,
        )
    ),
    Action(
        "app.refresh",
        ("r",),
        "look again",
        "Look at the server again and prove anew who may open meetings.",
        rank=40,
        why_not=_no_look,
    ),
    Action(
        "app.watch",
        ("w",),
        "the change",
        "Show the change that is under way, or how the last one ended.",
        rank=45,
        why_not=_no_run,
    ),
    Action(
        "app.commands",
        ("exclamation_mark",),
        "commands",
        "Show every command that ran on the server; secrets are masked.",
        rank=70,
        why_not=_no_server,
    ),
    Action(
        "app.servers",
        ("o",),
        "other server",
        "Leave this server and choose another one.",
        rank=75,
        why_not=_no_leaving,
    ),
    Action(
        "app.theme",
        ("ctrl+t",),
        "light or dark",
        "Change between the light and the dark theme.",
        footer=False,
    ),
    Action(
        "app.palette",
        ("colon", "ctrl+p"),
        "find a command",
        "Find any command by typing a part of its name.",
        rank=60,
    ),
    Action(
        "app.help",
        ("question_mark", "f1"),
        "help",
        "Every key, in a sentence each.",
        rank=3,
    ),
    Action("app.quit", ("q", "ctrl+q"), "quit", "Leave jitsi-tui.", rank=35),
)


class GlobalActions(Acting):
    """The methods of ``GLOBAL``, and what pages share: the draft and the apply."""

    job: str | None = None
    """A job that was asked for and has not ended, in words."""

    _logs_of = -1
    """The opening whose logs are followed."""

    _logs_asked: tuple[str, ...] = ()
    """Which of them."""

    @property
    def jitsi(self) -> JitsiTuiApp:
        """The app that this is part of."""
        return cast("JitsiTuiApp", self)

    def do_overview(self) -> None:
        self.jitsi.go("overview")

    def do_auth(self) -> None:
        self.jitsi.go("auth")

    def do_guests(self) -> None:
        self.jitsi.go("guests")

    def do_moderators(self) -> None:
        self.jitsi.go("moderators")

    def do_logs(self) -> None:
        self.jitsi.go("logs")

    def do_history(self) -> None:
        self.jitsi.go("history")

    def do_refresh(self) -> None:
        self.jitsi.state = self.jitsi.state._replace(looking_since=self.jitsi.now())
        if self.jitsi.session is not None:
            self.jitsi.session.refresh()
        self.jitsi.show_state()

    def do_watch(self) -> None:
        self.watch_apply()

    def do_commands(self) -> None:
        from .screens.commands import CommandsSheet  # noqa: PLC0415

        self.jitsi.push_screen(CommandsSheet())

    def do_servers(self) -> None:
        self.jitsi.close_server()
        self.jitsi.state = State(read_only=self.jitsi.state.read_only)
        self.jitsi.go("connect")

    def do_theme(self) -> None:
        from .theme import DARK, LIGHT  # noqa: PLC0415

        self.jitsi.theme = LIGHT if self.jitsi.theme == DARK else DARK

    def do_palette(self) -> None:
        self.jitsi.action_command_palette()

    def do_help(self) -> None:
        from .screens.help import HelpSheet  # noqa: PLC0415

        self.jitsi.push_screen(HelpSheet())

    def do_quit(self) -> None:
        self.jitsi.call_later(self.jitsi.action_quit)

    def propose(self, policy: Policy | None) -> None:
        """What the user would like the server to do; ``None`` takes it back. Changes nothing."""
        self.jitsi.state = self.jitsi.state._replace(
            draft=policy,
            planned=None,
            planning_since=self.jitsi.now() if policy else None,
        )
        if policy is not None and self.jitsi.session is not None:
            self.jitsi.session.plan(policy)
        self.jitsi.show_state()

    def start_apply(self, plan: Plan, *, when_idle: bool = False) -> None:
        """Run a plan that was shown and confirmed, maybe once nobody is in a meeting."""
        if self.jitsi.session is None:
            return
        now = self.jitsi.now()
        self.jitsi.state = self.jitsi.state._replace(run=Run(plan, started=now, step_since=now))
        self.jitsi.session.apply(plan, when_idle=when_idle)
        self.watch_apply()
        self.jitsi.show_state()

    def watch_apply(self) -> None:
        """Have the change in sight, once."""
        from .screens.applying import ApplyingSheet  # noqa: PLC0415

        if not any(isinstance(screen, ApplyingSheet) for screen in self.jitsi.screen_stack):
            self.jitsi.push_screen(ApplyingSheet())

    def do_elsewhere(self, mode: str, action_id: str) -> None:
        """Run an action of another page, there."""
        self.jitsi.go(mode)
        self.jitsi.call_after_refresh(self._on_page, action_id)

    def _on_page(self, action_id: str) -> None:
        if self.jitsi.page is not None:
            self.jitsi.page.action_do(action_id)

    def want_logs(self, sources: Sequence[str]) -> None:
        """Follow these logs of this server too, beside all that a page asked for before."""
        if self.jitsi.session is None:
            return
        asked = self._logs_asked if self._logs_of == self.jitsi.logs.opening else ()
        wanted = tuple(dict.fromkeys((*asked, *sources)))
        if wanted == asked:
            return
        self._logs_of, self._logs_asked = self.jitsi.logs.opening, wanted
        for source in wanted:
            self.jitsi.logs.source(source)
        self.jitsi.session.start_logs(wanted)

    def want_moderators(self) -> None:
        """Read the accounts, unless that is under way."""
        if self.jitsi.session is not None and self.jitsi.state.listing_since is None:
            self.jitsi.state = self.jitsi.state._replace(listing_since=self.jitsi.now())
            self.jitsi.session.load_moderators()

    def want_calls(self) -> None:
        """Count anew who is in a meeting."""
        self.jitsi.state = self.jitsi.state._replace(calls=None)
        if self.jitsi.session is not None:
            self.jitsi.session.count_calls()

    def want_backups(self) -> None:
        """Read what was changed, unless that is under way."""
        if self.jitsi.session is not None and self.jitsi.state.backups_since is None:
            self.jitsi.state = self.jitsi.state._replace(backups_since=self.jitsi.now())
            self.jitsi.session.load_backups()

    def begin_job(self, words: str) -> None:
        """A job was asked for; its end says how it went."""
        self.job = words
        self.jitsi.say(f"{words} …")
