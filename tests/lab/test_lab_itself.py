"""The lab's hosts and stand-ins behave as real servers do where it hurts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import admin
from tests.lab.errors import LabError
from tests.lab.fixtures import HostFactory
from tests.lab.generations import REAL_SERVERS
from tests.lab.host import LabHost
from tests.lab.inroot import InRoot
from tests.lab.rootfs import ADMIN_PASSWORD
from tests.lab.xmpp import BoshError, Browser, LoginError, mechanisms
from tests.stopping import until_stopped

DOMAIN = "meet.example.org"
GUESTS = f"guest.{DOMAIN}"
CONF = "/etc/jitsi/jicofo/jicofo.conf"
PROPERTIES = "/etc/jitsi/jicofo/sip-communicator.properties"

SERVERS = [
    ("bookworm", "fixture"),
    *(pytest.param(server, marks=pytest.mark.corpus) for server in REAL_SERVERS),
]


def http(host: LabHost, port: int, path: str) -> tuple[int, str]:
    """A GET on the host's loopback: status and body."""
    program = (
        "import urllib.request as u, urllib.error as e, sys\n"
        "try: r = u.urlopen(sys.argv[1], timeout=60)\n"
        "except e.HTTPError as x: r = x\n"
        "print(r.status); print(r.read().decode())"
    )
    said = host.run(["python3", "-c", program, f"http://127.0.0.1:{port}{path}"]).stdout
    status, _, body = said.partition("\n")
    return int(status), body.strip()


def authority(host: LabHost) -> str:
    """What jicofo says of who decides."""
    handler = json.loads(http(host, 8888, "/debug")[1])["conference_iq_handler"]
    return str(handler["auth_authority"])


def restart_jicofo_and_wait(host: LabHost) -> subprocess.CompletedProcess[str]:
    """Restart it, and wait until the new one has read its files."""
    before = host.files.read("/var/log/jitsi/jicofo.log")
    host.run(["systemctl", "reset-failed", "jicofo"], check=False)
    done = host.run(["systemctl", "restart", "jicofo"], check=False)
    settled = ("Authentication service disabled", "Starting authentication", "Failed to start")
    host.wait_for(
        "new jicofo",
        lambda: any(
            word in host.files.read("/var/log/jitsi/jicofo.log")[len(before) :] for word in settled
        ),
    )
    return done


def _is_alive(pid: str) -> bool:
    """Whether a process is there, and more than a zombie that nobody has reaped yet."""
    try:
        return Path("/proc", pid, "cmdline").read_bytes() != b""
    except OSError:
        return False


def _refused(browser: Browser, room: str) -> bool:
    return browser.conference_request(room).error == "not-authorized"


@pytest.fixture(scope="module", params=SERVERS, ids="-".join)
def secured(request: pytest.FixtureRequest, module_lab_host: HostFactory) -> Iterator[LabHost]:
    release, generation = request.param
    host = module_lab_host(
        release=release,
        generation=generation,
        prepare=admin.secured(DOMAIN, oauthbearer_off=release == "trixie"),
    )
    yield host
    host.stop()


def test_an_open_server_lets_a_stranger_open_a_room(lab_host: HostFactory) -> None:
    host = lab_host(generation="fixture")
    assert mechanisms(host) == {"ANONYMOUS"}
    assert mechanisms(host, GUESTS) is None
    assert authority(host) == "null"
    with Browser(host) as stranger:
        stranger.log_in_anonymously()
        assert stranger.conference_request("open").ready
        assert stranger.join("open") is None


def test_a_secured_server_asks_for_an_account(secured: LabHost) -> None:
    assert mechanisms(secured) == {"PLAIN", "SCRAM-SHA-1"}
    assert mechanisms(secured, GUESTS) == {"ANONYMOUS"}
    with Browser(secured) as someone, pytest.raises(LoginError) as refused:
        someone.log_in(admin.MODERATOR, "wrong")
    assert refused.value.condition == "not-authorized"


