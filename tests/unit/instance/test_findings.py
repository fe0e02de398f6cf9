"""The table of findings: declared soundly, documented, and quiet on a sound server."""

from __future__ import annotations

import re
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from jitsi_tui.instance.findings import RULES, findings
from jitsi_tui.instance.model import Absent, Failed, Known, Service
from jitsi_tui.instance.posture import posture
from tests.unit.instance.folder_server import DOMAIN, FolderServer
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


def test_each_finding_has_a_test_on_a_real_host() -> None:
    """Those from logs are held by test_known_lines, in the words of real records."""
    lab = "".join(p.read_text("utf-8") for p in (DOCS.parent / "tests" / "lab").glob("test_*.py"))
    ids = [rule.id for rule in RULES if not rule.id.startswith("log-")]
    assert [one for one in ids if f'"{one}"' not in lab] == []


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
