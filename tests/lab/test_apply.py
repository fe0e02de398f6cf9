"""A change on real hosts: what peers of ours are known to get wrong, and who may see what."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from jitsi_tui.instance import facts, services
from jitsi_tui.instance.model import Ending, FileChange, Outcome
from jitsi_tui.instance.transaction import apply
from jitsi_tui.ssh.host import HostError
from tests.matrix.pausing import pause_at
from tests.matrix.world import Proof, World, connection

from .fixtures import HostFactory
from .host import LabHost

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]


@contextmanager
def world_of(lab: LabHost, user: str = "root") -> Iterator[World]:
    with connection(lab, user) as host:
        yield World.look(lab, host)


def wrong() -> Proof:
    return Outcome.WRONG, None, ("as asked",)


def owners(world: World) -> str:
    paths = " ".join(change.path for change in world.plan.changes)
    return world.lab.run(f"stat -c '%n %U:%G %a' {paths}").stdout


@pytest.mark.parametrize("proof", [Outcome.PROVED, Outcome.WRONG])
def test_netplan_548_owner_and_mode_stay_so_that_services_can_read_their_files(
    lab_host: HostFactory, proof: Outcome
) -> None:
    lab = lab_host(generation="fixture")
    lab.run(
        "chown root:prosody /etc/prosody/conf.avail/*.lua; chmod 0640 /etc/prosody/conf.avail/*"
    )
    with world_of(lab) as world:
        before = owners(world)

        world.apply(world.prove if proof is Outcome.PROVED else wrong)

        assert owners(world) == before
        assert "root:prosody 640" in before
        assert world.posture() == ("secure" if proof is Outcome.PROVED else "open")


def test_deploy_rs_214_a_rollback_is_never_reported_as_success(lab_host: HostFactory) -> None:
    with world_of(lab_host(generation="fixture")) as world:

        def late() -> Proof:
            answer = world.prove()
            time.sleep(3)
            return answer

        result = world.apply(late, confirm=2)

        assert result.ending is Ending.ROLLED_BACK
        assert world.is_old()
        assert world.posture() == "open"


def test_deploy_rs_68_every_service_that_took_the_change_takes_the_rollback(
    lab_host: HostFactory,
) -> None:
    with world_of(lab_host(generation="fixture")) as world:
        result = world.apply(wrong)

        restarted = [s.name.removesuffix(" as before") for s in result.steps if "restart" in s.name]
        assert restarted == ["restart prosody", "restart jicofo"] * 2
        assert world.posture() == "open"


def test_certbot_940_recovery_never_overwrites_a_later_edit(lab_host: HostFactory) -> None:
    """The run dies half done, somebody repairs a file by hand, and only then we come again."""
    lab = lab_host(generation="fixture", systemd=False)
    with world_of(lab) as world:
        path = world.plan.changes[2].path

        def die() -> Proof:
            world.lab.run("pkill -KILL -f '[-]-mode=(run|start)'; sleep 0.1", check=False)
            raise KeyboardInterrupt

        def no_watcher() -> None:
            parent = f"ps -o ppid= -p {world.run_pid()}"
            world.lab.run(f"kill -KILL $({parent})", check=False)

        world.hooks["begin", "health"] = no_watcher
        with pytest.raises(KeyboardInterrupt):
            world.apply(die)
        world.lab.run(f"echo '# repaired by hand' >>{path}")

        result = apply.recover(world.host, world.instance)

        assert result is not None
        assert result.ending is Ending.BROKEN
        assert path in result.message
        assert lab.files.read(path).endswith("# repaired by hand\n")
        assert f"cp /var/backups/jitsi-tui/{result.backup}/2 {path}" in result.hint
        assert world.strays() == []


@pytest.mark.parametrize("end", ["kept", "rolled back"])
def test_ansible_29930_and_72929_acls_stay(lab_host: HostFactory, end: str) -> None:
    lab = lab_host(generation="fixture")
    with world_of(lab) as world:
        for change in world.plan.changes:
            lab.run(f"setfacl -m u:ada:rw,g:adm:r {change.path}")
        paths = " ".join(change.path for change in world.plan.changes)
        before = lab.run(f"getfacl -p {paths}").stdout

        world.apply(world.prove if end == "kept" else wrong)

        assert lab.run(f"getfacl -p {paths}").stdout == before
        assert "user:ada:rw-" in before


def test_ansible_13981_a_bind_mounted_file_is_refused_in_words(lab_host: HostFactory) -> None:
    lab = lab_host(generation="fixture")
    with world_of(lab) as world:
        path = world.plan.changes[2].path
        lab.run(f"cp -p {path} /root/mounted && mount --bind /root/mounted {path}")

        result = world.apply()

        assert result.ending is Ending.REFUSED
        assert f"{path} is mounted there by itself" in result.message
        assert world.is_old()


def test_iptables_apply_a_hangup_neither_stops_the_run_nor_loses_the_backup(
    lab_host: HostFactory,
) -> None:
    with world_of(lab_host(generation="fixture")) as world:
        world.hooks["begin", "restart prosody"] = lambda: world.lab.run(
            f"kill -HUP {world.run_pid()}; pkill -HUP -f '[-]-mode=(start|run)'"
        )

        result = world.apply()

        assert result.ending is Ending.APPLIED
        originals = apply.read_backup(world.host, world.instance, str(result.backup))
        assert originals == {c.path: c.before for c in world.plan.changes}


def test_an_undo_gives_back_every_byte_and_the_open_posture(lab_host: HostFactory) -> None:
    with world_of(lab_host(generation="fixture"), "ada") as world:
        before = world.snapshot()
        first = world.apply()
        originals = apply.read_backup(world.host, world.instance, str(first.backup))
        changes = tuple(
            FileChange(change.path, change.after, originals[change.path])
            for change in world.plan.changes
        )
        wanted = type(world.plan.expectation)(True, False, "off")
        world.with_plan(changes=changes, undoes=first.backup, expectation=wanted)

        result = world.apply()

        assert result.ending is Ending.APPLIED, result.message
        assert world.posture() == "open"
        assert world.snapshot() == before


def test_no_secret_is_seen_in_processes_journal_sudo_log_or_run_folder(
    lab_host: HostFactory,
) -> None:
    """With sudo's log of input on, and looking into every corner while it runs."""
    lab = lab_host(generation="fixture")
    lab.run(
        "echo 'Defaults log_input, log_output' >/etc/sudoers.d/log; chmod 440 /etc/sudoers.d/log"
    )
    secret = "hush-5ecret-hush"
    for path in ("prosody/conf.avail/*.lua", "jitsi/jicofo/jicofo.conf"):
        lab.run(f"for f in /etc/{path}; do echo '# x = {secret}' >>$f; done", check=False)
    lab.run("sed -i 's/^# x = /-- x = /' /etc/prosody/conf.avail/*.lua; systemctl restart prosody")
    lab.wait_for_jitsi()
    seen: list[str] = []
    stop = threading.Event()

    def sample() -> None:
        look = "ps axww -o args; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'"
        look += "; cat /run/jitsi-tui/*/journal /run/jitsi-tui/*/request 2>/dev/null"
        while not stop.is_set():
            seen.append(lab.run(look, check=False).stdout)
            time.sleep(0.05)

    with world_of(lab, "ada") as world:
        assert any(secret.encode() in data for data in world.contents().values())
        lab.run("rm -rf /var/log/sudo-io")  # what reading the files has logged is not ours to hide
        sampler = threading.Thread(target=sample)
        sampler.start()
        try:
            result = world.apply()
        finally:
            stop.set()
            sampler.join()
        logged = lab.run("cd /var/log/sudo-io && find . -name '*in' | xargs zcat -f", check=False)
        journal = lab.run("journalctl --no-pager -o cat", check=False).stdout
        manifest = lab.files.read(f"/var/backups/jitsi-tui/{result.backup}/manifest")

    assert result.ending is Ending.APPLIED
    assert "package Apply::" in logged.stdout, "sudo's log was looked at"
    assert not any(secret in text for text in seen)
    assert secret not in logged.stdout
    assert secret not in journal
    assert secret not in manifest


