"""What goes wrong before or during a change: one line that says it, the server as it was."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.matrix.pausing import pause_at

from .admin import paths
from .cli import Done, argv, environment, jitsi_tui
from .fixtures import HostFactory
from .host import LabHost
from .inroot import InRoot
from .rootfs import ADMIN_PASSWORD
from .xmpp import Browser

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

FIXTURE = {"release": "bookworm", "generation": "fixture"}


def snapshot(host: LabHost) -> dict[str, bytes]:
    """Every file under the folders that an apply could touch, backups aside."""
    found = {}
    for folder in ("/etc/prosody", "/etc/jitsi", "/etc/systemd/system"):
        listing = host.run(["find", folder, "-type", "f"], check=False).stdout.split("\n")
        for path in filter(None, listing):
            found[path] = host.files.path(path).read_bytes()
    return found


def one_line(done: Done, exit_code: int, *says: str) -> None:
    """It ended with this exit code, and one line on standard error that says these words."""
    assert done.exit == exit_code, done.out + done.err
    assert len(done.err.strip().splitlines()) == 1, done.err
    assert "Traceback" not in done.err
    for word in says:
        assert word.lower() in done.err.lower(), done.err


def strangers_log_in(host: LabHost) -> bool:
    with Browser(host) as stranger:
        return "ANONYMOUS" in stranger.mechanisms


def test_a_jicofo_conf_that_was_broken_before_is_refused_with_its_line(
    lab_host: HostFactory,
) -> None:
    host = lab_host(**FIXTURE)
    conf = paths(host.domain)[2]
    host.files.edit(conf, host.files.read(conf) + "\n}\n")
    before = snapshot(host)
    done = jitsi_tui(host, "secure", "--yes")
    one_line(done, 1, "jicofo.conf", "line")
    assert snapshot(host) == before


@pytest.mark.parametrize("user", ["mallory", "grace"])
def test_files_that_cannot_be_read_are_said_to_be_and_nothing_changes(
    shared_lab_host: HostFactory, user: str
) -> None:
    host = shared_lab_host(**FIXTURE)
    before = snapshot(host)
    done = jitsi_tui(host, "secure", "--yes", user=user)
    one_line(done, 1, "sudo")
    assert snapshot(host) == before


def test_a_wrong_sudo_password_is_exit_three(shared_lab_host: HostFactory) -> None:
    host = shared_lab_host(**FIXTURE)
    before = snapshot(host)
    done = jitsi_tui(
        host, "secure", "--yes", "--sudo-password-stdin", user="grace", stdin="wrong\n"
    )
    one_line(done, 3, "sudo")
    assert "wrong" not in done.out
    assert snapshot(host) == before


def test_sudo_with_a_password_secures_like_root(lab_host: HostFactory) -> None:
    host = lab_host(**FIXTURE)
    host.wait_for_jitsi()
    done = jitsi_tui(
        host,
        "secure",
        "--yes",
        "--sudo-password-stdin",
        "--json",
        user="grace",
        stdin=f"{ADMIN_PASSWORD}\n",
    )
    assert done.exit == 0, done.err
    assert not strangers_log_in(host)


def test_an_unknown_domain_is_refused_and_the_known_one_named(
    shared_lab_host: HostFactory,
) -> None:
    host = shared_lab_host(**FIXTURE)
    one_line(jitsi_tui(host, "status", "--domain", "other.example.org"), 1, "meet.example.org")


def test_a_host_without_a_jitsi_is_said_to_be_one(shared_lab_host: HostFactory) -> None:
    host = shared_lab_host(release="bookworm", generation=None)
    one_line(jitsi_tui(host, "status"), 1, "jitsi")


def test_docker_is_refused_with_the_lines_for_its_env_file(shared_lab_host: HostFactory) -> None:
    host = shared_lab_host(release="bookworm", generation="docker")
    one_line(jitsi_tui(host, "secure", "--yes"), 1, "docker", "ENABLE_AUTH=1")


def test_a_refused_connection_is_exit_three(shared_lab_host: HostFactory) -> None:
    host = shared_lab_host(**FIXTURE)
    one_line(jitsi_tui(host, "status", "--port", "9"), 3, "refused")


def test_a_name_that_does_not_resolve_is_exit_three(shared_lab_host: HostFactory) -> None:
    host = shared_lab_host(**FIXTURE)
    words = argv(host, "status")
    words[words.index(f"root@{host.address}")] = "root@no-such-host.invalid"
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    one_line(Done(done.returncode, done.stdout, done.stderr), 3, "no-such-host.invalid")


def test_a_full_disk_is_seen_while_staging(lab_host: HostFactory) -> None:
    host = lab_host(**FIXTURE, free_kilobytes={"/etc": 4})
    host.wait_for_jitsi()
    before = snapshot(host)
    done = jitsi_tui(host, "secure", "--yes")
    assert done.exit == 1, done.out + done.err
    assert "space" in done.err.lower()
    assert snapshot(host) == before
    assert strangers_log_in(host)


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGHUP, marks=pytest.mark.slow)]
)
def test_ctrl_c_or_a_closed_terminal_during_an_apply_rolls_back(
    lab_host: HostFactory, number: signal.Signals
) -> None:
    host = lab_host(**FIXTURE)
    host.wait_for_jitsi()
    before = snapshot(host)
    process = subprocess.Popen(
        argv(host, "secure", "--yes"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    conf = paths(host.domain)[2]
    host.wait_for("new file", lambda: "XMPP" in host.files.read(conf))
    process.send_signal(number)
    out, err = process.communicate(timeout=240)
    done = Done(process.returncode, out, err)
    one_line(done, 4, "as before")
    assert snapshot(host) == before
    assert strangers_log_in(host)


def jicofo_dies_at_start(tree: InRoot) -> None:
    """A Jicofo that can't start with authentication on, though its file is sound."""
    script = "/usr/share/jicofo/jicofo.sh"
    assert tree.exists(script), "the stand-in moved"
    text = tree.read(script)
    first, rest = text.split("\n", 1)
    tree.edit(
        script, f"{first}\ngrep -q 'type.*XMPP' /etc/jitsi/jicofo/jicofo.conf && exit 1\n{rest}"
    )


