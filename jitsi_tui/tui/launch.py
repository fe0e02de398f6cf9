"""From a parsed command line to the running app."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from jitsi_tui import settings as user_settings
from jitsi_tui.session import events as ev
from jitsi_tui.session.events import Emit
from jitsi_tui.session.target import Target, access
from jitsi_tui.settings import SavedServer, Settings, SettingsError

from .app import JitsiTuiApp
from .known import PRACTICE, KnownServer, known_servers

if TYPE_CHECKING:
    from jitsi_tui.session.session import ServerSession


def run(arguments: argparse.Namespace, settings: Settings, first: Target | None) -> int:
    """Run the app to its end and return the exit code. ``first``: the server it opens with."""
    if arguments.no_color:
        os.environ["NO_COLOR"] = "1"
    app = build(arguments, settings, first)
    app.run()
    return app.return_code or 0


def build(
    arguments: argparse.Namespace, settings: Settings, first: Target | None = None
) -> JitsiTuiApp:
    """The app as the command line wants it; the one place where it is put together."""
    set_out = {} if first is None else {first.access.destination: first}

    def connect(destination: str, emit: Emit) -> ServerSession:
        # Loaded after the first paint: the parsers take a quarter of a second.
        from jitsi_tui.session.live import LiveSession  # noqa: PLC0415

        target = set_out.pop(destination, None) or Target(
            access(arguments, destination), apart=True
        )
        return LiveSession(target, settings, emit, read_only=getattr(arguments, "read_only", False))

    def known() -> Sequence[KnownServer]:
        from jitsi_tui.ssh.aliases import aliases  # noqa: PLC0415

        saved = user_settings.load(arguments.config).servers
        return known_servers(saved, aliases(arguments.ssh_config))

    def remember(destination: str, status: ev.Status) -> None:
        if destination == PRACTICE:
            return
        server = SavedServer(
            destination, status.instance.domain, status.posture, status.instance.taken
        )
        # A list that can't be written is no reason to disturb whoever looks at a server.
        with contextlib.suppress(SettingsError):
            user_settings.remember(arguments.config, server)

    return JitsiTuiApp(
        connect,
        arguments.destination,
        read_only=getattr(arguments, "read_only", False),
        settings=settings,
        known=known,
        on_status=remember,
    )
