"""What a session says: frozen events, posted from its threads to whoever shows them.

Named tuples, which are made in a fifth of the time of frozen dataclasses: the app waits for all
of these classes before its first page.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from jitsi_tui.instance.accounts.bulk_add import BulkResult
    from jitsi_tui.instance.calls import Calls
    from jitsi_tui.instance.invitations import Invitation, Invited
    from jitsi_tui.instance.mending import Mending
    from jitsi_tui.instance.model import (
        Applied,
        Backup,
        FileChange,
        Finding,
        Instance,
        ModeratorList,
        Plan,
        Policy,
        Posture,
        Service,
        Step,
        Verdict,
    )
    from jitsi_tui.instance.posture import Settings
    from jitsi_tui.logs.events import Event as LogEvent
    from jitsi_tui.ssh.command import Secret

    from .aftermath import Aftermath
    from .idle import Waiting


class Connecting(NamedTuple):
    """We are on the way: the current stage in words ("reaching meet.example.org")."""

    stage: str


class Connected(NamedTuple):
    """The connection stands."""

    user: str
    via: tuple[str, ...]
    again: bool = False
    """True after a lost connection came back."""


class Disconnected(NamedTuple):
    """The connection broke or could not be made; ``retry_in`` seconds until the next try."""

    message: str
    hint: str
    retry_in: float | None


class Latency(NamedTuple):
    """One round trip took ``seconds``."""

    seconds: float


class Status(NamedTuple):
    """A fresh look at the server."""

    instance: Instance
    verdict: Verdict | None
    posture: Posture
    findings: tuple[Finding, ...]
    settings: Settings | None = None
    """What the files of the three places want."""


class StatusFailed(NamedTuple):
    """A look that failed; what was shown before may be old."""

    message: str
    hint: str


class Planned(NamedTuple):
    """The plan for a policy, or why there is none."""

    policy: Policy | None
    plan: Plan | None
    error: str = ""
    hint: str = ""
    undoes: str | None = None
    edits: tuple[FileChange, ...] = ()
    """Why an undo was refused: each file as the change left it, and as it is."""


class CallsCounted(NamedTuple):
    """The meetings that run now; ``calls`` is ``None`` where they could not be counted."""

    calls: Calls | None
    trouble: str = ""


class ApplyWaiting(NamedTuple):
    """A change waits for the last meeting to end; nothing is changed yet."""

    waiting: Waiting


class MendPlanned(NamedTuple):
    """The plan that mends these findings together, or why there is none."""

    findings: tuple[Finding, ...]
    mending: Mending | None
    error: str = ""
    hint: str = ""


class Mended(NamedTuple):
    """After a mend the server was looked at again: which findings are gone, which are not."""

    gone: tuple[str, ...]
    left: tuple[str, ...]


class ApplyStep(NamedTuple):
    """A step of the running apply began or ended."""

    step: Step


class ApplyCountdown(NamedTuple):
    """Changed but not confirmed yet: seconds until the server rolls back by itself."""

    seconds: float


class ApplyDone(NamedTuple):
    """The apply ended."""

    result: Applied


class Unproved(NamedTuple):
    """The proof can't be had; the admin decides. Resolve to True to keep the change."""

    why: tuple[str, ...]
    deadline: float
    answer: Future[bool]


class Backups(NamedTuple):
    """The backups on the server, newest first."""

    backups: tuple[Backup, ...]


class Moderators(NamedTuple):
    """The list of moderators."""

    listing: ModeratorList


class ModeratorsFailed(NamedTuple):
    """The list could not be had."""

    message: str
    hint: str


class InvitationSetup(NamedTuple):
    """Nobody can be invited yet: the plan that installs what it needs."""

    plan: Plan


class InvitationMade(NamedTuple):
    """An invitation; its link is shown once, in its own modal."""

    invited: Invited


class InvitationsListed(NamedTuple):
    """The invitations that are outstanding."""

    invitations: tuple[Invitation, ...]


class InvitationsFailed(NamedTuple):
    """The list of invitations could not be had."""

    message: str
    hint: str


class BulkProgress(NamedTuple):
    """So many accounts of a list are made, removed, disabled or enabled."""

    made: int
    total: int


class BulkDone(NamedTuple):
    """A list of accounts came to its end; its passphrases are shown once, in their own modal."""

    domain: str
    result: BulkResult
    file: str | None
    """Where the passphrases were written, on this machine."""


class AccessGoesOn(NamedTuple):
    """Somebody whose account changed can go on opening meetings; offer to end it."""

    what: str
    """What was done, in words: "grace is removed"."""

    after: Aftermath


class JobDone(NamedTuple):
    """A job that the user asked for ended well. ``secret`` is shown once, in its own modal."""

    job: str
    message: str
    secret: Secret | None = None


class JobFailed(NamedTuple):
    """A job that the user asked for failed; nothing it reports is half done unsaid."""

    job: str
    message: str
    hint: str


class ServicesChanged(NamedTuple):
    """Services that were restarted, as they are now."""

    services: tuple[Service, ...]


class LogBatch(NamedTuple):
    """What the logs said since the last batch. The next one comes when this one was ``taken``."""

    events: tuple[LogEvent, ...]
    taken: Callable[[], None] = lambda: None
    shows: bool = True
    """Whether it is worth drawing; otherwise more follows at once."""


class LogsFailed(NamedTuple):
    """No log can be followed, and why; it goes on when a ``LogBatch`` has caught up."""

    message: str
    hint: str
    again: bool = False
    """Whether it failed for the same reason before."""


class CommandRan(NamedTuple):
    """A command ran on the server, for the panel that shows them; secrets masked."""

    title: str
    shell: str
    exit: int | None
    seconds: float
    followed: bool = False
    """Told as it starts: what it says is read as it comes, maybe for hours."""


class Asked(NamedTuple):
    """A question that the connection needs answered; the Future takes ``None`` for "no answer"."""

    kind: str
    """``unknown-host-key``, ``passphrase``, ``password``, ``answers``, ``sudo-password``."""

    title: str
    text: str
    prompts: tuple[tuple[str, bool], ...]
    """Label and whether what is typed may be seen; empty for a yes-or-no question."""

    answer: Future[tuple[Secret, ...] | bool | None]


Event: TypeAlias = (
    Connecting
    | Connected
    | Disconnected
    | Latency
    | Status
    | StatusFailed
    | Planned
    | MendPlanned
    | Mended
    | CallsCounted
    | ApplyWaiting
    | ApplyStep
    | ApplyCountdown
    | ApplyDone
    | Unproved
    | Backups
    | Moderators
    | ModeratorsFailed
    | InvitationSetup
    | InvitationMade
    | InvitationsListed
    | InvitationsFailed
    | BulkProgress
    | BulkDone
    | AccessGoesOn
    | JobDone
    | JobFailed
    | ServicesChanged
    | LogBatch
    | LogsFailed
    | CommandRan
    | Asked
)
Emit: TypeAlias = Callable[[Event], None]
