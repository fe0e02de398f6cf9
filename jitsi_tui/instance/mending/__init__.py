"""From findings to the plan that mends them: several at once, each file edited once.

A mend is a pure change on paper. Its plan runs through the same transaction as every other one,
with a proof that fits it: what it touches must be right afterwards, all else as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from jitsi_tui.configs.document import ConfigError

from ..coming_up import refuse_to_take_down
from ..model import (
    SERVICES,
    FileChange,
    Finding,
    Instance,
    InstanceError,
    Plan,
    RefusedError,
    ServiceName,
    Verdict,
)
from ..plan import files, restarts_for, with_changes
from . import mends
from . import prosody as mends_prosody
from .expecting import Claims, expected
from .mends import Bench, Mend

MENDS: dict[str, Mend] = {**mends.MENDS, **mends_prosody.MENDS}
"""Each finding that we can mend, by id. One may refuse a single server, and says why then."""

_LEFT_BY_HAND = "jitsi-tui has no mend for it"


@dataclass(frozen=True)
class Refusal:
    """A finding that we can't mend: why, and what to do by hand."""

    finding: Finding
    why: str
    by_hand: str


@dataclass(frozen=True)
class Mending:
    """What would be mended, and what not."""

    plan: Plan
    mended: tuple[Finding, ...]
    refused: tuple[Refusal, ...] = ()


def mend_of(finding: Finding) -> Mend | None:
    """How a finding is mended; ``None`` where that is a person's work."""
    return MENDS.get(finding.id)


def by_hand(finding: Finding, why: str = _LEFT_BY_HAND) -> Refusal:
    """What is said of a finding that stays."""
    return Refusal(finding, why, finding.fix or "")


def compute(
    instance: Instance,
    verdict: Verdict | None,
    chosen: Sequence[Finding],
    *,
    skip: bool = False,
) -> Mending:
    """The one plan that mends all chosen findings.

    Raises ``RefusedError`` where one can't be mended by us (with ``skip`` it is left out and told),
    or where two want different things of one file.
    """
    work = _Work(instance, verdict)
    refused = []
    for finding in chosen:
        mend = mend_of(finding)
        try:
            if mend is None:
                raise RefusedError(f"{finding.id}: {_LEFT_BY_HAND}", _by_hand_hint(finding))
            work.do(finding, mend)
        except (InstanceError, ConfigError) as error:
            if not skip:
                raise RefusedError(error.message, error.hint) from None
            refused.append(by_hand(finding, error.message.removeprefix(f"{finding.id}: ")))
    work.check_agreement()
    plan = work.plan()
    if not work.mended:
        left = "what was found is left to a person" if refused else "there is nothing to mend"
        plan = replace(plan, reason=left)
    return Mending(plan, tuple(work.mended), tuple(refused))


def _by_hand_hint(finding: Finding) -> str:
    return f"by hand: {finding.fix}" if finding.fix else ""


class _Work:
    """The instance as it becomes, mend by mend."""

    def __init__(self, instance: Instance, verdict: Verdict | None) -> None:
        self._before = instance
        self._now = instance
        self._verdict = verdict
        self._benches: list[tuple[Finding, Mend, Bench]] = []

    @property
    def mended(self) -> list[Finding]:
        """The findings that are dealt with."""
        return [finding for finding, _, _ in self._benches]

    def do(self, finding: Finding, mend: Mend) -> None:
        """One more mend, on top of those before."""
        bench, after = self._try(finding, mend)
        self._benches.append((finding, mend, bench))
        self._now = after

    def _try(self, finding: Finding, mend: Mend) -> tuple[Bench, Instance]:
        bench = Bench(self._now, self._verdict, finding)
        mend(bench)
        changes = bench.editor.changes()
        present = {file.real: file for file in files(self._now)}
        changes += [
            FileChange(
                path,
                present[path].data,
                present[path].data,
                mode_before=present[path].mode,
                mode_after=mode,
            )
            for path, mode in bench.modes.items()
            if present[path].mode != mode
        ]
        after = with_changes(self._now, changes) if changes else self._now
        return bench, _reading_aside(after) if bench.reads_aside else after

    def check_agreement(self) -> None:
        """Each mend, run again on what came out, must find its own state there."""
        for finding, mend, _ in self._benches:
            try:
                _, again = self._try(finding, mend)
            except (InstanceError, ConfigError):
                continue  # its fault is gone, so it has nothing to say
            wants = _differences(self._now, again)
            if wants:
                others = ", ".join(f.id for f in self.mended if f is not finding) or "itself"
                raise RefusedError(
                    f"{finding.id} and {others} want different things of {wants[0].path}",
                    "mend one of them, look again, then the other",
                )

    def plan(self) -> Plan:
        """All of it as one plan."""
        changes = _differences(self._before, self._now)
        benches = [bench for _, _, bench in self._benches]
        wanted: set[ServiceName] = set(restarts_for(self._before, changes))
        starts: set[ServiceName] = set()
        for bench in benches:
            wanted |= bench.restarts
            starts |= bench.starts
        down = {s.name for s in self._before.services if s.state == "stopped"}
        starts |= wanted & down
        failed = {s.name for s in self._before.services if s.state == "failed"} & (wanted | starts)
        wanted = (wanted - down) | (failed if changes else set())
        starts -= wanted
        touched = wanted | starts
        refuse_to_take_down(self._before, touched, changes)
        claims = Claims(
            guests=any(bench.guests for bench in benches),
            closed=any(bench.closed for bench in benches),
            rooms=any(bench.rooms for bench in benches) and "jicofo" in touched,
            forbidden=frozenset(name for bench in benches for name in bench.forbidden),
        )
        return Plan(
            domain=self._before.domain,
            summary=_summary(self._before.domain, self.mended),
            changes=tuple(changes),
            restarts=tuple(name for name in SERVICES if name in wanted),
            expectation=expected(self._now, self._verdict, touched, claims),
            warnings=tuple(dict.fromkeys(w for bench in benches for w in bench.warnings_told())),
            reason="nothing of this is wrong here (any more)",
            starts=tuple(name for name in SERVICES if name in starts),
            mends=tuple(dict.fromkeys(finding.id for finding in self.mended)),
        )


def _summary(domain: str, mended: Iterable[Finding]) -> str:
    return f"mend {domain}: {', '.join(dict.fromkeys(finding.id for finding in mended))}"


def _reading_aside(instance: Instance) -> Instance:
    """With the files of ``conf.avail`` that ``conf.d`` is taken to link."""
    prosody = instance.prosody
    linked = {
        real: replace(file, path=f"/etc/prosody/conf.d/{real.rpartition('/')[2]}")
        for real, file in prosody.aside.items()
    }
    return replace(instance, prosody=replace(prosody, files={**prosody.files, **linked}))


def _differences(before: Instance, after: Instance) -> list[FileChange]:
    new = {file.real: file for file in files(after)}
    found = []
    for old in files(before):
        file = new[old.real]
        if file.data == old.data and file.mode == old.mode:
            continue
        was, is_ = (old.mode, file.mode) if file.mode != old.mode else (None, None)
        found.append(FileChange(old.real, old.data, file.data, mode_before=was, mode_after=is_))
    return found
