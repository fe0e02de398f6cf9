"""Faults of the files: what can't be kept, what somebody else edits, what is locked or full."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from jitsi_tui.instance.model import Applied, Outcome
from jitsi_tui.instance.transaction import apply

from .faults import APPLIED, BACK, BROKEN, REFUSED, Act, Fault, everywhere
from .pausing import BEFORE, REFUSING, STEPS, starve_at, under_strace
from .world import Proof, World

_CHANGING = STEPS[len(REFUSING) : STEPS.index("proof")]
_KIB = 1024


def _wrong() -> Proof:
    return Outcome.WRONG, None, ("strangers log in",)


def _disproved(world: World) -> Applied:
    return world.apply(_wrong)


def _path(world: World, index: int) -> str:
    return world.plan.changes[index].path


def _shell(script: str, index: int = 0) -> Act:
    """A script on the server; ``$f`` is a file of the plan, ``$d`` its folder."""

    def act(world: World) -> object:
        path = _path(world, index)
        return world.lab.run(f"f={path}; d=$(dirname $f); {script}")

    return act


def _edit(world: World) -> None:
    """Somebody else saves Jicofo's file, as editors do: a new file in the old one's place."""
    world.lab.run(
        f"f={_path(world, 2)}; cp -p $f $f.theirs; echo '# theirs' >>$f.theirs; mv $f.theirs $f"
    )


def _edit_in_place(world: World) -> None:
    world.lab.run(f"echo '# theirs' >>{_path(world, 2)}")


def _theirs_stands(world: World, result: Applied) -> Iterable[str]:
    text = world.lab.files.read(_path(world, 2))
    if not text.endswith("# theirs\n"):
        yield "the other one's edit was overwritten"
    others = list(world.contents().items())[:2]
    wanted = [c.before for c in world.plan.changes[:2]]
    if result.ending.name != "APPLIED" and [data for _, data in others] != wanted:
        yield "the other files are not as before"


def _mentions(word: str) -> Callable[[World, Applied], Iterable[str]]:
    def check(world: World, result: Applied) -> Iterable[str]:
        if word not in result.message:
            yield f"the message does not say {word!r}: {result.message}"

    return check


def _other_file_system(world: World) -> None:
    """Jicofo's file is a link to a file on another file system."""
    world.lab.run(
        "mkdir /mnt/other && mount -t tmpfs other /mnt/other &&"
        f" f={_path(world, 2)} && mv $f /mnt/other/jicofo.conf && ln -s /mnt/other/jicofo.conf $f"
    )
    world.replan()


def _with_acl(world: World) -> None:
    for change in world.plan.changes:
        world.lab.run(
            f"setfacl -m u:ada:r {change.path}; setfattr -n user.managed -v by-hand {change.path};"
            f" chown :adm {change.path}; chmod 0640 {change.path}; setfacl -m u:ada:r {change.path}"
        )
    world.lab.run(f"setfacl -m o::r {_path(world, 0)} {_path(world, 1)} {_path(world, 2)}")
    world.meta = _meta(world)


def _meta(world: World) -> str:
    paths = " ".join(change.path for change in world.plan.changes)
    return world.lab.run(
        f"for f in {paths}; do stat -c '%U:%G %a %h' $f; getfacl -cp $f; getfattr -d -m - $f; done"
    ).stdout


def _kept(world: World, result: Applied) -> Iterable[str]:
    now = _meta(world)
    if now != world.meta:
        yield f"was {world.meta}, is {now}"


def _link_stands(world: World, result: Applied) -> Iterable[str]:
    aim = world.lab.run("readlink /etc/jitsi/jicofo/jicofo.conf", check=False).stdout.strip()
    if aim != "/mnt/other/jicofo.conf":
        yield f"the link leads to {aim!r}"


