"""A proof that can't be had: asked for as the app asks, on servers that don't let it ask."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterable

from jitsi_tui.instance import facts, probe
from jitsi_tui.instance.model import Applied, Ending
from jitsi_tui.ssh.host import HostError
from tests.lab.errors import LabError

from .faults import APPLIED, BACK, REFUSED, Fault
from .pausing import BEFORE
from .world import Decide, Proof, World

Check = Callable[[World, Applied], Iterable[str]]
MAIN = "/etc/prosody/prosody.cfg.lua"
JICOFO = "/etc/jitsi/jicofo/jicofo.conf"


def by_the_app(world: World) -> Proof:
    """The app's own proof."""
    wanted = world.plan.expectation
    verdict = probe.look(
        world.host,
        world.instance,
        guest_domain=wanted.guest_domain,
        expect_rooms_closed=True,
        patience=20,
    )
    outcome, why = probe.judge(wanted, verdict)
    return outcome, verdict, why


def _applied(decide: Decide | None, world: World) -> Applied:
    return world.apply(lambda: by_the_app(world), decide=decide, confirm=40)


def _nobody(world: World) -> Applied:
    return _applied(None, world)


def _keeps(world: World) -> Applied:
    return _applied(lambda why, seconds: True, world)


def _goes_back(world: World) -> Applied:
    return _applied(lambda why, seconds: False, world)


def _forbid_forwarding(world: World) -> None:
    """Before the connection that is used from now on."""
    _sshd(world, "AllowTcpForwarding no")


def _sshd(world: World, line: str) -> None:
    world.lab.run(
        "sed -i '/^AllowTcpForwarding/d' /etc/ssh/sshd_config /etc/ssh/sshd_config.d/* 2>/dev/null;"
        f"sed -i '1i {line}' /etc/ssh/sshd_config && systemctl restart ssh",
    )
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            world.reconnect()
        except HostError:
            time.sleep(0.1)
        else:
            return
    raise LabError("sshd did not come back")


def _allow_forwarding(world: World) -> None:
    _sshd(world, "AllowTcpForwarding yes")


def _hide_bosh(world: World) -> None:
    """Prosody's HTTP listens on another address than this machine's own."""
    text = world.lab.files.read(MAIN)
    world.lab.files.edit(MAIN, f'http_interfaces = {{ "{world.lab.address}" }}\n' + text)
    world.lab.run("systemctl restart prosody")
    world.lab.run(
        f"timeout 20 sh -c 'until ss -Hltn src {world.lab.address} sport 5280 | grep -q .;"
        " do sleep 0.1; done'"
    )
    world.replan()


def _show_bosh(world: World) -> None:
    head, _, rest = world.lab.files.read(MAIN).partition("\n")
    assert head.startswith("http_interfaces")
    world.lab.files.edit(MAIN, rest)
    world.lab.run("systemctl restart prosody")


def _debug_off(world: World) -> None:
    world.lab.files.edit(
        JICOFO, world.lab.files.read(JICOFO) + "jicofo.rest.debug.enabled = false\n"
    )
    world.lab.run("systemctl restart jicofo")
    world.lab.wait_for_jitsi()
    world.replan()


def _says(*words: str, proof: str = "") -> Check:
    """The reasons name what stood in the way, and that this is no failed proof."""

    def check(world: World, result: Applied) -> Iterable[str]:
        backups = {b.id: b for b in facts.gather(world.host).backups}
        kept = backups.get(result.backup or "")
        said = f"{result.message} {kept.proof if kept and kept.proof else ''}"
        yield from (f"not said: {word} (but: {said})" for word in words if word not in said)
        if "the proof failed" in said:
            yield f"told as a proof that failed: {said}"
        if result.ending is Ending.APPLIED and said.count(proof) != 2:
            yield f"the answer and the history do not say {proof!r}: {said}"

    return check


_BOSH = Fault(
    "bosh-unreachable",
    "BOSH can't be reached, nobody decides",
    {BEFORE: BACK},
    arrange=_hide_bosh,
    apply=_nobody,
    mend=_show_bosh,
    check=_says("it can't be proved", "Prosody does not answer on port 5280"),
)
_FORWARDING = Fault(
    "forwarding-forbidden",
    "sshd forbids forwarding, nobody decides",
    {BEFORE: BACK},
    arrange=_forbid_forwarding,
    apply=_nobody,
    mend=_allow_forwarding,
    check=_says("it can't be proved", "AllowTcpForwarding"),
    quick=frozenset({BEFORE}),
)


def _decided(fault: Fault, keep: bool) -> Fault:
    what, word = ("keeps it", "kept") if keep else ("goes back", "back")
    said = ("AllowTcpForwarding",) if fault is _FORWARDING else ("Prosody does not answer",)
    return dataclasses.replace(
        fault,
        name=f"{fault.name}-{word}",
        title=fault.title.replace("nobody decides", f"the admin {what}"),
        expected={BEFORE: APPLIED if keep else BACK},
        apply=_keeps if keep else _goes_back,
        check=_says(*said, proof="kept without a proof"),
        quick=frozenset({BEFORE} if keep and fault is _FORWARDING else ()),
    )


def _meets_a_meeting(world: World) -> Applied:
    """The count was none when we asked; then a meeting begins."""
    return world.apply(when_idle=True)


def _begin_a_call(world: World) -> None:
    world.lab.files.write("/run/jvb-load", "1 2")


def _end_the_call(world: World) -> None:
    world.lab.run("rm -f /run/jvb-load")


def _names_the_meeting(world: World, result: Applied) -> Iterable[str]:
    if "a meeting runs again" not in result.message:
        yield f"the meeting isn't named: {result.message}"
    if any("restart" in step.name for step in result.steps):
        yield "a service was restarted under a meeting"


FAULTS = (
    _FORWARDING,
    _decided(_FORWARDING, keep=True),
    _decided(_FORWARDING, keep=False),
    _BOSH,
    _decided(_BOSH, keep=True),
    _decided(_BOSH, keep=False),
    Fault(
        "debug-off",
        "Jicofo's /debug is off: its log and a guest's own request prove it",
        {BEFORE: APPLIED},
        arrange=_debug_off,
        apply=_nobody,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "meeting-begins-before",
        "only when no meeting runs, and one has begun",
        {BEFORE: REFUSED},
        act=_begin_a_call,
        apply=_meets_a_meeting,
        mend=_end_the_call,
        check=_names_the_meeting,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "meeting-begins-late",
        "only when no meeting runs, and one begins after the files were replaced",
        {BEFORE: BACK},
        arrange=lambda world: world.hooks.update(
            {("begin", "meaning"): lambda: _begin_a_call(world)}
        ),
        apply=_meets_a_meeting,
        mend=_end_the_call,
        check=_names_the_meeting,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "no-meeting",
        "only when no meeting runs, and none does",
        {BEFORE: APPLIED},
        apply=_meets_a_meeting,
    ),
)
