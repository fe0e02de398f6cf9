"""Faults between us and the server, and of the run's own processes."""

from __future__ import annotations

import time
from contextlib import suppress

from jitsi_tui.instance import apply
from jitsi_tui.instance.model import Applied, Ending, Outcome
from jitsi_tui.ssh.host import ConnectionLostError, HostError
from tests.lab.errors import LabError

from .faults import APPLIED, BACK, REFUSED, Fault, everywhere
from .pausing import REFUSING, STEPS, kill_at
from .world import Proof, World, connection

_UNTIL_PROOF = STEPS[:-1]


def _cut(world: World) -> None:
    """As if the cable were pulled: our end is gone, and nothing is said."""
    world.backup = world.running_id()
    world.host.close()
    raise ConnectionLostError("the cable was pulled")


def _alone(world: World) -> Applied:
    """Nobody comes back: the server ends it by itself; a later look tells how."""
    try:
        world.apply(confirm=3)
    except (HostError, LabError):
        pass
    else:
        return Applied(Ending.BROKEN, "the connection was not lost")
    world.wait_until_over()
    return _look_again(world)


def _look_again(world: World) -> Applied:
    with connection(world.lab) as host:
        world.host = host
        result = apply.attach(
            host,
            world.instance,
            world.backup,
            prove=lambda: (Outcome.UNPROVABLE, None, ("it should have ended",)),
            decide=None,
            on_step=lambda step: None,
        )
    world.reconnect()
    return result


def _come_back(world: World) -> Applied:
    """The connection breaks, a new one takes the run up and gives the proof."""
    with suppress(HostError):
        world.apply()
    world.reconnect()
    return apply.attach(
        world.host,
        world.instance,
        world.backup,
        prove=world.prove,
        decide=None,
        on_step=world.steps.append,
    )


def _kill_follower(world: World) -> None:
    world.lab.run("pkill -KILL -f '[-]-mode=(start|attach)'", check=False)


def _kill_session(world: World) -> None:
    """logind ends the user's session with all that belongs to it."""
    world.backup = world.running_id()
    world.lab.run("loginctl terminate-user ada")


def _kill_both(world: World) -> None:
    """The run, and what would recover it: a double fault."""
    world.backup = world.running_id()
    world.lab.run(
        "for p in $(pgrep -f '[-]-mode=(run|recover)'; pgrep -f '[-]-mode=start'); do"
        " kill -KILL $p; done; systemctl kill -s KILL 'jitsi-tui-*' 2>/dev/null;"
        "sleep 0.3; pkill -KILL -f '[-]-mode=recover'",
        check=False,
    )
    raise ConnectionLostError("all were killed")


def _recovered(world: World) -> Applied:
    with suppress(HostError):
        world.apply()
    result = apply.recover(world.host, world.instance)
    return result or _look_again(world)


def _expire_sudo(world: World) -> None:
    world.lab.run("sudo -K -u grace || true; rm -rf /run/sudo/ts/*", check=False)
    _kill_follower(world)


def _kill_run_at(step: str) -> Fault:
    ending = REFUSED if step in REFUSING else BACK
    return Fault(
        name=f"run-killed-at-{step.replace(' ', '-')}",
        title="the run is killed (SIGKILL)",
        expected={step: APPLIED if step == "finish" else ending},
        arrange=lambda world: kill_at(world.lab, step),
    )


def _slow_proof(world: World) -> Applied:
    """The word arrives as the deadline passes."""

    def prove() -> Proof:
        answer = world.prove()
        time.sleep(max(0.0, began + 2.0 - time.monotonic()))
        return answer

    began = time.monotonic()

    def started() -> None:
        nonlocal began
        began = time.monotonic()

    world.hooks["begin", "proof"] = started
    return world.apply(prove, confirm=2.0)


FAULTS = (
    Fault(
        "connection-cut",
        "the connection is cut, nobody comes back",
        {
            **everywhere(REFUSING, BACK),
            **everywhere(STEPS[len(REFUSING) : -1], BACK),
            "finish": APPLIED,
        },
        act=_cut,
        apply=_alone,
        quick=frozenset({"restart prosody"}),
    ),
    Fault(
        "connection-cut-and-back",
        "the connection is cut, a new one takes it up",
        everywhere(STEPS, APPLIED),
        act=_cut,
        apply=_come_back,
        quick=frozenset({"health"}),
    ),
    Fault(
        "follower-killed",
        "what follows the run on the server is killed (SIGKILL)",
        everywhere(STEPS, APPLIED),
        act=_kill_follower,
        quick=frozenset({"proof"}),
    ),
    Fault(
        "session-killed",
        "logind kills the session and all its processes (KillUserProcesses=yes)",
        everywhere(STEPS, APPLIED),
        act=_kill_session,
        apply=_come_back,
        spec={"kill_user_processes": True},
        user="ada",
        quick=frozenset({"restart jicofo"}),
    ),
    Fault(
        "run-and-recovery-killed",
        "the run and its recovery are killed; the next connection",
        {
            **everywhere(STEPS[STEPS.index("backup") + 1 : len(REFUSING)], REFUSED),
            **everywhere(STEPS[len(REFUSING) : -1], BACK | REFUSED),
            "finish": APPLIED,
        },
        act=_kill_both,
        apply=_recovered,
        quick=frozenset({"health"}),
    ),
    Fault(
        "confirm-at-the-deadline",
        "the word arrives as the deadline passes",
        {"proof": APPLIED | BACK},
        apply=_slow_proof,
        quick=frozenset({"proof"}),
    ),
    *(_kill_run_at(step) for step in STEPS),
)
