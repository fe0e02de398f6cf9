"""The table of findings: declared soundly, documented, and quiet on a sound server."""

from __future__ import annotations

import ast
import re
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from jitsi_tui.instance.findings import RULES, findings
from jitsi_tui.instance.mending import MENDS
from jitsi_tui.instance.model import Absent, Failed, Known, Service
from jitsi_tui.instance.posture import posture, settings
from tests.lab.test_doctor import RUNNING
from tests.lab.test_findings import BROKEN
from tests.lab.test_mend import BY_FILES, NEVER_RAN
from tests.lab.test_mend_running import MENDED
from tests.unit.instance.folder_server import CONFIG_JS, DOMAIN, JICOFO_CONF, FolderServer
from tests.unit.instance.test_posture import close, verdict

DOCS = Path(__file__).parents[3] / "docs"


def test_ids_are_kebab_case_and_unique() -> None:
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids)) >= 40
    assert all(re.fullmatch("[a-z]+(-[a-z0-9]+)*", identifier) for identifier in ids)


def test_every_rule_says_what_and_why_in_whole_sentences() -> None:
    for rule in RULES:
        assert rule.what.endswith(".") and rule.why.endswith("."), rule.id
        assert "|" not in rule.what + rule.why


NEEDS_REAL_PARTS = {
    "log-token-refused": "Jitsi's own mod_auth_token",
    "log-no-bridge": "the real Jicofo",
    "log-bridge-ill": "the real Jicofo",
    "log-not-owner": "the real Jicofo",
    "log-java-memory": "Java",
    "log-bridge-address": "the real videobridge",
    "log-ice-failed": "the real videobridge",
}
"""Lines that only programs write which the lab has stand-ins for; test_known_lines has records of
theirs from public trackers."""


def named_in_the_lab(*patterns: str) -> set[str]:
    """The findings that tests on real hosts name, each as a text of its own."""
    lab = DOCS.parent / "tests" / "lab"
    paths = [path for pattern in patterns for path in lab.glob(pattern)]
    texts = {
        node.value
        for path in paths
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {rule.id for rule in RULES} & texts


def test_each_finding_has_a_test_on_a_real_host() -> None:
    without = {rule.id for rule in RULES} - named_in_the_lab("test_*.py")
    assert without == set(NEEDS_REAL_PARTS)


def test_each_mend_has_a_test_on_a_real_host() -> None:
    tables = {one for name in BY_FILES for one in BROKEN[name].expected}
    tables |= {one for name in NEVER_RAN for one in BROKEN[name].expected}
    tables |= {one for name in MENDED for one in RUNNING[name][1]}
    assert set(MENDS) - tables - named_in_the_lab("test_mend*.py") == set()
    assert set(MENDS) <= {rule.id for rule in RULES}


def test_the_documentation_is_made_from_the_rules() -> None:
    script = runpy.run_path(str(DOCS / "make_findings.py"))
    made = script["page"]()
    written = (DOCS / "findings.md").read_text("utf-8")
    assert written == made, "run: python docs/make_findings.py"


@pytest.fixture
def server(tmp_path: Path) -> FolderServer:
    return FolderServer(tmp_path)


def without_absent(found: set[str]) -> set[str]:
    """A folder runs no services: that they are absent is true."""
    return found - {"parts-elsewhere"}


def test_an_open_server_has_one_error(server: FolderServer) -> None:
    found = findings(server.look(), None)
    assert [f.id for f in found if f.severity == "error"] == ["open-server"]
    assert without_absent({f.id for f in found}) == {"open-server"}


def test_a_secured_server_has_none(server: FolderServer) -> None:
    close(server)
    server.write("/var/lib/prosody/meet%2eexample%2eorg/accounts/ada.dat", "return {}\n")
    assert without_absent({f.id for f in findings(server.look(), None)}) == set()
    assert without_absent({f.id for f in findings(server.look(), verdict())}) == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"main": Absent()},
        {"main": Known(())},
        {"authority": "jwt"},
        {"authority": "off", "strangers_open_rooms": True},
        {"guest": Absent(), "guest_domain": None, "guests_log_in": False},
        {"guest": Known(()), "guest_domain": None, "guests_log_in": False},
        {"main": Known(("ANONYMOUS",)), "strangers_log_in": True, "strangers_open_rooms": True},
    ],
)
def test_no_inconsistent_server_without_an_error_that_says_why(
    server: FolderServer, changes: dict[str, object]
) -> None:
    close(server)
    seen = server.look()
    hosts = {
        "*": {},
        DOMAIN: {"authentication": "internal_hashed"},
        f"guest.{DOMAIN}": {"authentication": "anonymous"},
    }
    seen = replace(seen, prosody=replace(seen.prosody, effective=Known(hosts)))
    answers = verdict(**changes)
    assert posture(seen, answers) == "inconsistent"
    assert [f.id for f in findings(seen, answers) if f.severity == "error"]


