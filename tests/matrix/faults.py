"""What a fault is, how one case of the matrix is played, and what must hold after it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from jitsi_tui.instance.model import Applied, Ending
from tests.lab.host import LabHost, Spec

from .pausing import BEFORE, go_on, stop_at
from .world import Snapshot, World, connection

Act = Callable[[World], object]
Expected = Mapping[str, frozenset[Ending]]

APPLIED = frozenset({Ending.APPLIED})
REFUSED = frozenset({Ending.REFUSED})
BACK = frozenset({Ending.ROLLED_BACK})
BROKEN = frozenset({Ending.BROKEN})


@dataclass(frozen=True)
class Fault:
    """One fault, and the steps at which it can strike."""

    name: str
    title: str
    expected: Expected
    """The step at which it strikes, to the endings that are right there."""

    arrange: Act | None = None
    """Done before anything else, and before the server is looked at for comparison."""

    act: Act | None = None
    """Done while the run stands still at the step."""

    apply: Callable[[World], Applied] = World.apply
    """What the client does."""

    mend: Act | None = None
    """Takes the fault away again, so that the server can be looked at."""

    check: Callable[[World, Applied], Iterable[str]] | None = None
    """What else must hold: says what doesn't."""

    spec: Mapping[str, object] = field(default_factory=dict)
    user: str = "root"
    foreign: bool = False
    """Somebody else edited files: they need not be as before."""

    quick: frozenset[str] = frozenset()
    """The steps that every test run plays; the rest is for ``make matrix``."""


@dataclass(frozen=True)
class Row:
    """How one case ended."""

    fault: Fault
    step: str
    ending: Ending | None
    message: str
    seconds: float
    problems: tuple[str, ...]


def play(fault: Fault, step: str, release: str = "bookworm") -> Row:
    """Play one case on a fresh host, and say what is not as it must be."""
    began = time.monotonic()
    options = {"release": release, "generation": "fixture", **fault.spec}
    with LabHost(Spec(**options)) as lab, connection(lab, fault.user) as host:  # type: ignore[arg-type]
        world = World.look(lab, host)
        world.user = fault.user
        if fault.arrange:
            fault.arrange(world)
        if step == BEFORE and fault.act:
            fault.act(world)
        elif fault.act:
            stop_at(lab, step)
            world.hooks["begin", step] = partial(_strike, world, fault.act)
        before = world.snapshot()
        result = fault.apply(world)
        if fault.mend:
            fault.mend(world)
        with world.opened:
            problems = tuple(_problems(fault, step, world, before, result))
    return Row(fault, step, result.ending, result.message, time.monotonic() - began, problems)


def _strike(world: World, act: Act) -> None:
    """The run stands still meanwhile, however long it takes."""
    try:
        act(world)
    finally:
        go_on(world.lab)


def _problems(
    fault: Fault, step: str, world: World, before: Snapshot, result: Applied
) -> Iterable[str]:
    wanted = fault.expected[step]
    if result.ending not in wanted:
        names = " or ".join(sorted(ending.value for ending in wanted))
        yield f"ended {result.ending.value} ({result.message}), not {names}"
    if not result.message:
        yield "no reason was given"
    yield from (f"left behind: {stray}" for stray in world.strays())
    after = world.snapshot()
    if after.services != before.services:
        yield f"services: {after.services}, were: {before.services}"
    if fault.check:
        yield from fault.check(world, result)
    if result.ending is Ending.APPLIED:
        yield from _applied(world, foreign=fault.foreign)
    elif result.ending is Ending.BROKEN:
        if not result.hint:
            yield "nothing is said to do by hand"
    elif not fault.foreign:
        yield from _as_before(world, before, after, result)


def _applied(world: World, *, foreign: bool) -> Iterable[str]:
    if not foreign and not world.is_new():
        yield "the files are not the wanted ones"
    if world.posture() != "secure":
        yield f"the server is {world.posture()}"


def _as_before(world: World, before: Snapshot, after: Snapshot, result: Applied) -> Iterable[str]:
    if before.files != after.files:
        yield f"files differ:\n{before.files}\n{after.files}"
    if "prosody runs" in before.services and "jicofo runs" in before.services:
        posture = world.posture()
        if posture != "open":
            yield f"the server is {posture}"
    if result.ending is Ending.REFUSED and world.backups():
        yield f"a refusal left backups: {world.backups()}"


def everywhere(steps: Iterable[str], endings: frozenset[Ending]) -> dict[str, frozenset[Ending]]:
    """The same endings at each of these steps."""
    return dict.fromkeys(steps, endings)


def with_spec(fault: Fault, name: str, title: str, **spec: object) -> Fault:
    """The same fault on another kind of host."""
    return dataclasses.replace(fault, name=name, title=title, spec={**fault.spec, **spec})
