"""Strikes exactly where it is wanted: strace holds, kills or starves the run at a system call.

A wrapper named ``perl`` lies before the real one in the path of root; it hands everything through
but the transaction itself, which it runs under strace with the wanted injection.
"""

from __future__ import annotations

from tests.lab.host import LabHost

STEPS = (
    *("lock", "packages", "files", "baseline", "backup", "stage", "check", "replace", "meaning"),
    *("restart prosody", "restart jicofo", "health", "proof", "finish"),
)
"""The steps of a change of three files and two services, in their order."""

BEFORE = "before"
"""Between the plan and the apply."""

REFUSING = STEPS[: STEPS.index("replace")]
"""Steps before the first rename."""

_WRAPPER = """#!/bin/sh
case " $* " in
  *" --mode=run "*)
    for word; do case $word in --id=*) id=${word#--id=} ;; esac; done
    exec strace -qq -o /dev/null OPTIONS /usr/bin/perl "$@" ;;
esac
exec /usr/bin/perl "$@"
"""


def under_strace(lab: LabHost, *options: str) -> None:
    """From now on a run goes under strace with these options (``$id`` is the run's id)."""
    text = _WRAPPER.replace("OPTIONS", " ".join(options))
    lab.files.write("/usr/local/sbin/perl", text, mode=0o755)


def pause_at(lab: LabHost, step: str, seconds: float = 1.2) -> None:
    """A run says that it begins this step, and begins it only after ``seconds``."""
    _inject_at(lab, step, f"delay_exit={int(seconds * 1e6)}")


def stop_at(lab: LabHost, step: str) -> None:
    """A run says that it begins this step, and then stands still until ``go_on``."""
    _inject_at(lab, step, "signal=SIGSTOP")


def go_on(lab: LabHost) -> None:
    """A run that was stopped goes on, if it is still there.

    It may be held up on the way into its stop, where going on means nothing yet.
    """
    lab.run(
        "while pid=$(pgrep -f '^/usr/bin/perl.*[-]-mode=run'); do kill -CONT $pid; sleep 0.05;"
        " grep -q '^State:.[RSD]' /proc/$pid/status && break; done",
        check=False,
    )


def kill_at(lab: LabHost, step: str) -> None:
    """A run is killed by SIGKILL when it says that it begins this step."""
    _inject_at(lab, step, "signal=SIGKILL")


def _inject_at(lab: LabHost, step: str, what: str) -> None:
    """At the line of the journal that says it: ``run`` is the first, then two a step.

    While a run waits for the proof it writes as many lines as it takes seconds, so the last step is
    known by its first deed: it removes what it kept beside the first file.
    """
    if step == "finish":
        kept = f"/etc/prosody/conf.avail/.{lab.domain}.cfg.lua.jitsi-tui-$id.old"
        under_strace(lab, f"-P {kept}", "-e trace=unlink", f"-e inject=unlink:{what}")
        return
    line = 2 + 2 * STEPS.index(step)
    journal = "/run/jitsi-tui/$id/journal"
    under_strace(lab, f"-P {journal}", "-e trace=write", f"-e inject=write:{what}:when={line}")


def kill_at_call(lab: LabHost, number: int) -> None:
    """A run is killed when it makes its n-th call that changes something on a disk."""
    calls = "write,fsync,rename,renameat2,link,unlink,mkdir,symlink,rmdir,ftruncate,chmod"
    under_strace(lab, f"-e trace={calls}", f"-e inject={calls}:signal=SIGKILL:when={number}")


def starve_at(lab: LabHost, number: int) -> None:
    """A run finds the disk full from its n-th write on (not for its journal alone)."""
    under_strace(lab, "-e trace=write", f"-e inject=write:error=ENOSPC:when={number}+")
