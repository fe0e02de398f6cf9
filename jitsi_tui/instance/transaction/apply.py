"""Drives the transaction that ``apply.pl`` runs on the server, and gives it the proof.

The program runs apart from the connection. One command starts it and follows its journal; the word
that confirms, or rolls back, goes in on the same command's input.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import CommandTimeoutError, ConnectionLostError, Host, Stream

from .. import wire
from ..layout import Layout
from ..model import (
    Applied,
    Ending,
    Instance,
    InstanceError,
    Outcome,
    Plan,
    RefusedError,
    Step,
    Verdict,
)
from . import proof
from .following import Following
from .manifest import is_id

Prove: TypeAlias = Callable[[], tuple[Outcome, Verdict | None, tuple[str, ...]]]
"""Asks the running server: the outcome, what it answered, and reasons in words."""

Decide: TypeAlias = Callable[[tuple[str, ...], float], bool]
"""Asks the admin whether to keep what can't be proved: the reasons, and the seconds left."""

POLL = 0.1
"""Seconds between two looks at a wish to cancel, while the server is silent."""

REATTACH = 3
"""How often a run is taken up again whose following ended while the connection stands."""

READ_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True)
class Kept:
    """The files of a backup by their path."""

    originals: Mapping[str, bytes] = field(repr=False)
    ours: Mapping[str, bytes] = field(repr=False)
    """What the change made of them; backups of earlier versions have none."""


@dataclass(frozen=True)
class Pruned:
    """What became of backups that were to be deleted."""

    gone: tuple[str, ...] = ()
    stayed: Mapping[str, str] = field(default_factory=dict)
    """Id to why it could not go."""

    freed: int = 0
    """Bytes on the disk."""


class RunLostError(ConnectionLostError):
    """The connection broke after the run was sent on its way."""

    def __init__(self, why: ConnectionLostError, backup: str | None) -> None:
        super().__init__(why.message, why.hint)
        self.backup = backup
        """The run's id; ``None`` where it was not heard."""


def _ignore(_: object) -> None:
    """For callers who don't count down."""


def run(  # noqa: PLR0913 - the whole of an apply, each part named by its caller
    host: Host,
    instance: Instance,
    plan: Plan,
    *,
    who: str,
    prove: Prove,
    decide: Decide | None,
    on_step: Callable[[Step], None],
    on_countdown: Callable[[float], None] = _ignore,
    confirm_timeout: float = 60.0,
    restart_all: bool = False,
    when_idle: bool = False,
    cancel: threading.Event | None = None,
) -> Applied:
    """Change the server as planned, or leave it as it was.

    ``confirm_timeout`` is how many seconds the changed server waits for the proof before it rolls
    back by itself. With ``when_idle`` the server counts its meetings once more before the first
    file is replaced and before the first restart, and turns back if there is one (see
    ``met_a_meeting``). Setting ``cancel`` rolls back. Raises ``RunLostError`` when the connection
    breaks: the run then goes to its own end (``attach`` follows it again), and other ``HostError``
    where nothing was started.
    """
    if not plan.changes:
        return Applied(Ending.NOTHING, plan.reason or "nothing is to be done")
    follower = _Follower(host, instance.layout, prove, decide, on_step, on_countdown, cancel)
    request = _request(instance, plan, who, confirm_timeout, restart_all, when_idle)
    return follower.start(plan.summary, request)


def attach(
    host: Host,
    instance: Instance,
    backup_id: str,
    *,
    prove: Prove,
    decide: Decide | None,
    on_step: Callable[[Step], None],
    on_countdown: Callable[[float], None] = _ignore,
    cancel: threading.Event | None = None,
) -> Applied:
    """Follow a run that goes on without us, from its first step, and give it the proof.

    One that ended meanwhile is told by its backup; one that left no backup had been refused.
    """
    follower = _Follower(host, instance.layout, prove, decide, on_step, on_countdown, cancel)
    return follower.attach(_checked(backup_id))


def recover(host: Host, instance: Instance) -> Applied | None:
    """Bring to its end what a dead run left half done; ``None`` where there is none.

    A run whose process is there is left alone (``None`` too: ``attach`` to it).
    """
    following = Following()
    for fields in _ask(host, instance.layout, "resume", "Finish an interrupted change"):
        following.take(fields)
    return following.applied(None) if following.ended else None


def read_backup(host: Host, instance: Instance, backup_id: str) -> Mapping[str, bytes]:
    """The original files of a backup by their path. Raises ``RefusedError`` if it can't be read."""
    return read_kept(host, instance, backup_id).originals