def test_a_guest_waits_for_a_moderator(secured: LabHost) -> None:
    with Browser(secured, GUESTS) as guest, Browser(secured) as moderator:
        guest.log_in_anonymously()
        assert guest.conference_request("meeting").error == "not-authorized"
        moderator.log_in(admin.MODERATOR, admin.MODERATOR_PASSWORD)
        answer = moderator.conference_request("meeting")
        assert answer.ready
        assert answer.attributes["session-id"]
        assert moderator.join("meeting") is None
        assert guest.conference_request("meeting").ready
        assert guest.join("meeting") is None


def test_a_room_ends_with_its_last_member(secured: LabHost) -> None:
    with Browser(secured) as moderator:
        moderator.log_in(admin.MODERATOR, admin.MODERATOR_PASSWORD)
        moderator.conference_request("short")
        moderator.join("short")
    with Browser(secured, GUESTS) as guest:
        guest.log_in_anonymously()
        secured.wait_for(
            "end of the room",
            lambda: guest.conference_request("short").error == "not-authorized",
        )


def test_a_session_outlives_the_password(secured: LabHost) -> None:
    with Browser(secured) as moderator:
        moderator.log_in(admin.MODERATOR, admin.MODERATOR_PASSWORD)
        session = moderator.conference_request("first").attributes["session-id"]
        machine = moderator.machine
    account = f"/var/lib/prosody/meet%2eexample%2eorg/accounts/{admin.MODERATOR}.dat"
    kept = secured.files.read(account)
    secured.files.path(account).unlink()
    try:
        with Browser(secured, GUESTS) as removed:
            removed.log_in_anonymously()
            removed.machine = machine
            assert removed.conference_request("second", session=session).ready
            removed.machine = "another"
            assert removed.conference_request("third", session=session).error == "not-acceptable"
    finally:
        secured.files.write(account, kept, mode=0o640, owner="prosody")


def test_prosody_13_offers_a_login_that_browsers_loop_on(lab_host: HostFactory) -> None:
    """The guide's steps alone leave OAUTHBEARER on offer there."""
    prepare = admin.secured(DOMAIN, oauthbearer_off=False)
    host = lab_host(release="trixie", generation="fixture", prepare=prepare)
    assert "OAUTHBEARER" in (mechanisms(host) or set())


@pytest.mark.parametrize(
    "text",
    [
        "jicofo { a = 1 }}",
        "jicofo.authentication { enabled: true, type: XMPP }",
        "jicofo.authentication { enabled: true, type: xmpp, login-url: meet.example.org }",
    ],
    ids=["broken", "no-login-url", "lower-case"],
)
def test_a_dead_jicofo_hides_behind_an_active_unit(module_lab_host: HostFactory, text: str) -> None:
    host = module_lab_host(generation="fixture")
    kept = host.files.read(CONF)
    host.files.edit(CONF, f"{kept}\n{text}\n")
    try:
        assert restart_jicofo_and_wait(host).returncode == 0
        host.wait_for("death of jicofo", lambda: not host.jicofos())
        shows = "systemctl show -p ActiveState,SubState,MainPID,GuessMainPID jicofo"
        expected = {"ActiveState=active", "SubState=exited", "MainPID=0", "GuessMainPID=no"}
        host.wait_for("systemd's word", lambda: set(host.run(shows).stdout.split()) == expected)
        assert host.files.exists("/run/jicofo.pid")
        assert 8888 not in host.listening()
    finally:
        host.files.edit(CONF, kept)
        admin.restart(host, "jicofo")
    assert host.jicofos()


