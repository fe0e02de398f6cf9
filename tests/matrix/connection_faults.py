"""Faults between us and the server, and of the run's own processes."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress

from jitsi_tui.instance.model import Applied, Ending, Outcome
from jitsi_tui.instance.transaction import apply
from jitsi_tui.ssh.host import ConnectionLostError, HostError
from tests.lab.errors import LabError

from .faults import APPLIED, BACK, REFUSED, Fault, everywhere
from .pausing import REFUSING, STEPS, go_on, kill_at, stop_at
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


def _take_sudo_away(world: World) -> None:
    """What follows the run dies, and sudo lets us start nothing more."""
    world.backup = world.running_id()
    world.lab.run("rm -f /etc/sudoers.d/grace; rm -rf /run/sudo/ts/*")
    _kill_follower(world)


def _without_sudo(world: World) -> Applied:
    with suppress(HostError):
        world.apply(confirm=3)
    world.wait_until_over()
    world.user = "root"
    return _look_again(world)


def _kill_client_at(step: str) -> Fault:
    """The whole client is killed: it can't even close its connection."""

    def run(world: World) -> Applied:
        words = [world.lab.address, str(world.lab.key), str(world.lab.known_hosts)]
        argv = [sys.executable, "-m", "tests.matrix.client", *words]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            for line in process.stdout:
                if line.strip() == step:
                    world.backup = world.running_id()
                    process.kill()
                    go_on(world.lab)
        world.wait_until_over()
        return _look_again(world)

    return Fault(
        name=f"client-killed-at-{step.replace(' ', '-')}",
        title="the whole client is killed (SIGKILL)",
        expected={step: APPLIED if step == "finish" else BACK},
        arrange=lambda world: stop_at(world.lab, step),
        apply=run,
        quick=frozenset({step} if step == "meaning" else ()),
    )


def _kill_run_at(step: str) -> Fault:
    ending = REFUSED if step in REFUSING else BACK
    return Fault(
        name=f"run-killed-at-{step.replace(' ', '-')}",
        title="the run is killed (SIGKILL)",
        expected={step: APPLIED if step == "finish" else ending},
        arrange=lambda world: kill_at(world.lab, step),
        quick=frozenset({step} if step in ("check", "health") else ()),
    )


_DEADLINE = 2.0


def _word_at(offset: float) -> Fault:
    """The word arrives around the deadline: one of the two wins, never both."""

    def run(world: World) -> Applied:
        began = 0.0

        def started() -> None:
            nonlocal began
            began = time.monotonic()

        def prove() -> Proof:
            answer = world.prove()
            time.sleep(max(0.0, began + _DEADLINE + offset - time.monotonic()))
            return answer

        world.hooks["begin", "proof"] = started
        return world.apply(prove, confirm=_DEADLINE)

    when = f"{offset:+.2f} s"
    return Fault(
        f"word-at-the-deadline{offset:+.2f}",
        "the word arrives as the deadline passes",
        {when: APPLIED | BACK},
        apply=run,
        quick=frozenset({when} if offset == 0 else ()),
    )


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
    *(_word_at(offset) for offset in (-0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2)),
    Fault(
        "sudo-expired",
        "what follows the run is killed, and sudo asks again",
        everywhere(("restart prosody", "proof", "finish"), APPLIED),
        act=_expire_sudo,
        user="grace",
        quick=frozenset({"proof"}),
    ),
    Fault(
        "sudo-taken-away",
        "what follows the run is killed, and sudo lets us in no more",
        {"restart prosody": BACK, "proof": BACK, "finish": APPLIED},
        act=_take_sudo_away,
        apply=_without_sudo,
        user="grace",
    ),
    *(_kill_run_at(step) for step in STEPS),
    *(_kill_client_at(step) for step in STEPS),
)
