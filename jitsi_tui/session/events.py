"""What a session says: frozen events, posted from its threads to whoever shows them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from jitsi_tui.instance.calls import Calls
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
from jitsi_tui.ssh.command import Secret

from .idle import Waiting

if TYPE_CHECKING:
    from jitsi_tui.instance.accounts.bulk_add import BulkResult
    from jitsi_tui.instance.invitations import Invitation, Invited
    from jitsi_tui.instance.mending import Mending
    from jitsi_tui.logs.events import Event as LogEvent

    from .aftermath import Aftermath


@dataclass(frozen=True)
class Connecting:
    """We are on the way: the current stage in words ("reaching meet.example.org")."""

    stage: str


@dataclass(frozen=True)
class Connected:
    """The connection stands."""

    user: str
    via: tuple[str, ...]
    again: bool = False
    """True after a lost connection came back."""


@dataclass(frozen=True)
class Disconnected:
    """The connection broke or could not be made; ``retry_in`` seconds until the next try."""

    message: str
    hint: str
    retry_in: float | None


@dataclass(frozen=True)
class Latency:
    """One round trip took ``seconds``."""

    seconds: float


@dataclass(frozen=True)
class Status:
    """A fresh look at the server."""

    instance: Instance
    verdict: Verdict | None
    posture: Posture
    findings: tuple[Finding, ...]
    settings: Settings | None = None
    """What the files of the three places want."""


@dataclass(frozen=True)
class StatusFailed:
    """A look that failed; what was shown before may be old."""

    message: str
    hint: str


@dataclass(frozen=True)
class Planned:
    """The plan for a policy, or why there is none."""

    policy: Policy | None
    plan: Plan | None
    error: str = ""
    hint: str = ""
    undoes: str | None = None
    edits: tuple[FileChange, ...] = ()
    """Why an undo was refused: each file as the change left it, and as it is."""


@dataclass(frozen=True)
class CallsCounted:
    """The meetings that run now; ``calls`` is ``None`` where they could not be counted."""

    calls: Calls | None
    trouble: str = ""


@dataclass(frozen=True)
class ApplyWaiting:
    """A change waits for the last meeting to end; nothing is changed yet."""

    waiting: Waiting


@dataclass(frozen=True)
class MendPlanned:
    """The plan that mends these findings together, or why there is none."""

    findings: tuple[Finding, ...]
    mending: Mending | None
    error: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Mended:
    """After a mend the server was looked at again: which findings are gone, which are not."""

    gone: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class ApplyStep:
    """A step of the running apply began or ended."""

    step: Step


@dataclass(frozen=True)
class ApplyCountdown:
    """Changed but not confirmed yet: seconds until the server rolls back by itself."""

    seconds: float


@dataclass(frozen=True)
class ApplyDone:
    """The apply ended."""

    result: Applied


@dataclass(frozen=True)
class Unproved:
    """The proof can't be had; the admin decides. Resolve to True to keep the change."""

    why: tuple[str, ...]
    deadline: float
    answer: Future[bool]


@dataclass(frozen=True)
class Backups:
    """The backups on the server, newest first."""

    backups: tuple[Backup, ...]


@dataclass(frozen=True)
class Moderators:
    """The list of moderators."""

    listing: ModeratorList


@dataclass(frozen=True)
class ModeratorsFailed:
    """The list could not be had."""

    message: str
    hint: str


@dataclass(frozen=True)
class InvitationSetup:
    """Nobody can be invited yet: the plan that installs what it needs."""

    plan: Plan


@dataclass(frozen=True)
class InvitationMade:
    """An invitation; its link is shown once, in its own modal."""

    invited: Invited


@dataclass(frozen=True)
class InvitationsListed:
    """The invitations that are outstanding."""

    invitations: tuple[Invitation, ...]


@dataclass(frozen=True)
class InvitationsFailed:
    """The list of invitations could not be had."""

    message: str
    hint: str


@dataclass(frozen=True)
class BulkProgress:
    """So many accounts of a list are made, removed, disabled or enabled."""

    made: int
    total: int


@dataclass(frozen=True)
class BulkDone:
    """A list of accounts came to its end; its passphrases are shown once, in their own modal."""

    domain: str
    result: BulkResult
    file: str | None
    """Where the passphrases were written, on this machine."""


@dataclass(frozen=True)
class AccessGoesOn:
    """Somebody whose account changed can go on opening meetings; offer to end it."""

    what: str
    """What was done, in words: "grace is removed"."""

    after: Aftermath


@dataclass(frozen=True)
class JobDone:
    """A job that the user asked for ended well. ``secret`` is shown once, in its own modal."""

    job: str
    message: str
    secret: Secret | None = None


@dataclass(frozen=True)
class JobFailed:
    """A job that the user asked for failed; nothing it reports is half done unsaid."""

    job: str
    message: str
    hint: str


@dataclass(frozen=True)
class ServicesChanged:
    """The services after a restart."""

    services: tuple[Service, ...]


@dataclass(frozen=True)
class LogBatch:
    """What the logs said since the last batch. The next one comes when this one was ``taken``."""

    events: tuple[LogEvent, ...]
    taken: Callable[[], None] = lambda: None
    shows: bool = True
    """Whether it is worth drawing; otherwise more follows at once."""


@dataclass(frozen=True)
class CommandRan:
    """A command ran on the server, for the panel that shows them; secrets masked."""

    title: str
    shell: str
    exit: int | None
    seconds: float


@dataclass(frozen=True)
class Asked:
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
    | CommandRan
    | Asked
)
Emit: TypeAlias = Callable[[Event], None]