def read_kept(host: Host, instance: Instance, backup_id: str) -> Kept:
    """All files of a backup. Raises ``RefusedError`` if it can't be read."""
    nonce = wire.new_nonce()
    command = wire.command(
        instance.layout, "read", nonce, "Read a backup", f"--id={_checked(backup_id)}"
    )
    rest = host.run(command, limit=READ_LIMIT).stdout
    files: dict[str, dict[str, bytes]] = {"file": {}, "ours": {}}
    mark = nonce.encode() + b" "
    while rest:
        line, _, rest = rest.partition(b"\n")
        if not line.startswith(mark):
            continue
        match wire.split(line[len(mark) :]):
            case ("file" | "ours" as which, path, size) if _fits(size, rest):
                files[which][path], rest = rest[: int(size)], rest[int(size) + 1 :]
            case ("error", why):
                raise RefusedError(why, "See the list of backups: jitsi-tui undo DEST --list")
            case ("end",):
                return Kept(files["file"], files["ours"])
    raise wire.WireError(f"the backup {backup_id} arrived incomplete", "Try again.")


def _fits(size: str, rest: bytes) -> bool:
    return size.isascii() and size.isdecimal() and len(size) < 12 and int(size) < len(rest)


def prune(host: Host, instance: Instance, ids: Sequence[str]) -> Pruned:
    """Delete these backups. One whose change has not ended stays, and is told with why.

    Raises ``RefusedError`` while a change is being made.
    """
    if not ids:
        return Pruned()
    named = ",".join(_checked(each) for each in ids)
    records = _ask(host, instance.layout, "prune", "Delete old backups", f"--ids={named}")
    told = [fields for fields in records if len(fields) == 3]
    gone = [fields for fields in told if fields[0] == "pruned"]
    stayed = {identifier: why for what, identifier, why in told if what == "kept"}
    return Pruned(
        tuple(fields[1] for fields in gone),
        stayed,
        sum(int(size) for _, _, size in gone if size.isdecimal() and len(size) < 16),
    )


def _checked(backup_id: str) -> str:
    if not is_id(backup_id):
        raise RefusedError(
            f"{backup_id!r} is not the id of a backup",
            "Ids look like 20260131T120000Z-1: jitsi-tui undo DEST --list",
        )
    return backup_id


def _ask(host: Host, layout: Layout, mode: str, title: str, *args: str) -> list[tuple[str, ...]]:
    """The records of a short command. Raises ``RefusedError`` with the program's own reason."""
    nonce = wire.new_nonce()
    result = host.run(wire.command(layout, mode, nonce, title, *args))
    records = wire.Records(nonce).feed(result.stdout)
    for fields in records:
        if fields[0] == "error":
            raise RefusedError(fields[1] if len(fields) > 1 else "the server refused")
    if not records:
        raise _silence(result.stderr)
    return records


def _silence(stderr: bytes) -> wire.WireError:
    last = stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
    said = f": {last[0][:300]}" if last else ""
    return wire.WireError(
        f"our program on the server ended without a word{said}",
        "It needs perl (package perl-base), which every Debian and Ubuntu has.",
    )


def _request(
    instance: Instance,
    plan: Plan,
    who: str,
    confirm_timeout: float,
    restart_all: bool,
    when_idle: bool,
) -> bytes:
    """What ``Apply::Request`` reads."""
    wanted = plan.expectation
    fields = {
        "who": who,
        "what": plan.summary,
        "domain": plan.domain,
        "guest": wanted.guest_domain or "",
        "strangers": {True: "1", False: "0", None: ""}[wanted.strangers_log_in],
        "guests": "1" if wanted.guests else "0",
        "confirm": f"{confirm_timeout:.1f}",
        "all": "1" if restart_all else "0",
        "idle": "1" if when_idle else "0",
        "policy-before": _policy_before(instance),
        "policy-after": _policy_after(plan) or _policy_before(instance),
        "undoes": plan.undoes or "",
    }
    lines = [wire.record(key, value) for key, value in fields.items()]
    lines += [wire.record("restart", name) for name in plan.restarts]
    for change in plan.changes:
        lines += wire.file_records(change, None)
    return b"".join(lines)


def met_a_meeting(result: Applied) -> bool:
    """Whether an apply that waits for idle turned back because a meeting had begun meanwhile."""
    turned = result.ending in (Ending.REFUSED, Ending.ROLLED_BACK)
    return turned and any(step.name == "idle" and step.ok is False for step in result.steps)


def _policy_before(instance: Instance) -> str:
    """What the files wanted before, short, for the history."""
    from ..posture import settings  # noqa: PLC0415 - parsers

    now = settings(instance)
    return _policy(secured=now.secured, guest_domain=now.guest_domain if now.guests else None)


