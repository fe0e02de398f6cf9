"""Faults of the services and of the proof."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable

from jitsi_tui.instance.model import Applied, Outcome

from .faults import APPLIED, BACK, REFUSED, Act, Fault, everywhere
from .pausing import BEFORE, STEPS
from .world import Proof, World

_NEW = "grep -q guest[.]meet /etc/prosody/conf.avail/meet.example.org.cfg.lua"
_CHANGED = STEPS[STEPS.index("restart prosody") : STEPS.index("proof") + 1]


def _drop_in(service: str, text: str) -> Act:
    """Settings of systemd's for a service, such as an admin or a package brings."""

    def act(world: World) -> None:
        folder = f"/etc/systemd/system/{service}.service.d"
        world.lab.files.write(f"{folder}/fault.conf", f"[Service]\n{text}")
        world.lab.run("systemctl daemon-reload")

    return act


def _takes_no_new_file(world: World) -> None:
    _drop_in("prosody", f"ExecStartPre=/bin/sh -c '! {_NEW}'\n")(world)


def _dies_after_two_seconds(world: World) -> None:
    start = f"if {_NEW}; then exec timeout -s KILL 2 prosody -F; else exec prosody -F; fi"
    _drop_in("prosody", f"ExecStart=\nExecStart=/bin/sh -c '{start}'\nRestart=no\n")(world)


def _dies_and_comes_back_for_ever(world: World) -> None:
    start = f"if {_NEW}; then exec timeout -s KILL 2 prosody -F; else exec prosody -F; fi"
    _drop_in(
        "prosody",
        f"ExecStart=\nExecStart=/bin/sh -c '{start}'\nRestart=always\nRestartSec=1\n"
        "[Unit]\nStartLimitIntervalSec=0\n",
    )(world)


def _hangs_with_new_file(world: World) -> None:
    _drop_in(
        "prosody",
        f"ExecStartPre=/bin/sh -c 'if {_NEW}; then sleep 900; fi'\nTimeoutStartSec=infinity\n",
    )(world)


def _does_nothing(world: World) -> None:
    """``systemctl restart`` says that all is well and does nothing, once."""
    world.lab.files.write(
        "/usr/local/sbin/systemctl",
        '#!/bin/sh\ncase " $* " in *" restart prosody.service"*) exit 0 ;; esac\n'
        'exec /usr/bin/systemctl "$@"\n',
        mode=0o755,
    )


def _start_limit(world: World) -> None:
    _drop_in("prosody", "[Unit]\nStartLimitBurst=1\nStartLimitIntervalSec=3600\n")(world)
    world.lab.run("systemctl reset-failed prosody; systemctl restart prosody", check=False)
    world.lab.wait_for_jitsi()


def _bad_jicofo(world: World) -> None:
    """The plan writes a jicofo.conf that Jicofo dies of, while its unit stays active."""
    changes = list(world.plan.changes)
    bad = changes[2].after.replace(b"type: XMPP", b"type: xmpp")
    changes[2] = dataclasses.replace(changes[2], after=bad)
    world.with_plan(changes=tuple(changes))


def _not_hocon(world: World) -> None:
    changes = list(world.plan.changes)
    changes[2] = dataclasses.replace(changes[2], after=changes[2].after + b"}}\n")
    world.with_plan(changes=tuple(changes))


def _not_lua(world: World) -> None:
    changes = list(world.plan.changes)
    changes[0] = dataclasses.replace(changes[0], after=changes[0].after + b"\nx = = 1\n")
    world.with_plan(changes=tuple(changes))


def _lua_that_fails(world: World) -> None:
    changes = list(world.plan.changes)
    bad = changes[0].after + b"\nerror('password = hush')\n"
    changes[0] = dataclasses.replace(changes[0], after=bad)
    world.with_plan(changes=tuple(changes))


def _says_no_secret(world: World, result: Applied) -> Iterable[str]:
    if "hush" in result.message:
        yield "the message holds a secret"


def _hook_restarts_prosody(world: World) -> None:
    """What a certificate's renewal does to the services that use it."""
    world.lab.run("(setsid sh -c 'sleep 1.5; systemctl restart prosody' >/dev/null 2>&1 &)")


