"""The pictures of the README: the app on the practice server, driven by its own keys.

Run ``make screenshots``. Nothing is staged: the server is closed, accounts are made and logs move
while the pictures are taken.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from jitsi_tui.commands import arguments
from jitsi_tui.settings import Settings
from jitsi_tui.tui import launch
from jitsi_tui.tui.app import JitsiTuiApp
from jitsi_tui.tui.screens.applying import ApplyingSheet
from jitsi_tui.tui.screens.confirm import ConfirmSheet
from jitsi_tui.tui.screens.same import SameSheet
from jitsi_tui.tui.screens.secret import SecretSheet

FOLDER = Path(__file__).parents[1] / "screenshots"
SIZE = (120, 36)
PATIENCE = 60.0


class Photographer:
    """Presses keys, waits for what they bring, takes pictures."""

    def __init__(self, app: JitsiTuiApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def until(self, what: str, there: Callable[[], bool]) -> None:
        """Wait until something is there. Raises ``TimeoutError`` with its name."""
        end = time.monotonic() + PATIENCE
        while not there():
            if time.monotonic() > end:
                raise TimeoutError(f"{what} did not come within {PATIENCE:.0f} s")
            await self.pilot.pause(0.05)
        await self.pilot.pause(0.3)

    async def press(self, *keys: str) -> None:
        """Press keys as a person would: one after the other."""
        for key in keys:
            await self.pilot.press(key)
        await self.pilot.pause(0.2)

    def take(self, name: str) -> None:
        """Write the picture of what is on the screen."""
        self.app.clear_notifications()
        svg = self.app.export_screenshot(title="jitsi-tui")
        (FOLDER / f"{name}.svg").write_text(svg, "utf-8")


async def photograph() -> None:
    """Walk the road once."""
    app = launch.build(arguments.parse(["demo"]), Settings())
    FOLDER.mkdir(exist_ok=True)
    async with app.run_test(size=SIZE) as pilot:
        camera = Photographer(app, pilot)
        await camera.until("the first look", lambda: app.state.status is not None)
        camera.take("overview")
        await camera.press("c")
        await camera.until("the plan", lambda: app.state.planned is not None)
        camera.take("auth")
        await close_it(camera)
        await camera.press("3")
        camera.take("guests")
        await moderators(camera)
        await logs(camera)
        await camera.press("6")
        await camera.until("what was changed", lambda: bool(app.state.backups))
        camera.take("history")


async def close_it(camera: Photographer) -> None:
    """Apply the plan that is on the screen."""
    app = camera.app
    await camera.press("a")
    await camera.until("the question", lambda: isinstance(app.screen, ConfirmSheet))
    await camera.until("the count", lambda: app.state.calls is not None)
    await camera.pilot.pause(0.4)
    camera.take("confirm")
    await camera.press("y")
    await camera.until("the end of the change", lambda: _ended(app))
    await camera.until("the next look", lambda: _posture(app) == "secure")
    camera.take("applied")
    await camera.press("escape")


async def moderators(camera: Photographer) -> None:
    """Make a few accounts."""
    app = camera.app
    await camera.press("4")
    await camera.until("the accounts", lambda: app.state.listing is not None)
    for name in ("ada", "grace", "joki"):
        await camera.press("a", *name, "enter", "enter")
        await camera.until("the password", lambda: isinstance(app.screen, SecretSheet))
        await camera.press("escape")
    await camera.until("three accounts", lambda: _accounts(app) == 3)
    camera.take("moderators")


async def logs(camera: Photographer) -> None:
    """Let them move for a while."""
    app = camera.app
    await camera.press("5")
    sources = ("prosody", "jicofo", "jvb", "nginx")
    await camera.until(
        "lines in all logs", lambda: all(len(app.logs.source(name).buffer) for name in sources)
    )
    await camera.pilot.pause(3)
    camera.take("logs")
    await camera.press("tab", "slash", *"joined", "enter", "x")
    await camera.until("what belongs together", lambda: isinstance(app.screen, SameSheet))
    await camera.press("tab")
    await camera.pilot.pause(1)
    camera.take("logs-room")
    await camera.press("escape", "escape")


def _ended(app: JitsiTuiApp) -> bool:
    run = app.state.run
    return isinstance(app.screen, ApplyingSheet) and run is not None and run.result is not None


def _posture(app: JitsiTuiApp) -> str:
    return app.state.status.posture if app.state.status else ""


def _accounts(app: JitsiTuiApp) -> int:
    return len(app.state.listing.moderators) if app.state.listing else 0


if __name__ == "__main__":
    os.environ.setdefault("COLORTERM", "truecolor")
    with tempfile.TemporaryDirectory() as state:
        # How the photographer has his own panes is not for the pictures.
        os.environ["XDG_STATE_HOME"] = state
        asyncio.run(photograph())
