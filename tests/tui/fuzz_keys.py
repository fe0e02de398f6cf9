"""Any keys, sizes and news of a server, in any order and at any speed, leave the app running.

``python -m tests.tui.fuzz_keys [PLAYS] [FIRST]``: so many plays, from a number on (``make fuzz``).
What ends the app is told with the number of the play, which brings it about again.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import traceback
from collections.abc import Callable
from concurrent.futures import Future

from textual import events
from textual.pilot import Pilot

from jitsi_tui.instance.calls import Calls, Count
from jitsi_tui.instance.model import Ending
from jitsi_tui.session import events as ev
from jitsi_tui.session.idle import Waiting
from jitsi_tui.ssh.command import Secret
from jitsi_tui.tui.known import KnownServer

from . import samples
from .driving import Driven
from .test_logs import FILES, Feed, prosody

_SIZES = [(20, 5), (40, 10), (80, 24), (120, 40), (200, 50)]
_NAMED = (
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "tab", "shift+tab"),
    *("enter", "escape", "backspace", "delete", "space", "f1", "ctrl+p", "ctrl+t", "ctrl+u"),
    *("ctrl+r", "ctrl+a", "ctrl+e"),
)
_SIGNS = {
    "slash": "/", "ampersand": "&", "exclamation_mark": "!", "colon": ":", "question_mark": "?",
    "less_than_sign": "<", "greater_than_sign": ">", "apostrophe": "'", "minus": "-",
    "full_stop": ".",
}  # fmt: skip
_LETTERS = "abcdefghijklmnoprstuvwxyzADEFNRTW0123456"
"""All but q, which leaves."""

_CALLS = Calls((Count("jicofo", "running", 2, 7, ""),))


def _key(dice: random.Random) -> events.Key:
    kind = dice.random()
    if kind < 0.35:
        name = dice.choice(_NAMED)
        return events.Key(name, " " if name == "space" else None)
    if kind < 0.5:
        name = dice.choice(sorted(_SIGNS))
        return events.Key(name, _SIGNS[name])
    letter = dice.choice(_LETTERS)
    return events.Key(letter, letter)


class _News:
    """What a session may say next."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._feed = Feed()
        self._lines = 0

    def any(self, app: Driven) -> ev.Event:
        dice, draft = self._dice, app.state.draft or samples.POLICY
        plan = samples.plan()
        kinds: tuple[Callable[[], ev.Event], ...] = (
            lambda: samples.status(secure=dice.random() < 0.5),
            lambda: samples.status(findings=samples.FINDINGS[: dice.randrange(3)]),
            lambda: ev.StatusFailed("no answer", "look again"),
            lambda: ev.Connecting("reaching it"),
            lambda: ev.Connected("ada", ("jump1",)),
            lambda: ev.Disconnected("gone", "wait", dice.choice([None, 2.0])),
            lambda: ev.Planned(draft, plan),
            lambda: ev.Planned(draft, None, "no plan", "try another"),
            lambda: ev.Planned(None, plan, undoes=samples.BACKUPS[0].id),
            lambda: ev.MendPlanned(samples.FINDINGS[:1], None, "can't be mended", "by hand"),
            lambda: ev.CallsCounted(dice.choice([None, _CALLS])),
            lambda: ev.ApplyWaiting(Waiting(_CALLS)),
            lambda: ev.ApplyStep(dice.choice(samples.STEPS)),
            lambda: ev.ApplyCountdown(60.0),
            lambda: ev.ApplyDone(samples.applied(dice.choice(list(Ending)))),
            lambda: ev.Unproved(("nobody answered",), 60.0, Future()),
            samples.backups_event,
            lambda: samples.moderators_event(dice.choice([0, 3, 300])),
            lambda: ev.ModeratorsFailed("no accounts", "look again"),
            lambda: ev.BulkProgress(3, 10),
            lambda: ev.JobDone("add", "joki may open meetings", Secret("correct-horse")),
            lambda: ev.JobFailed(dice.choice(["apply", "add", "session"]), "no", "again"),
            lambda: ev.ServicesChanged(samples.SERVICES[:2]),
            lambda: ev.CommandRan("a look", "cat /etc/hosts", 0, 0.1),
            lambda: ev.Asked("password", "Login", "of ada", (("Password", False),), Future()),
            lambda: ev.Asked("unknown-host-key", "Is it the server?", "SHA256:x", (), Future()),
            self._logs,
            self._logs,
            self._logs,
        )
        return dice.choice(kinds)()

    def _logs(self) -> ev.Event:
        first, self._lines = self._lines, self._lines + self._dice.choice([1, 30, 200])
        source = self._dice.choice(sorted(FILES))
        return self._feed.batch(source, b"".join(map(prosody, range(first, self._lines))))


async def play(seed: int, moves: int) -> None:
    """Keys, sizes and news; an error of the app's comes out of it."""
    dice = random.Random(seed)
    known = [KnownServer("meet.example.org", "saved")]
    app = Driven(known=known, read_only=dice.random() < 0.1)
    news = _News(dice)
    async with app.run_test(size=dice.choice(_SIZES)) as pilot:
        if dice.random() < 0.8:
            app.tell(ev.Connected("ada", ()), samples.status(secure=dice.random() < 0.5))
            await pilot.pause()
        for _ in range(moves):
            await _move(dice, app, pilot, news)
            if not app.is_running:  # it was left, as by the palette
                return
        await pilot.pause()


async def _move(dice: random.Random, app: Driven, pilot: Pilot[None], news: _News) -> None:
    kind = dice.random()
    if kind < 0.75:
        for _ in range(dice.choice([1, 1, 2, 5])):
            app.post_message(_key(dice))
    elif kind < 0.96:
        app.tell(news.any(app))
    else:
        await pilot.resize_terminal(*dice.choice(_SIZES))
    if dice.random() < 0.3:
        await pilot.pause(dice.choice([0.0, 0.01, 0.05]))


def main() -> int:
    """The command."""
    plays, first = [*map(int, sys.argv[1:]), *(100, 0)[len(sys.argv) - 1 :]]
    broken = 0
    with tempfile.TemporaryDirectory() as home:
        # Records are saved at home, or here.
        os.environ |= dict.fromkeys(("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"), home)
        os.chdir(home)
        for seed in range(first, first + plays):
            try:
                asyncio.run(play(seed, 300))
            except Exception:
                broken += 1
                print(f"play {seed}:\n{traceback.format_exc(limit=-6)}", flush=True)
    print(f"{plays} plays, {broken} ended by an error")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
