"""The facts of real Debian hosts, gathered over SSH by the one program."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jitsi_tui.instance import facts
from jitsi_tui.instance.facts.domains import NoJitsiError, SeveralDomainsError
from jitsi_tui.instance.model import Absent, Failed, Instance, Known, known
from tests.lab.admin import MODERATOR, restart, secured
from tests.lab.fixtures import HostFactory
from tests.lab.generations import REAL_SERVERS
from tests.lab.host import LabHost
from tests.lab.reach import reach

pytestmark = pytest.mark.lab

VERSIONS = {"bullseye": "0.11", "bookworm": "0.12", "trixie": "13."}


def look(host: LabHost, user: str = "root", domain: str | None = None) -> Instance:
    with reach(host, user) as opened:
        seen = facts.gather(opened, domain=domain)
        assert opened.commands_run <= 2  # one of them may ask who we are
        return seen


@pytest.mark.parametrize(("release", "generation"), [*REAL_SERVERS, ("bookworm", "fixture")])
def test_every_generation_is_known_in_full(
    shared_lab_host: HostFactory, release: str, generation: str
) -> None:
    host = shared_lab_host(release=release, generation=generation)
    seen = look(host)
    assert (seen.domain, seen.domains, seen.as_root) == (host.domain, (host.domain,), True)
    assert (known(seen.prosody.version) or "").startswith(VERSIONS[release])
    assert seen.unread == {} and seen.prosody.refusal == ""
    hosts = known(seen.prosody.effective)
    assert hosts is not None and "anonymous" in str(hosts[host.domain]["authentication"])
    assert f"/etc/prosody/conf.avail/{host.domain}.cfg.lua" in seen.prosody.files
    meet = known(seen.meet)
    assert meet is not None and meet.data == host.files.path(meet.real).read_bytes()
    old = generation == "debian-2020"
    assert isinstance(seen.jicofo.hocon, Absent if old else Known)
    assert isinstance(seen.jicofo.properties, Known if old else Absent)
    assert seen.jicofo.logged_authority == "off"
    assert seen.accounts == Known(0) and seen.docker is None and not seen.dpkg_busy
    assert seen.certificate_until is not None and seen.clock_ahead == 0.0
    assert {"prosody", "jicofo", "jvb", "nginx"} <= set(seen.log_paths)


@pytest.mark.parametrize("release", ["bullseye", "bookworm", "trixie"])
def test_services_are_their_processes(shared_lab_host: HostFactory, release: str) -> None:
    host = shared_lab_host(
        release=release, generation="debian-2020" if release == "bullseye" else "debian-2026"
    )
    seen = look(host)
    for service in seen.services:
        assert service.state == "running" and service.pid is not None, service
        assert service.since is not None
        assert host.booted <= service.since + timedelta(seconds=2), service
        assert service.since <= seen.taken + timedelta(seconds=2), service
        assert service.enabled is True
    managers = {service.name: service.manager for service in seen.services}
    assert managers["jicofo"] == "generated" and managers["prosody"] == "unit"


def test_the_effective_options_are_prosodys_own(shared_lab_host: HostFactory) -> None:
    host = shared_lab_host(generation="debian-2026", prepare=secured("meet.example.org"))
    seen = look(host)
    hosts = known(seen.prosody.effective)
    assert hosts is not None
    assert hosts[host.domain]["authentication"] == "internal_hashed"
    assert hosts[host.domain]["disable_sasl_mechanisms"] == ["DIGEST-MD5", "OAUTHBEARER"]
    assert hosts[f"guest.{host.domain}"]["c2s_require_encryption"] is False
    assert hosts[f"conference.{host.domain}"]["component_module"] == "muc"
    assert seen.accounts == Known(1) and seen.account_names[host.domain] == {MODERATOR}
    assert (seen.jicofo.logged_authority, seen.jicofo.logged_login_url) == ("xmpp", host.domain)


def test_an_admin_with_sudo_sees_what_root_sees(shared_lab_host: HostFactory) -> None:
    host = shared_lab_host(generation="debian-2026")
    seen = look(host, "ada")
    assert seen.as_root and seen.unread == {}
    assert known(seen.prosody.effective) == known(look(host).prosody.effective)


def test_without_sudo_unreadable_is_not_absent(shared_lab_host: HostFactory) -> None:
    host = shared_lab_host(generation="debian-2026")
    seen = look(host, "mallory")
    assert not seen.as_root and seen.domain == host.domain
    assert isinstance(seen.prosody.main_file, Failed)
    assert "root and group prosody" in seen.prosody.main_file.why
    assert isinstance(seen.prosody.effective, Failed) and seen.prosody.refusal == ""
    assert isinstance(seen.jicofo.hocon, Failed) and isinstance(seen.accounts, Failed)
    assert isinstance(seen.meet, Known)
    assert {service.state for service in seen.services} == {"running"}
    assert seen.jicofo.logged_authority == "unknown"


def test_no_jitsi_is_said(shared_lab_host: HostFactory) -> None:
    with pytest.raises(NoJitsiError):
        look(shared_lab_host(generation=None))


def test_docker_is_recognised(shared_lab_host: HostFactory) -> None:
    host = shared_lab_host(generation="docker")
    seen = look(host)
    assert seen.docker is not None and "docker-jitsi-meet" in seen.docker.container
    assert seen.domain == host.domain and facts.docker_refusal(seen) is not None


def test_a_jicofo_that_died_is_not_its_active_unit(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    host.run("kill -9 $(cat /run/jicofo.pid)")
    host.run("systemctl stop jitsi-videobridge2; systemctl mask --now nginx")
    host.run("kill -SEGV $(pidof -s lua5.4 || pgrep -f bin/prosody); sleep 0.3", check=False)
    seen = look(host)
    states = {service.name: (service.state, service.detail) for service in seen.services}
    assert states["jicofo"][0] == "failed" and "claims to be active" in states["jicofo"][1]
    assert states["jitsi-videobridge2"][0] == "stopped"
    assert states["nginx"][0] == "stopped" and "masked" in states["nginx"][1]


def test_a_broken_prosody_file_is_told_by_prosody_itself(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    path = f"/etc/prosody/conf.avail/{host.domain}.cfg.lua"
    host.files.edit(path, host.files.read(path) + "\nVirtualHost {{ broken\n")
    seen = look(host)
    assert isinstance(seen.prosody.effective, Failed)
    assert path.rpartition("/")[2] in seen.prosody.refusal and "expected" in seen.prosody.refusal
    assert path in seen.prosody.files and seen.domain == host.domain


def test_a_prosody_file_that_never_ends_is_left(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    path = f"/etc/prosody/conf.avail/{host.domain}.cfg.lua"
    host.files.edit(path, host.files.read(path) + "\nwhile true do end\n")
    seen = look(host)
    assert isinstance(seen.prosody.effective, Failed) and path in seen.prosody.files
    busy = host.run("ps -eo pcpu,args --sort=-pcpu | grep -c '[l]ua5.4 - '", check=False)
    assert busy.stdout.strip() == "0"


def test_prosodys_files_run_as_prosody(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    path = f"/etc/prosody/conf.avail/{host.domain}.cfg.lua"
    trap = 'local f = io.popen("id -un; id -Gn"); local who = f:read("*a"); f:close()\n'
    trap += 'proof_of_user = who; print("\\nforged"); io.stdout:write("{}\\n")\n'
    host.files.edit(path, trap + host.files.read(path))
    hosts = known(look(host).prosody.effective)
    assert hosts is not None and str(hosts["*"]["proof_of_user"]).split()[0] == "prosody"


def test_a_second_domain_wants_a_choice(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    first = f"/etc/prosody/conf.avail/{host.domain}.cfg.lua"
    other = "talk.example.net"
    host.files.write(
        f"/etc/prosody/conf.d/{other}.cfg.lua",
        host.files.read(first).replace(host.domain, other).replace("unlimited_jids", "jids2"),
    )
    script = host.files.read(f"/etc/jitsi/meet/{host.domain}-config.js")
    host.files.write(f"/etc/jitsi/meet/{other}-config.js", script.replace(host.domain, other))
    with pytest.raises(SeveralDomainsError, match=r"talk\.example\.net"):
        look(host)
    seen = look(host, domain=other)
    assert seen.domain == other and seen.domains == (host.domain, other)


def test_a_held_dpkg_lock_is_seen(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    assert not look(host).dpkg_busy
    hold = (
        "import fcntl, time; f = open('/var/lib/dpkg/lock-frontend', 'w');"
        " fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(300)"
    )
    host.files.write("/tmp/held", "")
    host.run(f'nohup python3 -c "{hold}" > /tmp/held 2>&1 &')
    host.wait_for("the lock", lambda: "held" in host.files.read("/tmp/held"))
    assert look(host).dpkg_busy


def test_a_host_without_systemd_is_a_server_too(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026", systemd=False)
    seen = look(host)
    assert not seen.systemd
    assert {s.manager for s in seen.services} == {"init"}
    assert {s.state for s in seen.services} == {"running"}


def test_jicofos_log_is_read_anew_after_a_restart(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    conf = "/etc/jitsi/jicofo/jicofo.conf"
    block = (
        "jicofo {\n  authentication { enabled: true, type: XMPP, login-url: meet.example.org }\n"
    )
    with reach(host) as opened:
        seen = facts.gather(opened)
        assert seen.jicofo.logged_authority == "off"
        host.files.edit(conf, host.files.read(conf).replace("jicofo {\n", block, 1))
        restart(host, "jicofo")
        authority, login_url = facts.jicofo_authority(opened, seen.layout)
    assert (authority, login_url) == ("xmpp", host.domain)


def test_hostile_files_stop_nothing(lab_host: HostFactory) -> None:
    host = lab_host(generation="debian-2026")
    host.run("mkfifo /etc/jitsi/meet/pipe-config.js /etc/nginx/sites-enabled/pipe")
    host.run("printf 'x' > \"/etc/jitsi/meet/$(printf '\\033[2J')-config.js\"")
    host.run(
        "ln -s /dev/zero /etc/nginx/sites-enabled/zero; ln -s loop /etc/prosody/conf.avail/loop"
    )
    host.run("mkdir /etc/jitsi/meet/folder-config.js; truncate -s 3G /etc/jitsi/meet/big-config.js")
    host.run(
        "yes 'a line that is long' | tr -d '\\n' | head -c 10000000 >> /var/log/jitsi/jicofo.log"
    )
    seen = look(host)
    assert seen.domain == host.domain and seen.jicofo.logged_authority == "off"
    assert "/etc/jitsi/meet/big-config.js" in seen.unread