@pytest.mark.parametrize(
    ("name", "listeners", "told"),
    [
        ("prosody", (), "service-down"),
        ("jicofo", (), "service-down"),
        ("nginx", (), "service-down"),
        ("nginx", (("0.0.0.0", 443),), ""),  # another web server, by its port
        ("jitsi-videobridge2", (), ""),  # bridges often are elsewhere
    ],
)
def test_what_was_stopped_and_disabled_is_down_unless_another_does_its_work(
    server: FolderServer, name: str, listeners: tuple[tuple[str, int], ...], told: str
) -> None:
    close(server)
    one = Service(name, "stopped", None, enabled=False)  # type: ignore[arg-type]
    seen = replace(server.look(), services=(one,), listeners=listeners)
    found = {f.id for f in findings(seen, None)}
    assert ("service-down" in found) == bool(told) and "service-disabled" in found


def test_a_jicofo_that_answers_from_elsewhere_is_not_down(server: FolderServer) -> None:
    close(server)
    spare = Service("jicofo", "stopped", None, enabled=False)
    seen = replace(server.look(), services=(spare,))
    assert "service-down" not in {f.id for f in findings(seen, verdict())}


def test_a_masked_unit_is_unmasked_first(server: FolderServer) -> None:
    close(server)
    masked = Service("prosody", "stopped", None, enabled=False, masked=True)
    found = {f.id: f for f in findings(replace(server.look(), services=(masked,)), None)}
    assert found["service-down"].fix == (
        "systemctl unmask prosody; jitsi-tui services DEST restart prosody"
    )
    assert found["service-disabled"].fix == "systemctl unmask prosody"


@pytest.mark.parametrize(
    ("why", "fix"),
    [
        ("/etc/prosody/conf.d/x.cfg.lua: Permission denied", "chgrp prosody /etc/prosody/conf.d/x"),
        ("/etc/prosody/conf.d/x.cfg.lua: No such file or directory", "remove the link (rm /etc/"),
        ("/etc/prosody/conf.d/x.cfg.lua:3: '}' expected", "mend that line"),
    ],
)
def test_files_that_prosody_can_not_take_are_told_with_what_helps(
    server: FolderServer, why: str, fix: str
) -> None:
    close(server)
    seen = server.look()
    seen = replace(seen, prosody=replace(seen.prosody, refusal=f"Error loading included {why}"))
    found = {f.id: f for f in findings(seen, None)}["prosody-files-broken"]
    assert fix in (found.fix or "") and "undo" not in (found.fix or ""), "nothing of ours is there"


def test_a_bosh_address_of_another_server_is_told_unless_a_site_has_that_name(
    server: FolderServer,
) -> None:
    close(server)
    text = server.path(CONFIG_JS).read_text()
    server.write(CONFIG_JS, f"{text}config.bosh = '//talk.example.org/http-bind';\n")
    site = "/etc/nginx/sites-enabled/meet.conf"
    server.write(site, "server {\n server_name meet.example.org;\n alias /x-config.js;\n}\n")
    seen = server.look()
    hosts: dict[str, dict[str, object]] = {
        "*": {"modules_enabled": ["bosh"]},
        DOMAIN: {},
        f"conference.{DOMAIN}": {},
        f"guest.{DOMAIN}": {},
    }
    seen = replace(seen, prosody=replace(seen.prosody, effective=Known(hosts)))
    found = {f.id: f for f in findings(seen, None)}["config-js-hosts"]
    assert "talk.example.org" in found.message and f"{CONFIG_JS}:" in found.evidence
    server.write(site, server.path(site).read_text().replace("name ", "name talk.example.org "))
    seen = replace(seen, web=server.look().web)
    assert "config-js-hosts" not in {f.id for f in findings(seen, None)}


def test_errors_come_first(server: FolderServer) -> None:
    severities = [f.severity for f in findings(server.look(), None)]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)


def test_a_full_disk_and_a_wrong_clock_are_told(server: FolderServer) -> None:
    close(server)
    seen = replace(server.look(), disks={"/": 0.99, "/srv": 0.92, "/home": 0.5}, clock_ahead=-400.0)
    found = [f for f in findings(seen, None) if f.id in ("disk-full", "clock-off")]
    assert [(f.id, f.severity) for f in found] == [
        ("disk-full", "error"),
        ("disk-full", "warning"),
        ("clock-off", "warning"),
    ]