@pytest.mark.parametrize(
    ("properties", "conf", "expected"),
    [
        ("org.jitsi.jicofo.auth.URL=XMPP:meet.example.org", "", "XMPPDomainAuthAuthority"),
        ("org.jitsi.jicofo.auth.URL=EXT_JWT:meet.example.org", "", "ExternalJWTAuthority"),
        ("org.jitsi.jicofo.auth.URL=", "enabled=true\ntype=XMPP\nlogin-url=x", "null"),
        ("", "enabled = true", "null"),
        ("", "enabled=true\ntype=XMPP\nlogin-url=meet.example.org", "XMPPDomainAuthAuthority"),
        ("", "enabled=true\ntype=JWT\nlogin-url=meet.example.org", "ExternalJWTAuthority"),
        ("", "enabled=false\ntype=XMPP", "null"),
    ],
)
def test_jicofo_takes_the_older_file_before_the_newer(
    module_lab_host: HostFactory, properties: str, conf: str, expected: str
) -> None:
    host = module_lab_host(generation="fixture")
    kept = host.files.read(CONF)
    host.files.write(PROPERTIES, f"{properties}\n", owner="jicofo:jitsi")
    host.files.edit(CONF, f"{kept}\njicofo.authentication {{\n{conf}\n}}\n")
    try:
        admin.restart(host, "jicofo")
        assert authority(host) == expected
        log = host.files.read("/var/log/jitsi/jicofo.log").rpartition("Starting jicofo")[2]
        enabled = "config=AuthConfig[enabled=true, type=" in log
        assert enabled == (expected != "null")
    finally:
        host.files.edit(CONF, kept)
        host.files.path(PROPERTIES).unlink()


def test_java_system_properties_leave_the_older_file_unread(module_lab_host: HostFactory) -> None:
    host = module_lab_host(generation="fixture")
    config = "/etc/jitsi/jicofo/config"
    kept = host.files.read(config)
    host.files.write(PROPERTIES, "org.jitsi.jicofo.auth.URL=XMPP:x\n", owner="jicofo:jitsi")
    host.files.edit(config, f'JAVA_SYS_PROPS="-Dconfig.file={CONF}"\n')
    try:
        admin.restart(host, "jicofo")
        assert authority(host) == "null"
    finally:
        host.files.edit(config, kept)
        host.files.path(PROPERTIES).unlink()
        admin.restart(host, "jicofo")


def test_without_its_client_proxy_jicofo_refuses_moderators(lab_host: HostFactory) -> None:
    def without_proxy(tree: InRoot) -> None:
        admin.secured(DOMAIN)(tree)
        text = tree.read(CONF)
        tree.edit(CONF, text.replace(f'client-proxy: "focus.{DOMAIN}"', ""))

    host = lab_host(generation="fixture", prepare=without_proxy)
    with Browser(host) as moderator:
        moderator.log_in(admin.MODERATOR, admin.MODERATOR_PASSWORD)
        assert moderator.conference_request("any").error == "not-authorized"


def test_a_restart_of_prosody_with_a_broken_file_exits_0_and_prosody_is_down(
    module_lab_host: HostFactory,
) -> None:
    host = module_lab_host(generation="fixture")
    path = f"/etc/prosody/conf.avail/{DOMAIN}.cfg.lua"
    kept = host.files.read(path)
    host.files.edit(path, f"{kept}\n}}")
    try:
        assert host.run(["systemctl", "restart", "prosody"], check=False).returncode == 0
        host.wait_for("death of prosody", lambda: 5280 not in host.listening())
        with pytest.raises(BoshError):
            Browser(host)
    finally:
        host.files.edit(path, kept)
        host.run("systemctl reset-failed prosody; systemctl restart prosody")
        host.wait_for_jitsi()


def test_jicofo_comes_back_after_prosody_was_restarted(module_lab_host: HostFactory) -> None:
    host = module_lab_host(generation="fixture")
    admin.restart(host, "prosody")
    with Browser(host) as stranger:
        stranger.log_in_anonymously()
        assert stranger.conference_request("again").ready


def test_while_jicofo_is_down_nobody_answers_for_it(lab_host: HostFactory) -> None:
    host = lab_host(generation="fixture")
    host.run(["systemctl", "stop", "jicofo"])
    host.wait_for("end of jicofo", lambda: not host.jicofos())
    with Browser(host) as stranger:
        stranger.log_in_anonymously()
        unavailable = {"remote-server-timeout", "service-unavailable"}
        assert stranger.conference_request("x").error in unavailable


def test_the_init_script_does_not_wait_for_what_it_stops(module_lab_host: HostFactory) -> None:
    host = module_lab_host(generation="fixture")
    pid = host.files.read("/run/jicofo.pid").strip()
    host.run(["kill", "-STOP", pid])  # it takes as long as it is to take
    until_stopped(host.files.path(f"/proc/{pid}"))
    host.run(["/etc/init.d/jicofo", "stop"])
    assert host.jicofos()
    assert not host.files.exists("/run/jicofo.pid")
    host.run(["kill", "-CONT", pid])
    admin.restart(host, "jicofo")


