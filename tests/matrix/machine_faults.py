"""Faults of the machine: power, clock, shutdown; and of the rights we came with."""

from __future__ import annotations

from contextlib import suppress

from jitsi_tui.instance.model import Applied, Ending, Outcome
from jitsi_tui.instance.transaction import apply
from jitsi_tui.ssh.host import ConnectionLostError, HostError
from tests.lab.errors import LabError

from .faults import APPLIED, BACK, REFUSED, Fault, everywhere
from .pausing import BEFORE, REFUSING, STEPS, under_strace
from .world import World

_SHIFTED = "-E LD_PRELOAD=$(ls /usr/lib/*/faketime/libfaketime.so.1) -E FAKETIME_NO_CACHE=1"


def _power_cut(world: World) -> None:
    """Nothing is told to anything on the host; then it boots again."""
    world.backup = world.running_id()
    world.lab.power_cut()
    raise ConnectionLostError("the power went")


def _power_off(world: World) -> None:
    """An orderly shutdown in the middle."""
    world.backup = world.running_id()
    world.lab.power_off()
    raise ConnectionLostError("the machine went down")


def _boot_again(world: World) -> Applied:
    with suppress(HostError, LabError):
        world.apply()
    world.lab.boot()
    world.reconnect()
    recovered = apply.recover(world.host, world.instance)
    if recovered is not None:
        return Applied(Ending.BROKEN, f"the boot left it half done: {recovered}")
    return apply.attach(
        world.host,
        world.instance,
        world.backup,
        prove=lambda: (Outcome.UNPROVABLE, None, ("it should have ended",)),
        decide=None,
        on_step=lambda step: None,
    )


def _clock(seconds: int) -> object:
    """The run sees a clock that is set while it runs (the hosts share this machine's)."""

    def arrange(world: World) -> None:
        world.lab.files.write("/root/clock", "+0")
        file = "-E FAKETIME_TIMESTAMP_FILE=/root/clock"
        under_strace(world.lab, "-e trace=none", _SHIFTED, file)
        world.hooks["begin", "restart prosody"] = lambda: world.lab.files.write(
            "/root/clock", f"{seconds:+d}"
        )

    return arrange


def _nobody_confirms(world: World) -> Applied:
    """The deadline, counted on a clock that nobody sets."""
    began = world.lab.run("cut -d. -f1 /proc/uptime").stdout

    def late() -> tuple[Outcome, None, tuple[str, ...]]:
        world.lab.run("sleep 5")
        return Outcome.PROVED, None, ()

    result = world.apply(late, confirm=3)
    took = int(world.lab.run("cut -d. -f1 /proc/uptime").stdout) - int(began)
    if took > 60:
        return Applied(Ending.BROKEN, f"the deadline came after {took} s")
    return result


def _right_at_once(world: World) -> Applied:
    return world.apply(confirm=60)


FAULTS = (
    Fault(
        "power-cut",
        "the power goes, then the machine boots",
        {
            **everywhere(REFUSING, REFUSED),
            **everywhere(STEPS[len(REFUSING) : -1], BACK),
            "replace": BACK | REFUSED,
            "finish": APPLIED,
        },
        act=_power_cut,
        apply=_boot_again,
        spec={"persistent": True},
        quick=frozenset({"restart jicofo"}),
    ),
    Fault(
        "shutdown",
        "the machine is shut down in order, then boots",
        {
            **everywhere(STEPS[STEPS.index("replace") : -1], BACK),
            "finish": APPLIED,
        },
        act=_power_off,
        apply=_boot_again,
        spec={"persistent": True},
        quick=frozenset({"proof"}),
    ),
    *(
        Fault(
            f"clock-{word}",
            f"the clock is set {word} by an hour",
            {"restart prosody": APPLIED},
            arrange=_clock(seconds),  # type: ignore[arg-type]
            apply=_right_at_once,
            quick=frozenset({"restart prosody"} if word == "back" else ()),
        )
        for word, seconds in (("back", -3600), ("forth", 3600))
    ),
    *(
        Fault(
            f"clock-{word}-and-no-word",
            f"the clock is set {word} by an hour, and no word comes",
            {"restart prosody": BACK},
            arrange=_clock(seconds),  # type: ignore[arg-type]
            apply=_nobody_confirms,
        )
        for word, seconds in (("back", -3600), ("forth", 3600))
    ),
    Fault("nothing", "no fault", {BEFORE: APPLIED}, quick=frozenset({BEFORE})),
    Fault("nothing-by-sudo", "no fault, through sudo", {BEFORE: APPLIED}, user="ada"),
    Fault(
        "nothing-bullseye",
        "no fault, Debian 11",
        {BEFORE: APPLIED},
        spec={"release": "bullseye"},
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "nothing-trixie",
        "no fault, Debian 13",
        {BEFORE: APPLIED},
        spec={"release": "trixie"},
        quick=frozenset({BEFORE}),
    ),
)