def test_what_runs_with_older_files_is_told_with_both_times(server: FolderServer) -> None:
    close(server)
    seen = server.look()
    running = Service("prosody", "running", 7, since=seen.taken)
    seen = replace(seen, services=(running,))
    stale = verdict(main=Known(("ANONYMOUS",)), strangers_log_in=True, strangers_open_rooms=None)
    told = {f.id: f for f in findings(seen, stale)}["not-restarted"]
    assert "was changed" in told.evidence and "runs since" in told.evidence
    assert told.fix == "jitsi-tui services DEST restart prosody"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('JAVA_SYS_PROPS="-Djicofo.authentication.enabled=false"', True),
        ('JAVA_SYS_PROPS="-Xmx1g -Dorg.jitsi.jicofo.auth.URL=XMPP:x.org"', True),
        ('# JAVA_SYS_PROPS="-Djicofo.authentication.enabled=false"', False),
        ('JAVA_SYS_PROPS="-Dconfig.file=/etc/jitsi/jicofo/jicofo.conf"', False),
    ],
)
def test_settings_that_jicofo_is_handed_when_it_starts_are_named_and_no_restart_is_advised(
    server: FolderServer, line: str, told: bool
) -> None:
    close(server)
    server.write("/etc/jitsi/jicofo/config", f"# Jicofo\n{line}\n")
    seen = server.look()
    seen = replace(seen, services=(Service("jicofo", "running", 7, since=seen.taken),))
    one = {f.id: f for f in findings(seen, verdict(authority="off"))}["not-restarted"]
    assert ("/etc/jitsi/jicofo/config:2" in one.evidence) is told
    assert ("services DEST restart jicofo" in (one.fix or "")) is not told


def test_what_was_not_understood_makes_no_other_claim(server: FolderServer) -> None:
    """Facts that failed are neither fine nor absent."""
    close(server)
    seen = server.look()
    blind = replace(
        seen,
        meet=Failed("root only"),
        jicofo=replace(seen.jicofo, hocon=Failed("root only"), properties=Failed("root only")),
        prosody=replace(
            seen.prosody, main_file=Failed("root only"), files={}, effective=Failed("root only")
        ),
        accounts=Failed("root only"),
        as_root=False,
        unread={"/etc/prosody/prosody.cfg.lua": "root only"},
    )
    assert without_absent({f.id for f in findings(blind, None)}) == {"unreadable"}
    assert without_absent({f.id for f in findings(blind, verdict())}) == {"unreadable"}


def test_hostile_options_of_any_type_stop_no_finding(server: FolderServer) -> None:
    close(server)
    seen = server.look()
    oddities: list[object] = [None, True, -1, 1.5, "x", [], [1, [2]], {"a": {"b": []}}]
    for odd in oddities:
        names = ("authentication", "modules_enabled", "disable_sasl_mechanisms", "storage")
        options = dict.fromkeys((*names, "consider_bosh_secure", "allow_registration"), odd)
        hosts = {"*": options, DOMAIN: options, f"guest.{DOMAIN}": options}
        for version in ("0.11.9", "0.12.3", "13.0.1", "odd", ""):
            changed = replace(
                seen.prosody,
                effective=Known(hosts),
                version=Known(version),
            )
            findings(replace(seen, prosody=changed), None)


UNDECIDED = (
    "enabled = ${?AUTH}, type = XMPP, login-url = meet.example.org",
    "enabled = true, type = XMPP, type = ${?AUTH_TYPE}, login-url = meet.example.org",
    "enabled = true, type = XMPP, login-url = ${?DOMAIN}",
    'enabled = true, include "auth.conf"',
)


@pytest.mark.parametrize("body", UNDECIDED)
def test_what_only_jicofo_can_work_out_is_not_known_and_no_fault(
    server: FolderServer, body: str
) -> None:
    """Its environment or another file decides; that it is off, or wrong, would be a guess."""
    close(server)
    text = server.path(JICOFO_CONF).read_text()
    block = re.sub(r"authentication[^}]*\}", f"authentication {{ {body} }}", text, count=1)
    block = block.replace('client-proxy: "focus.meet.example.org"', "client-proxy: ${?PROXY}")
    assert block != text
    server.write(JICOFO_CONF, block)
    instance = server.look()
    assert settings(instance).authority == "unknown"
    told = [f for f in findings(instance, None) if f.id.startswith("jicofo-")]
    assert told == [] and "Unknown(" not in repr(findings(instance, None))


def test_a_command_to_copy_holds_names_of_files_as_one_word_each(server: FolderServer) -> None:
    odd = "/etc/jitsi/meet/a b; reboot #.key"
    instance = replace(server.look(), public_keys={odd: 0o644})
    [told] = [f for f in findings(instance, None) if f.id == "readable-keys"]
    assert told.fix is not None and told.fix.startswith(f"chmod o-rwx '{odd}'; ")