def test_loopback_answers_are_those_of_the_real_ones(module_lab_host: HostFactory) -> None:
    host = module_lab_host(generation="fixture")
    found = {
        (port, path): http(host, port, path)[0]
        for port, path in (
            *((8888, path) for path in ("/debug", "/debug/conferences", "/debug/conferences-full")),
            *((8888, path) for path in ("/about/version", "/stats", "/about/health")),
            *((8080, path) for path in ("/about/health", "/metrics", "/debug", "/colibri/stats")),
        )
    }
    assert [key for key, status in found.items() if status == 404] == [
        (8888, "/about/health"),
        (8080, "/colibri/stats"),
    ]


def test_files_have_the_owners_and_modes_of_the_packages(module_lab_host: HostFactory) -> None:
    host = module_lab_host(generation="fixture")
    said = host.run(
        f"cd /etc; stat -c '%A %U:%G %n' jitsi/jicofo jitsi/jicofo/jicofo.conf "
        f"jitsi/meet/{DOMAIN}-config.js prosody/conf.avail/{DOMAIN}.cfg.lua "
        f"/var/log/jitsi/jicofo.log; readlink prosody/conf.d/{DOMAIN}.cfg.lua"
    ).stdout
    assert said.splitlines() == [
        "drwxr-x--- jicofo:jitsi jitsi/jicofo",
        "-rw-r--r-- jicofo:jitsi jitsi/jicofo/jicofo.conf",
        f"-rw-r--r-- root:root jitsi/meet/{DOMAIN}-config.js",
        f"-rw-r--r-- root:root prosody/conf.avail/{DOMAIN}.cfg.lua",
        "-rw-r----- jicofo:jitsi /var/log/jitsi/jicofo.log",
        f"/etc/prosody/conf.avail/{DOMAIN}.cfg.lua",
    ]


def test_logs_rotate_as_on_a_real_server(module_lab_host: HostFactory) -> None:
    """Prosody's by rename and reload, jicofo's by copy and truncation."""
    host = module_lab_host(generation="fixture")
    inode = host.run(["stat", "-c", "%i", "/var/log/jitsi/jicofo.log"]).stdout
    assert host.run(["logrotate", "-f", "/etc/logrotate.conf"]).stderr == ""
    assert host.run(["stat", "-c", "%i", "/var/log/jitsi/jicofo.log"]).stdout == inode
    listed = host.run(
        "cd /var/log; stat -c '%A %U:%G %n' prosody/prosody.log* jitsi/jicofo*"
    ).stdout
    assert listed.splitlines() == [
        "-rw-r----- prosody:adm prosody/prosody.log",
        "-rw-r----- prosody:adm prosody/prosody.log.1",
        "-rw-r----- jicofo:jitsi jitsi/jicofo.log",
        "-rw-r----- jicofo:jitsi jitsi/jicofo.log.1",
    ]
    admin.restart(host, "jicofo")


def test_of_perl_there_is_only_perl_base(shared_lab_host: HostFactory) -> None:
    for release in ("bullseye", "bookworm", "trixie"):
        host = shared_lab_host(release=release, generation="fixture")
        assert host.run(["perl", "-MSocket", "-MFcntl", "-e", "1"]).returncode == 0
        for module in ("Time::HiRes", "Digest::SHA", "JSON::PP"):
            assert host.run(["perl", f"-M{module}", "-e", "1"], check=False).returncode != 0


def test_sudo_is_free_for_ada_asks_grace_and_refuses_mallory(module_lab_host: HostFactory) -> None:
    host = module_lab_host(generation="fixture")
    assert host.run(["sudo", "-n", "id", "-u"], user="ada").stdout == "0\n"
    assert host.run(["sudo", "-n", "id"], user="grace", check=False).returncode == 1
    given = host.run(["sudo", "-S", "id", "-u"], user="grace", text=f"{ADMIN_PASSWORD}\n")
    assert given.stdout == "0\n"
    with pytest.raises(LabError):
        host.run(["sudo", "-S", "id"], user="mallory", text=f"{ADMIN_PASSWORD}\n")