def _policy_after(plan: Plan) -> str:
    """Empty where the plan has no part in who gets in."""
    wanted = plan.expectation
    if wanted.strangers_log_in is None:
        return ""
    guest_domain = wanted.guest_domain if wanted.guests else None
    return _policy(secured=not wanted.strangers_log_in, guest_domain=guest_domain)


def _policy(*, secured: bool, guest_domain: str | None) -> str:
    guests = f", guests on {guest_domain}" if guest_domain else ""
    return ("secure" if secured else "open") + guests


class _Follower:
    """One run, from its start or taken up again, to its ending."""

    def __init__(
        self,
        host: Host,
        layout: Layout,
        prove: Prove,
        decide: Decide | None,
        on_step: Callable[[Step], None],
        on_countdown: Callable[[float], None],
        cancel: threading.Event | None,
    ) -> None:
        self._host = host
        self._layout = layout
        self._prove = prove
        self._decide = decide
        self._on_countdown = on_countdown
        self._cancel = cancel
        self._following = Following(on_step)
        self._verdict: Verdict | None = None
        self._word: bytes | None = None
        self._sent: Stream | None = None
        self._told: float | None = None

    def start(self, title: str, request: bytes) -> Applied:
        nonce = wire.new_nonce()
        try:
            self._follow(wire.command(self._layout, "start", nonce, title, request=request), nonce)
            return self._to_the_end()
        except ConnectionLostError as why:
            raise RunLostError(why, self._following.backup) from why

    def attach(self, backup_id: str) -> Applied:
        self._following.backup = backup_id
        self._attach_once()
        return self._to_the_end()

    def _attach_once(self) -> None:
        nonce = wire.new_nonce()
        title = "Follow a running change"
        id_ = f"--id={self._following.backup}"
        self._follow(wire.command(self._layout, "attach", nonce, title, id_), nonce)

    def _to_the_end(self) -> Applied:
        """Only the following may die while the connection stands: the run itself is taken up."""
        for _ in range(REATTACH):
            if self._following.ended:
                break
            self._attach_once()
        if not self._following.ended:
            raise ConnectionLostError(
                "the change goes on without us",
                "The server finishes it or rolls it back by itself; look again in a minute.",
            )
        return self._following.applied(self._verdict)

    def _follow(self, command: Command, nonce: str) -> None:
        records = wire.Records(nonce)
        stream = self._host.stream(command)
        heard = False
        try:
            while not self._following.ended:
                try:
                    data = stream.read(timeout=POLL)
                    if not data:
                        break
                    for fields in records.feed(data):
                        heard = True
                        self._following.take(fields)
                except CommandTimeoutError:
                    pass
                # What comes before the program answers may be swallowed while it reads itself in.
                if heard:
                    self._answer(stream)
            if not self._following.ended and self._following.backup is None:
                raise _silence(stream.stderr())
        finally:
            stream.close()

    def _answer(self, stream: Stream) -> None:
        """Once the server is changed and healthy: the proof, or the wish to go back."""
        if self._following.ended:
            return
        left = self._following.left
        if left is not None and left != self._told:
            self._told = left
            self._on_countdown(left)
        if self._cancel is not None and self._cancel.is_set():
            self._decided("revert", "cancelled")
        elif left is not None and self._word is None:
            self._prove_it(stream, left)
        self._send(stream)

    def _prove_it(self, stream: Stream, left: float) -> None:
        try:
            outcome, self._verdict, reasons = self._prove()
        except InstanceError as error:
            outcome, reasons = Outcome.UNPROVABLE, (error.message,)
        except ConnectionLostError:
            raise
        except BaseException:
            self._decided("revert", "the proof was broken off")
            self._send(stream)
            raise
        if self._cancel is not None and self._cancel.is_set():
            self._decided("revert", "cancelled")
        elif outcome is Outcome.PROVED:
            self._decided("confirm", proof.kept(self._verdict, ()))
        elif outcome is Outcome.WRONG:
            self._decided("revert", "the proof failed: " + "; ".join(reasons))
        elif self._decide is not None and self._decide(reasons, left):
            self._decided("confirm", proof.kept(self._verdict, reasons))
        else:
            self._decided("revert", "it can't be proved: " + "; ".join(reasons))

    def _decided(self, word: str, text: str) -> None:
        """The last word before the server's own decision counts; a wish to cancel beats it."""
        made = wire.record(word, text[:2000])
        if made != self._word:
            self._word, self._sent = made, None

    def _send(self, stream: Stream) -> None:
        """Once on each stream: the one before may have died with the word in it.

        One that ended meanwhile still has something to read, and reading tells a lost connection.
        """
        if self._word is not None and self._sent is not stream:
            self._sent = stream
            with suppress(ConnectionLostError, OSError):
                stream.write(self._word)
