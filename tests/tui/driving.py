"""An app without a server: events are posted, and what it asks of its session is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from jitsi_tui.instance.accounts.bulk import Entry
from jitsi_tui.instance.model import Finding, Plan, Policy
from jitsi_tui.session import events as ev
from jitsi_tui.session.events import Emit
from jitsi_tui.session.inviting import Wish
from jitsi_tui.settings import Settings
from jitsi_tui.ssh.command import Secret
from jitsi_tui.tui.app import JitsiTuiApp
from jitsi_tui.tui.known import KnownServer

from . import samples


class Recorder:
    """A ``ServerSession`` that only remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.emit: Emit = lambda event: None

    def names(self) -> list[object]:
        return [call[0] for call in self.asked]

    def start(self) -> None:
        self.asked.append(("start",))

    def close(self) -> None:
        self.asked.append(("close",))

    def refresh(self) -> None:
        self.asked.append(("refresh",))

    def plan(self, policy: Policy) -> None:
        self.asked.append(("plan", policy))

    def plan_undo(self, backup_id: str, *, force: bool = False) -> None:
        self.asked.append(("plan_undo", backup_id, force))

    def apply(self, plan: Plan, *, restart_all: bool = False, when_idle: bool = False) -> None:
        self.asked.append(("apply", plan, when_idle))

    def count_calls(self) -> None:
        self.asked.append(("count_calls",))

    def prune(self, ids: Sequence[str]) -> None:
        self.asked.append(("prune", *ids))

    def plan_mend(self, findings: Sequence[Finding]) -> None:
        self.asked.append(("plan_mend", tuple(findings)))

    def cancel_apply(self) -> None:
        self.asked.append(("cancel_apply",))

    def load_backups(self) -> None:
        self.asked.append(("load_backups",))

    def load_moderators(self) -> None:
        self.asked.append(("load_moderators",))

    def add_moderator(self, name: str, password: Secret | None) -> None:
        self.asked.append(("add", name, password))

    def reset_password(self, name: str, password: Secret | None) -> None:
        self.asked.append(("reset", name, password))

    def remove_moderators(self, names: Sequence[str]) -> None:
        self.asked.append(("remove", tuple(names)))

    def check_moderator(self, name: str, password: Secret, *, room: bool = True) -> None:
        self.asked.append(("check", name, password) if room else ("check login", name, password))

    @property
    def accounts(self) -> RecordedAccounts:
        return RecordedAccounts(self.asked)

    def restart_service(self, name: str) -> None:
        self.asked.append(("restart", name))

    def start_logs(self, sources: Sequence[str]) -> None:
        self.asked.append(("start_logs", tuple(sources)))

    @property
    def invitations(self) -> RecordedInvitations:
        return RecordedInvitations(self.asked)

    @property
    def older_logs(self) -> Recorder:
        return self

    def before(self, source: str, file: int, offset: int, size: int) -> int:
        self.asked.append(("before", source, file, offset, size))
        return len(self.asked)

    def previous(self, source: str, file: int, size: int) -> int:
        self.asked.append(("previous", source, file, size))
        return len(self.asked)


class RecordedInvitations:
    """``Invitations`` that only remembers what it was asked."""

    def __init__(self, asked: list[tuple[object, ...]]) -> None:
        self._asked = asked

    def make(self, wish: Wish) -> None:
        self._asked.append(("invite", wish))

    def load(self) -> None:
        self._asked.append(("invitations",))

    def revoke(self, identifiers: Sequence[str]) -> None:
        self._asked.append(("revoke", tuple(identifiers)))


class RecordedAccounts:
    """``Accounts`` that only remembers what it was asked."""

    def __init__(self, asked: list[tuple[object, ...]]) -> None:
        self._asked = asked

    def add_many(self, entries: Sequence[Entry], to: Path | None) -> None:
        self._asked.append(("add many", tuple(e.name for e in entries), to))

    def stop(self) -> None:
        self._asked.append(("stop",))

    def set_enabled(self, names: Sequence[str], *, enabled: bool) -> None:
        self._asked.append(("enable" if enabled else "disable", tuple(names)))

    def restore(self, identifier: str) -> None:
        self._asked.append(("restore", identifier))


class Driven(JitsiTuiApp):
    """The app, on a recorder and a clock that stands still."""

    def __init__(
        self,
        destination: str | None = "meet.example.org",
        *,
        read_only: bool = False,
        known: Sequence[KnownServer] = (),
        settings: Settings | None = None,
    ) -> None:
        self.recorder = Recorder()
        self.time = samples.NOW
        super().__init__(
            self._open,
            destination,
            read_only=read_only,
            settings=settings,
            known=lambda: known,
            clock=self._now,
        )

    def _now(self) -> datetime:
        return self.time

    def notify(self, message: str, **how: Any) -> None:
        """Notes stay, however long a busy machine takes to come to look at them."""
        super().notify(message, **{**how, "timeout": 600.0})

    def _open(self, destination: str, emit: Emit) -> Recorder:
        self.recorder.emit = emit
        return self.recorder

    def tell(self, *events: ev.Event) -> None:
        """What the session would say."""
        for event in events:
            self.hear(event, self._opening)


async def tell(pilot: Pilot[None], *events: ev.Event) -> None:
    """Post events and wait until they are shown."""
    app = pilot.app
    assert isinstance(app, Driven)
    app.tell(*events)
    await pilot.pause()
    await pilot.pause()
    while app.state.status is not None and app.page is not None and not app.page.filled:
        await pilot.pause()


async def until(pilot: Pilot[None], there: Callable[[], bool]) -> None:
    """Wait for what no idle app says: a thread's word, or what comes after the next drawing."""
    for _ in range(600):
        if there():
            return
        await pilot.pause(0.05)
    raise AssertionError(shown(pilot))


async def connected(pilot: Pilot[None], *, secure: bool = False) -> None:
    """A server that has been looked at."""
    await pilot.pause()
    await tell(
        pilot,
        ev.Connected("ada", ("jump1",)),
        ev.Latency(0.012),
        samples.status(secure=secure),
    )


def shown(pilot: Pilot[None]) -> str:
    """What stands on the screen, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def wait_out_deafness(pilot: Pilot[None]) -> None:
    """A fresh question ignores its first 300 ms."""
    await pilot.pause(0.35)
