"""Known log lines as real Prosody and nginx write them, counted and told."""

from __future__ import annotations

import hashlib
import http.client
import re
import socket
import ssl
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from jitsi_tui.instance.model import Finding
from tests.lab.admin import restart, secured
from tests.lab.breaking import (
    CONF,
    DOMAIN,
    MAIN,
    MEET,
    PROSODY,
    Edit,
    append,
    broken,
    look,
    put,
    sub,
)
from tests.lab.fixtures import HostFactory
from tests.lab.host import LabHost
from tests.lab.xmpp import BoshError, Browser

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

COMPONENT = f"parts.{DOMAIN}"
BAD = f"bad.{DOMAIN}"
NGINX = "/etc/nginx/nginx.conf"
JICOFO_LOG = "/var/log/jitsi/jicofo.log"
SITE = f"/etc/nginx/sites-available/{DOMAIN}.conf"
RELEASES = ["bookworm", *(pytest.param(one, marks=pytest.mark.slow) for one in ("trixie",))]


def logged(host: LabHost) -> dict[str, Finding]:
    """What is found by files and logs alone, by id."""
    return look(host, ask=False)


@contextmanager
def listener(host: LabHost, port: int) -> Iterator[None]:
    """Another program that has a port."""
    script = f"import socket,time; s=socket.create_server(('0.0.0.0',{port})); time.sleep(300)"
    pid = host.run(f'python3 -c "{script}" > /dev/null 2>&1 & echo $!').stdout.strip()
    host.wait_for("the listener", lambda: port in host.listening())
    try:
        yield
    finally:
        host.run(f"kill {pid}")


def attach_with_a_wrong_secret(host: LabHost) -> None:
    """XEP-0114, with a handshake that is not the right one."""
    with socket.create_connection((host.address, 5347), timeout=60) as stream:
        stream.sendall(
            f"<stream:stream xmlns='jabber:component:accept' to='{COMPONENT}'"
            " xmlns:stream='http://etherx.jabber.org/streams'>".encode()
        )
        stream.recv(4096)
        stream.sendall(b"<handshake>aaaa</handshake>")
        with suppress(OSError):
            stream.recv(4096)


def ask_the_component(host: LabHost) -> None:
    """As a guest; nobody answers."""
    with Browser(host, f"guest.{DOMAIN}") as guest:
        guest.log_in_anonymously()
        for _ in range(4):
            with suppress(BoshError):
                guest.ask(COMPONENT, ET.Element("{jabber:iq:version}query"), "get")


@pytest.mark.parametrize("release", RELEASES)
def test_lines_of_prosodys_own(module_lab_host: HostFactory, release: str) -> None:
    host = module_lab_host(release=release, prepare=secured(DOMAIN))
    with broken(host, MAIN, PROSODY), listener(host, 5299):
        text = put("modules_enabled = {", 'modules_enabled = {\n"no_such_module";')(
            host.files.read(MAIN)
        )
        extra = 'c2s_ports = { 5222, 5299 }\ncomponent_interfaces = { "*" }\n'
        host.files.path(MAIN).write_text(extra + text, "utf-8")
        part = f'\nComponent "{COMPONENT}"\n    component_secret = "right"\n'
        host.files.path(PROSODY).write_text(append(part)(host.files.read(PROSODY)), "utf-8")
        restart(host, "prosody")
        attach_with_a_wrong_secret(host)
        ask_the_component(host)
        told = logged(host)
        host.files.path(PROSODY).write_text(append("Virtual {{\n")(host.files.read(PROSODY)))
        host.run("kill -HUP $(cat /run/prosody/prosody.pid)")
        host.wait_for("its answer", lambda: "log-files-refused" in logged(host))
        after = logged(host)
    time.sleep(2)  # clocks of logs and processes are whole seconds
    restart(host, "prosody")
    assert "no_such_module" in told["log-module-failed"].evidence
    assert "5299" in told["log-port-taken"].evidence
    assert COMPONENT in told["log-component-secret"].evidence
    assert told["log-component-missing"].evidence.startswith("/var/log/prosody/prosody.log: ")
    assert "cfg.lua:" in after["log-files-refused"].evidence
    assert not {one for one in logged(host) if one.startswith("log-")}, "and afterwards none"