def _hold_dpkg(world: World) -> None:
    world.lab.run(
        "(setsid python3 -c 'import fcntl, time\n"
        'f = open("/var/lib/dpkg/lock-frontend", "w"); fcntl.lockf(f, fcntl.LOCK_EX)\n'
        'open("/dev/shm/held", "w")\n'
        "time.sleep(100)' >/dev/null 2>&1 </dev/null &); "
        "until rm /dev/shm/held; do sleep 0.02; done"
    )


def _let_dpkg_go(world: World) -> None:
    world.lab.run("pkill -f 'time.sleep.100'", check=False)


def _hold_lock(world: World) -> None:
    world.lab.run(
        "mkdir -p -m 700 /run/jitsi-tui; "
        "(setsid flock /run/jitsi-tui/lock sleep 100 >/dev/null 2>&1 </dev/null &); "
        "while flock -n /run/jitsi-tui/lock true; do sleep 0.02; done"
    )


def _free_lock(world: World) -> None:
    world.lab.run("pkill -f '[s]leep 100'; sleep 0.2; rm -rf /run/jitsi-tui", check=False)


def _fill(*folders: str) -> Act:
    def act(world: World) -> None:
        for folder in folders:
            world.lab.run(f"dd if=/dev/zero of={folder}/.full bs=4k 2>/dev/null", check=False)

    return act


def _empty(*folders: str) -> Act:
    return lambda world: world.lab.run("rm -f " + " ".join(f"{f}/.full" for f in folders))


def _small_run(world: World) -> None:
    used = int(world.lab.run("df --output=used -k /run | tail -n 1").stdout)
    world.lab.run(f"mount -o remount,size={used + 512}k /run")


def _mutable_again(world: World) -> None:
    """The hard link of an immutable file can't be removed either: the next connection does."""
    world.lab.run(f"chattr -i {_path(world, 2)}")
    apply.recover(world.host, world.instance)


def _between_renames(world: World) -> Applied:
    """Each rename waits; the third file is saved by somebody else after the first one's."""
    under_strace(world.lab, "-e trace=renameat2", "-e inject=renameat2:delay_enter=1500000:when=2")
    world.hooks["begin", "replace"] = lambda: world.lab.run(
        f"sleep 0.7; f={_path(world, 2)}; cp -p $f $f.t; echo '# theirs' >>$f.t; mv $f.t $f"
    )
    return world.apply()


def _starve(number: int) -> Fault:
    return Fault(
        f"no-room-from-write-{number}",
        "the disk is full from the n-th write on",
        {f"write {number}": REFUSED | BACK | APPLIED},
        arrange=lambda world: starve_at(world.lab, number),
        quick=frozenset({f"write {number}"} if number == 12 else ()),
    )


_SMALL = {"/etc": 3000, "/var/backups": 3000}
_FULL = ("/etc", "/var/backups", "/run")