def _jicofo_down(world: World) -> None:
    world.lab.run(
        "systemctl stop jicofo; sleep 0.5; pkill -KILL -u jicofo; rm -f /run/jicofo.pid;"
        "chmod 0 /usr/share/jicofo; systemctl start jicofo; sleep 1",
        check=False,
    )


def _masked_bridge(world: World) -> None:
    world.lab.run("systemctl mask --now jitsi-videobridge2")


def _stopped_web(world: World) -> None:
    world.lab.run("systemctl stop nginx")


def _all_restarts(world: World) -> Applied:
    return world.apply(restart_all=True)


def _broken_web(world: World) -> None:
    world.lab.run("echo 'nonsense;' >/etc/nginx/sites-enabled/broken")


def _wrong(world: World) -> Applied:
    return world.apply(lambda: (Outcome.WRONG, None, ("strangers log in",)))


def _half_right(world: World) -> Applied:
    """The proof finds the services coming up, and asks until they are there."""

    def prove() -> Proof:
        time.sleep(2)
        end = time.monotonic() + 40
        while (proof := world.prove())[0] is not Outcome.PROVED and time.monotonic() < end:
            time.sleep(0.3)
        return proof

    return world.apply(prove)


FAULTS = (
    Fault(
        "prosody-refuses-to-start",
        "Prosody does not start with the new file",
        {BEFORE: BACK},
        arrange=_takes_no_new_file,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "prosody-dies-after-two-seconds",
        "Prosody starts and dies after two seconds",
        {BEFORE: BACK},
        arrange=_dies_after_two_seconds,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "prosody-dies-and-comes-back",
        "Prosody dies every two seconds and is started again",
        {BEFORE: BACK},
        arrange=_dies_and_comes_back_for_ever,
    ),
    Fault(
        "restart-hangs",
        "the restart hangs",
        {BEFORE: BACK},
        arrange=_hangs_with_new_file,
    ),
    Fault(
        "restart-does-nothing",
        "the restart exits 0 and does nothing (systemd)",
        {BEFORE: APPLIED},
        arrange=_does_nothing,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "restart-does-nothing-init",
        "`service prosody restart` does nothing (Debian 12 without systemd)",
        {BEFORE: APPLIED},
        spec={"systemd": False},
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "wrong-init",
        "the proof fails on a host without systemd",
        {BEFORE: BACK},
        apply=_wrong,
        spec={"systemd": False},
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "start-limit",
        "the start limit is reached",
        {BEFORE: APPLIED},
        arrange=_start_limit,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "jicofo-dies-behind-its-unit",
        "Jicofo dies while its unit stays active",
        {BEFORE: BACK},
        arrange=_bad_jicofo,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "not-hocon",
        "the new jicofo.conf can't be parsed",
        {BEFORE: REFUSED},
        arrange=_not_hocon,
        quick=frozenset({BEFORE}),
    ),
    Fault("not-lua", "the new Prosody file is no Lua", {BEFORE: REFUSED}, arrange=_not_lua),
    Fault(
        "lua-that-fails",
        "Prosody can't load the new file",
        {BEFORE: BACK},
        arrange=_lua_that_fails,
        check=_says_no_secret,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "certificate-hook",
        "a certificate's hook restarts Prosody meanwhile",
        everywhere((*_CHANGED, "finish"), APPLIED),
        act=_hook_restarts_prosody,
        apply=_half_right,
        quick=frozenset({"health"}),
    ),
    Fault(
        "old-state-never-worked",
        "Jicofo never worked before, and the proof fails",
        {BEFORE: BACK},
        arrange=_jicofo_down,
        apply=_wrong,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "masked-bridge",
        "a masked service, all are to restart",
        {BEFORE: APPLIED},
        arrange=_masked_bridge,
        apply=_all_restarts,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "stopped-web",
        "a stopped service, all are to restart",
        {BEFORE: APPLIED},
        arrange=_stopped_web,
        apply=_all_restarts,
    ),
    Fault(
        "broken-web",
        "nginx' own files are broken, all are to restart",
        {BEFORE: REFUSED},
        arrange=_broken_web,
        apply=_all_restarts,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "proof-wrong",
        "the proof says open",
        {BEFORE: BACK},
        apply=_wrong,
        quick=frozenset({BEFORE}),
    ),
)