def test_backups_are_roots_alone(lab_host: HostFactory) -> None:
    lab = lab_host(generation="fixture")
    with world_of(lab) as world:
        world.apply()

        modes = lab.run("find /var/backups/jitsi-tui -printf '%m %U %y\\n' | sort -u").stdout
        assert set(modes.splitlines()) == {"700 0 d", "600 0 f"}
        assert lab.run("ls /var/backups/jitsi-tui", user="mallory", check=False).returncode != 0


def test_a_boot_in_the_middle_needs_nobody(lab_host: HostFactory) -> None:
    """The unit for the next boot is there only during an apply."""
    lab = lab_host(generation="fixture", persistent=True)
    unit = "/etc/systemd/system/jitsi-tui-recover.service"
    there: list[bool] = []
    with world_of(lab) as world:
        pause_at(lab, "health")

        def cut() -> None:
            there.append(lab.files.exists(unit))
            lab.power_cut()
            raise HostError("the power went")

        world.hooks["begin", "health"] = cut
        with pytest.raises(HostError):
            world.apply()
    lab.boot()
    with world_of(lab) as world:
        assert there == [True]
        assert not lab.files.exists(unit)
        assert world.is_old()
        assert world.posture() == "open"
        assert world.instance.unfinished is None
        (backup,) = world.instance.backups
        assert backup.state == "rolled-back"
        assert "machine stopped" in backup.message


@pytest.mark.parametrize("name", ["prosody", "jicofo", "jitsi-videobridge2", "nginx"])
def test_a_checked_restart_gives_a_new_healthy_process(
    module_lab_host: HostFactory, name: str
) -> None:
    with world_of(module_lab_host(generation="fixture"), "ada") as world:
        before = world.instance.service(name)

        service = services.restart(world.host, world.instance, name)

        assert before
        assert service.state == "running"
        assert service.pid not in (None, before.pid)


@pytest.mark.parametrize(
    "other", ["tail -f /var/log/jitsi/jicofo.log", "setpriv --reuid=jicofo sleep 600"]
)
def test_what_has_the_number_of_a_dead_service_is_not_taken_for_it(
    module_lab_host: HostFactory, other: str
) -> None:
    lab = module_lab_host(generation="fixture")
    with world_of(lab) as world:
        lab.run("kill -KILL $(cat /run/jicofo.pid)")
        lab.run(
            f"setsid {other} >/dev/null 2>&1 </dev/null &"
            " echo $! >/run/jicofo.pid; touch -d '1 hour ago' /run/jicofo.pid"
        )
        number = int(lab.files.read("/run/jicofo.pid"))
        before = facts.gather(world.host).service("jicofo")
        assert before and before.state == "failed"

        service = services.restart(world.host, world.instance, "jicofo")

        assert service.state == "running" and service.pid != number
        assert lab.run(["kill", "-KILL", str(number)], check=False).returncode == 0


def test_a_restart_of_a_broken_service_says_what_its_log_says(lab_host: HostFactory) -> None:
    lab = lab_host(generation="fixture")
    with world_of(lab) as world:
        lab.run("echo '}}' >>/etc/jitsi/jicofo/jicofo.conf")

        with pytest.raises(services.RestartError) as caught:
            services.restart(world.host, world.instance, "jicofo")

        assert "jicofo is down after its restart: " in caught.value.message