FAULTS = (
    Fault(
        "edited-since-the-plan",
        "somebody edits a file between plan and apply",
        {BEFORE: REFUSED},
        arrange=_edit,
        check=_mentions("was changed since the plan was made"),
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "edited-meanwhile",
        "somebody saves a file anew meanwhile",
        {
            **everywhere(REFUSING, REFUSED),
            "replace": BACK,
            **everywhere(STEPS[STEPS.index("replace") + 1 :], APPLIED),
        },
        act=_edit,
        check=_theirs_stands,
        foreign=True,
        quick=frozenset({"check", "replace"}),
    ),
    Fault(
        "edited-between-two-renames",
        "somebody saves a file between two renames",
        {"replace": BACK},
        apply=_between_renames,
        check=_theirs_stands,
        foreign=True,
        quick=frozenset({"replace"}),
    ),
    Fault(
        "edited-before-the-way-back",
        "somebody saves a file between apply and rollback",
        everywhere((*_CHANGING[1:], "proof"), BROKEN),
        act=_edit,
        apply=_disproved,
        check=_theirs_stands,
        foreign=True,
        quick=frozenset({"proof"}),
    ),
    Fault(
        "edited-in-place-before-the-way-back",
        "somebody writes into a file between apply and rollback",
        everywhere((*_CHANGING[1:], "proof"), BROKEN),
        act=_edit_in_place,
        apply=_disproved,
        check=_theirs_stands,
        foreign=True,
    ),
    Fault(
        "read-only",
        "the target's file system is read-only",
        {BEFORE: REFUSED},
        arrange=_shell("mount --bind $d $d && mount -o remount,bind,ro $d", 2),
        mend=_shell("umount $d", 2),
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "immutable-file",
        "the file is immutable",
        {BEFORE: REFUSED},
        arrange=_shell("chattr +i $f", 2),
        check=_mentions("immutable"),
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "immutable-folder",
        "its folder is immutable",
        {BEFORE: REFUSED},
        arrange=_shell("chattr +i $d", 2),
        check=_mentions("immutable"),
    ),
    Fault(
        "immutable-meanwhile",
        "the file becomes immutable meanwhile",
        {
            **everywhere(REFUSING[:3], REFUSED),
            **everywhere(REFUSING[3:], REFUSED | BACK),
            "replace": BACK,
        },
        act=_shell("chattr +i $f", 2),
        mend=_mutable_again,
        foreign=True,
    ),
    Fault(
        "immutable-before-the-way-back",
        "the file becomes immutable between apply and rollback",
        {"proof": BROKEN},
        act=_shell("chattr +i $f", 2),
        apply=_disproved,
        mend=_shell("chattr -i $f", 2),
        foreign=True,
        quick=frozenset({"proof"}),
    ),
    Fault(
        "bind-mounted",
        "the file is a bind mount",
        {BEFORE: REFUSED},
        arrange=_shell("cp -p $f /root/other && mount --bind /root/other $f", 2),
        check=_mentions("bind mount"),
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "hard-linked",
        "the file has a second name",
        {BEFORE: REFUSED},
        arrange=_shell("ln $f $f.other", 2),
        check=_mentions("hard links"),
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "link-to-other-file-system",
        "the file is a link to another file system",
        {BEFORE: APPLIED},
        arrange=_other_file_system,
        check=_link_stands,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "acl-and-attributes",
        "files with ACLs and extended attributes; it is kept",
        {BEFORE: APPLIED},
        arrange=_with_acl,
        check=_kept,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "acl-and-attributes-back",
        "files with ACLs and extended attributes; it is rolled back",
        {BEFORE: BACK},
        arrange=_with_acl,
        apply=_disproved,
        check=_kept,
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "lock-held",
        "another run holds the lock",
        {BEFORE: REFUSED},
        arrange=_hold_lock,
        mend=_free_lock,
        check=_mentions("another change"),
        quick=frozenset({BEFORE}),
    ),
    Fault(
        "dpkg-at-work",
        "packages are being installed",
        {BEFORE: REFUSED, **everywhere(REFUSING, REFUSED), "replace": BACK},
        act=_hold_dpkg,
        mend=_let_dpkg_go,
        check=_mentions("packages are being installed"),
        quick=frozenset({"check"}),
    ),
    Fault(
        "disk-full",
        "the disks become full",
        {
            **everywhere(REFUSING[: REFUSING.index("check")], REFUSED),
            "check": APPLIED | REFUSED,
            **everywhere(STEPS[len(REFUSING) :], APPLIED),
        },
        arrange=_small_run,
        act=_fill(*_FULL),
        mend=_empty(*_FULL),
        spec={"free_kilobytes": _SMALL},
        quick=frozenset({"backup", "replace"}),
    ),
    Fault(
        "disk-full-and-wrong",
        "the disks become full, and the proof fails",
        everywhere((*_CHANGING, "proof"), BACK),
        arrange=_small_run,
        act=_fill(*_FULL),
        apply=_disproved,
        mend=_empty(*_FULL),
        spec={"free_kilobytes": _SMALL},
        quick=frozenset({"proof"}),
    ),
    *(
        _starve(number)
        for number in (1, 2, 4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 60, 75, 90, 105, 120)
    ),
)
