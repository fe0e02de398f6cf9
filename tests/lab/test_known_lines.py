"""Known log lines as real Prosody and nginx write them, counted and told."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from jitsi_tui.instance import facts
from jitsi_tui.instance.findings import findings
from jitsi_tui.instance.model import Finding, LoggedLine
from tests.lab.admin import restart, secured
from tests.lab.breaking import DOMAIN, MAIN, MEET, PROSODY, append, broken, put
from tests.lab.fixtures import HostFactory
from tests.lab.host import LabHost
from tests.lab.reach import reach
from tests.lab.xmpp import BoshError, Browser

pytestmark = pytest.mark.lab

COMPONENT = f"parts.{DOMAIN}"
SITE = f"/etc/nginx/sites-available/{DOMAIN}.conf"
RELEASES = ["bookworm", *(pytest.param(one, marks=pytest.mark.slow) for one in ("trixie",))]


def logged(host: LabHost) -> tuple[dict[str, LoggedLine], dict[str, Finding]]:
    """The known lines and the findings, by id."""
    with reach(host) as opened:
        seen = facts.gather(opened)
    return {one.id: one for one in seen.logged}, {one.id: one for one in findings(seen, None)}


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
    with socket.create_connection((host.address, 5347), timeout=10) as stream:
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
        found, told = logged(host)
        host.files.path(PROSODY).write_text(append("Virtual {{\n")(host.files.read(PROSODY)))
        host.run("kill -HUP $(cat /run/prosody/prosody.pid); sleep 1")
        after, _ = logged(host)
    time.sleep(2)  # clocks of logs and processes are whole seconds
    restart(host, "prosody")
    assert {"module-failed", "port-taken", "component-secret", "component-missing"} <= set(found)
    assert "no_such_module" in found["module-failed"].record
    assert "5299" in found["port-taken"].record
    assert COMPONENT in told["log-component-secret"].evidence
    assert told["log-component-missing"].evidence.startswith("/var/log/prosody/prosody.log: ")
    assert "files-refused" in after and "cfg.lua:" in after["files-refused"].record
    assert not {one for one in logged(host)[1] if one.startswith("log-")}, "and afterwards none"


def test_lines_of_nginx(module_lab_host: HostFactory) -> None:
    host = module_lab_host(release="bookworm", prepare=secured(DOMAIN))
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with broken(host, SITE):
        site = host.files.read(SITE).replace(MEET, "/etc/jitsi/meet/gone-config.js")
        host.files.path(SITE).write_text(site, "utf-8")
        host.run(["nginx", "-s", "reload"])
        time.sleep(0.5)
        told: dict[str, Finding] = {}

        def is_told() -> bool:
            """Ten seconds after a start of Prosody's, what nginx says begins to count."""
            page = http.client.HTTPSConnection(host.address, context=trusting, timeout=10)
            page.request("GET", "/config.js", headers={"Host": DOMAIN})
            assert page.getresponse().status == 404
            page.close()
            time.sleep(0.5)
            told.update(logged(host)[1])
            return "log-web-file-missing" in told

        host.wait_for("what nginx says", is_told)
    host.run(["nginx", "-s", "reload"])
    assert {"log-web-file-missing", "config-js-elsewhere"} <= set(told)
    assert "gone-config.js" in told["log-web-file-missing"].evidence