def test_lines_of_nginx(module_lab_host: HostFactory) -> None:
    host = module_lab_host(release="bookworm", prepare=secured(DOMAIN))
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with broken(host, SITE):
        site = host.files.read(SITE).replace(MEET, "/etc/jitsi/meet/gone-config.js")
        host.files.path(SITE).write_text(site, "utf-8")
        host.run(["nginx", "-s", "reload"])
        told: dict[str, Finding] = {}
        statuses: list[int] = []

        def is_told() -> bool:
            """Ten seconds after a start of Prosody's, what nginx says begins to count."""
            page = http.client.HTTPSConnection(host.address, context=trusting, timeout=60)
            page.request("GET", "/config.js", headers={"Host": DOMAIN})
            statuses.append(page.getresponse().status)
            page.close()
            time.sleep(0.5)
            told.update(logged(host))
            return "log-web-file-missing" in told

        host.wait_for("what nginx says", is_told)
    host.run(["nginx", "-s", "reload"])
    assert statuses[-1] == 404
    assert {"log-web-file-missing", "config-js-elsewhere"} <= set(told)
    assert "gone-config.js" in told["log-web-file-missing"].evidence


def attach_twice(host: LabHost) -> None:
    """Two parts with the right secret come for one place."""
    with ExitStack() as open_streams:
        for _ in range(2):
            stream = socket.create_connection((host.address, 5347), timeout=60)
            open_streams.enter_context(stream)
            stream.sendall(
                f"<stream:stream xmlns='jabber:component:accept' to='{COMPONENT}'"
                " xmlns:stream='http://etherx.jabber.org/streams'>".encode()
            )
            said = ""
            while not (identifier := re.search(r"\bid=['\"]([^'\"]+)", said)):
                received = stream.recv(4096)
                assert received, said
                said += received.decode()
            proof = hashlib.sha1(f"{identifier[1]}right".encode()).hexdigest()
            stream.sendall(f"<handshake>{proof}</handshake>".encode())
            with suppress(OSError):
                stream.recv(4096)


TRIPS = 'module:hook("stream-features", function () error("trips here"); end);\n'
BAD_HOSTS = f"""
VirtualHost "{BAD}"
    authentication = "no_such_method"

VirtualHost "trips.{DOMAIN}"
    authentication = "internal_hashed"
    modules_enabled = {{ "trips" }}

VirtualHost "locked.{DOMAIN}"
    ssl = {{ key = "/etc/prosody/certs/gone.key"; certificate = "/etc/prosody/certs/gone.crt" }}

Component "{COMPONENT}"
    component_secret = "right"
"""


@pytest.mark.parametrize("release", RELEASES)
def test_lines_of_hosts_that_are_set_up_wrong(module_lab_host: HostFactory, release: str) -> None:
    host = module_lab_host(release=release, prepare=secured(DOMAIN))
    module = "/usr/share/jitsi-meet/prosody-plugins/mod_trips.lua"
    with broken(host, MAIN, PROSODY, module):
        host.files.write(module, TRIPS)
        extra = 'component_interfaces = { "*" }\n'
        host.files.path(MAIN).write_text(extra + host.files.read(MAIN), "utf-8")
        host.files.path(PROSODY).write_text(append(BAD_HOSTS)(host.files.read(PROSODY)), "utf-8")
        restart(host, "prosody")
        attach_twice(host)
        for domain in (BAD, f"trips.{DOMAIN}"):
            with suppress(BoshError, ET.ParseError, OSError):
                Browser(host, domain)
        told = logged(host)
    time.sleep(2)  # clocks of logs and processes are whole seconds
    restart(host, "prosody")
    expected = {
        "log-module-failed": "no_such_method",
        "log-no-mechanism": "no_such_method",
        "log-module-trips": "trips here",
        "log-certificate-unreadable": "gone.key",
        "log-component-twice": COMPONENT,
    }
    assert {one for one in told if one.startswith("log-")} == set(expected)
    for identifier, says in expected.items():
        assert says in told[identifier].evidence, told[identifier]