def test_ssh_lets_the_labs_key_in(module_lab_host: HostFactory) -> None:
    host = module_lab_host(generation="fixture")
    for user in ("root", "ada", "grace", "mallory"):
        argv = [*host.ssh_argv(user), "id -un"]
        assert subprocess.run(argv, capture_output=True, check=True).stdout == f"{user}\n".encode()


def test_on_debian_12_without_systemd_service_restart_does_nothing(lab_host: HostFactory) -> None:
    host = lab_host(generation="fixture", systemd=False)
    before = host.files.read("/run/prosody/prosody.pid")
    assert host.run(["service", "prosody", "restart"]).returncode == 0
    assert host.files.read("/run/prosody/prosody.pid") == before
    admin.secure(host)
    assert host.files.read("/run/prosody/prosody.pid") != before
    assert mechanisms(host, GUESTS) == {"ANONYMOUS"}


def test_what_lies_on_a_persistent_host_survives_a_power_cut(lab_host: HostFactory) -> None:
    host = lab_host(generation="fixture", persistent=True)
    host.run("echo here >/root/marker; sync /root/marker")
    host.power_cut()
    host.boot()
    assert host.run("cat /root/marker").stdout == "here\n"
    assert mechanisms(host) == {"ANONYMOUS"}


def test_a_small_file_system_is_full_where_asked(lab_host: HostFactory) -> None:
    host = lab_host(generation="fixture", free_kilobytes={"/etc": 8})
    done = host.run("head -c 16384 /dev/zero >/etc/big", check=False)
    assert "No space left on device" in done.stderr
    assert Path("/etc/hostname").exists()


def test_a_host_behind_another_is_reached_through_it_alone(lab_host: HostFactory) -> None:
    jump = lab_host(generation=None)
    inner = lab_host(generation=None, domain="inner.example.org", behind=jump)
    argv = inner.ssh_argv()
    assert subprocess.run([*argv, "true"], capture_output=True, check=False).returncode == 255
    proxy = " ".join([*jump.ssh_argv()[:-1], "-W", "%h:%p", jump.ssh_argv()[-1]])
    through = [*argv[:-1], "-o", f"ProxyCommand={proxy}", argv[-1], "uname -n"]
    assert subprocess.run(through, capture_output=True, check=True).stdout == b"inner\n"


def test_hosts_of_two_processes_do_not_meet(lab_host: HostFactory) -> None:
    ours = lab_host(generation=None)
    program = (
        "from tests.lab.host import LabHost, Spec\n"
        "with LabHost(Spec(generation=None)) as host: print(host.address)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() not in {"", ours.address}
    assert ours.run("true").returncode == 0


@pytest.mark.lab
def test_what_a_killed_owner_left_is_cleared_away() -> None:
    program = (
        "import os, signal\n"
        "from tests.lab import host, slots\n"
        # Beyond those that another test's host may take, which would clear it away first.
        "host.claim = lambda: slots.claim(range(slots.SLOTS, 2 * slots.SLOTS))\n"
        "host = host.LabHost(host.Spec(generation=None)); host.start()\n"
        "print(*host.processes(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    dead = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    pids = dead.stdout.split()
    assert any(_is_alive(pid) for pid in pids)
    subprocess.run([sys.executable, "-m", "tests.lab", "--clean"], check=True)
    assert not [pid for pid in pids if _is_alive(pid)]


def test_paths_of_a_host_never_lead_to_this_machine(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "link").symlink_to("/etc/passwd")
    (tmp_path / "up").symlink_to("../../../../../../etc")
    tree = InRoot(tmp_path)
    assert tree.path("/etc/link") == tmp_path / "etc/passwd"
    assert tree.path("/up/passwd") == tmp_path / "etc/passwd"
    assert tree.path("../../etc/x") == tmp_path / "etc/x"
    with pytest.raises(LabError):
        InRoot(Path(os.sep))