def test_a_jicofo_that_dies_behind_an_active_unit_is_seen_and_rolled_back(
    lab_host: HostFactory,
) -> None:
    host = lab_host(**FIXTURE, prepare=jicofo_dies_at_start)
    host.wait_for_jitsi()
    before = snapshot(host)
    done = jitsi_tui(host, "secure", "--yes")
    one_line(done, 4, "jicofo", "as before")
    assert snapshot(host) == before
    host.wait_for_jitsi()
    assert strangers_log_in(host)


def test_a_prosody_that_does_not_come_up_is_rolled_back(lab_host: HostFactory) -> None:
    def refuse(tree: InRoot) -> None:
        main = "/etc/prosody/prosody.cfg.lua"
        tree.edit(
            main,
            tree.read(main)
            + '\nlocal f = io.open("/etc/prosody/conf.avail/meet.example.org.cfg.lua")\n'
            + 'if f and f:read("*a"):find("guest%.meet") and not os.getenv("CHECKING")'
            + ' and io.open("/proc/self/cmdline"):read("*a"):find("prosody%z%-F") then'
            + " error('will not start') end\n",
        )

    host = lab_host(**FIXTURE, prepare=refuse)
    host.wait_for_jitsi()
    before = snapshot(host)
    done = jitsi_tui(host, "secure", "--yes")
    assert done.exit in (1, 4), done.out + done.err
    assert snapshot(host) == before
    host.wait_for_jitsi()
    assert strangers_log_in(host)


def test_without_systemd_a_restart_that_does_nothing_is_not_believed(
    lab_host: HostFactory,
) -> None:
    host = lab_host(**FIXTURE, systemd=False)
    host.wait_for_jitsi()
    done = jitsi_tui(host, "secure", "--yes", "--json")
    assert done.exit == 0, done.out + done.err
    assert not strangers_log_in(host)


def test_a_run_that_has_no_backup_yet_is_found_again_after_a_cut(lab_host: HostFactory) -> None:
    host = lab_host(**FIXTURE)
    host.wait_for_jitsi()
    pause_at(host, "lock", 4)
    command = argv(host, "secure", "--yes", "--json")
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        taken = "ls /run/jitsi-tui/*/taken"
        host.wait_for("the run", lambda: host.run(taken, check=False).returncode == 0)
        host.run("pkill -KILL -f '[s]shd: root@'")
        out, err = process.communicate(timeout=240)
    assert process.returncode == 0, out + err
    assert Done(process.returncode, out, err).json["applied"] is True
    assert not strangers_log_in(host)


def test_a_connection_that_breaks_in_the_middle_is_made_again_and_the_change_proved(
    lab_host: HostFactory,
) -> None:
    host = lab_host(**FIXTURE)
    host.wait_for_jitsi()
    process = subprocess.Popen(
        argv(host, "secure", "--yes", "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    conf = paths(host.domain)[2]
    host.wait_for("the new files", lambda: "XMPP" in host.files.read(conf))
    host.run("pkill -KILL -f 'sshd: root@' || pkill -KILL -f 'sshd-session: root'", check=False)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, out + err
    assert Done(process.returncode, out, err).json["applied"] is True
    assert not strangers_log_in(host)