def test_a_jicofo_that_does_not_start_says_why(module_lab_host: HostFactory) -> None:
    host = module_lab_host(release="bookworm", prepare=secured(DOMAIN))
    with broken(host, CONF):
        text = sub(r"    login-url: [^\n]*\n", "")(host.files.read(CONF))
        host.files.path(CONF).write_text(text, "utf-8")
        host.run(["systemctl", "restart", "jicofo"])
        host.wait_for("its words", lambda: "Main.kt:58" in host.files.read(JICOFO_LOG))
        # Ten seconds after a start of Prosody's, what Jicofo says begins to count.
        time.sleep(12)
        host.run(["systemctl", "restart", "jicofo"])
        host.wait_for("its words", lambda: host.files.read(JICOFO_LOG).count("Main.kt:58") > 1)
        host.wait_for("its end", lambda: not host.jicofos())
        told = look(host, ask=True)
    time.sleep(3)  # clocks of logs and processes are whole seconds
    restart(host, "jicofo")
    assert {"log-jicofo-config", "jicofo-no-login-url", "service-down"} <= set(told)
    assert "login-url" in told["log-jicofo-config"].evidence
    assert "log-jicofo-config" not in look(host, ask=True), "lines of an earlier life do not count"


def until_told(host: LabHost, identifier: str, act: Callable[[], None]) -> Finding:
    """What is said of lines that come while something is done again and again."""
    told: dict[str, Finding] = {}

    def is_told() -> bool:
        """Ten seconds after a start of Prosody's, what nginx says begins to count."""
        act()
        time.sleep(0.3)
        told.update(logged(host))
        return identifier in told

    host.wait_for(identifier, is_told, 60)
    return told[identifier]


def knock(host: LabHost) -> None:
    """More visitors than nginx may have, each with a request that it can't end yet."""
    with ExitStack() as visitors:
        for _ in range(80):
            with suppress(OSError):
                visitor = socket.create_connection((host.address, 80), timeout=2)
                visitors.enter_context(visitor).sendall(b"GET / HTT")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("edit", "identifier", "says"),
    [
        (
            sub(r"worker_connections \d+", "worker_connections 16"),
            "log-web-connections",
            "16 worker_connections are not enough",
        ),
        (
            lambda text: f"worker_rlimit_nofile 28;\n{text}",
            "log-too-many-files",
            "Too many open files",
        ),
    ],
    ids=["connections", "open files"],
)
def test_an_nginx_with_too_little_of_something(
    module_lab_host: HostFactory, edit: Edit, identifier: str, says: str
) -> None:
    host = module_lab_host(release="bookworm", prepare=secured(DOMAIN))
    with broken(host, NGINX):
        host.files.path(NGINX).write_text(edit(host.files.read(NGINX)), "utf-8")
        restart(host, "nginx")
        one = until_told(host, identifier, lambda: knock(host))
    time.sleep(2)  # clocks of logs and processes are whole seconds
    restart(host, "nginx")
    assert one.evidence.startswith("/var/log/nginx/error.log: ") and says in one.evidence
    assert identifier not in logged(host)


def post(host: LabHost, size: int) -> None:
    """A request as the client library makes them, of any size."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    page = http.client.HTTPSConnection(host.address, context=trusting, timeout=60)
    with suppress(OSError):
        page.request("POST", "/http-bind", b"x" * size, headers={"Host": DOMAIN})
        page.getresponse().read()
    page.close()


@pytest.mark.slow
def test_a_part_behind_nginx_that_answers_too_late(module_lab_host: HostFactory) -> None:
    host = module_lab_host(release="bookworm", prepare=secured(DOMAIN))
    with broken(host, SITE), listener(host, 5298):
        site = host.files.read(SITE).replace("127.0.0.1:5280", "127.0.0.1:5298")
        slow = put("location = /http-bind {", "location = /http-bind {\nproxy_read_timeout 1s;")
        host.files.path(SITE).write_text(slow(site), "utf-8")
        restart(host, "nginx")
        one = until_told(host, "log-web-upstream-slow", lambda: post(host, 10))
    restart(host, "nginx")
    assert "upstream timed out" in one.evidence


@pytest.mark.slow
def test_an_nginx_without_room_for_what_people_send(lab_host: HostFactory) -> None:
    host = lab_host(prepare=secured(DOMAIN), free_kilobytes={"/var/lib/nginx": 64})
    one = until_told(host, "log-disk-is-full", lambda: post(host, 900_000))
    assert one.evidence.startswith("/var/log/nginx/error.log: ")
    assert "No space left on device" in one.evidence
