"""The walls of the house: what each part may import, and what it must not do."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "jitsi_tui"


def modules(*folders: str) -> list[Path]:
    """Every module under these folders (or files) of the package."""
    found: list[Path] = []
    for folder in folders:
        path = PACKAGE / folder
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return found


@cache
def nodes(path: Path) -> list[ast.AST]:
    """All of a module's syntax; every wall looks through it."""
    return list(ast.walk(ast.parse(path.read_text("utf-8"))))


def imports(path: Path) -> Iterator[str]:
    """The absolute names that a module imports, also inside of functions."""
    package = ".".join(("jitsi_tui", *path.relative_to(PACKAGE).parts[:-1]))
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
                base = f"{above}.{base}".rstrip(".")
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def calls(path: Path) -> Iterator[str]:
    """The names that a module calls: ``print``, ``threading.Thread``, ``subprocess.run``."""
    for node in nodes(path):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def offenders(paths: list[Path], *prefixes: str) -> list[str]:
    return [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in paths
        for name in imports(path)
        if any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)
    ]


def everything_but(*folders: str) -> list[Path]:
    inside = {path for folder in folders for path in modules(folder)}
    return [path for path in modules(".") if path not in inside]


def test_only_the_tui_knows_textual() -> None:
    assert offenders(everything_but("tui"), "textual") == []


def test_configs_import_the_standard_library_and_their_parsers_alone() -> None:
    allowed = set(sys.stdlib_module_names) | {"tree_sitter", "tree_sitter_lua"}
    allowed |= {"tree_sitter_javascript"}
    strangers = [
        f"{path.name} imports {name}"
        for path in modules("configs")
        for name in imports(path)
        if name.split(".")[0] not in allowed and not name.startswith("jitsi_tui.configs")
    ]
    assert strangers == []


def test_the_tracer_takes_and_gives_values_alone() -> None:
    strangers = [
        f"{path.name} imports {name}"
        for path in modules("trace")
        for name in imports(path)
        if name.split(".")[0] not in sys.stdlib_module_names
        and not name.startswith("jitsi_tui.trace")
    ]
    assert strangers == []


def test_values_plans_and_findings_reach_no_server() -> None:
    pure = modules(*(f"instance/{part}" for part in ("model", "plan", "findings", "mending")))
    assert len(pure) > 20
    assert offenders(pure, "jitsi_tui.ssh", "jitsi_tui.instance.probe", "subprocess") == []


def test_ssh_knows_no_jitsi() -> None:
    elsewhere = [f"jitsi_tui.{p}" for p in ("instance", "configs", "logs", "tui", "session")]
    assert offenders(modules("ssh"), *elsewhere, "jitsi_tui.demo") == []
    for path in modules("ssh"):
        words = path.read_text("utf-8").lower().replace("jitsi_tui", "").replace("jitsi-tui", "")
        assert not any(word in words for word in ("jitsi", "prosody", "jicofo")), path


def test_only_paramiko_and_the_practice_server_speak_ssh() -> None:
    assert offenders(everything_but("ssh", "demo"), "paramiko") == []


def test_screens_run_no_commands_and_start_no_threads() -> None:
    screens = modules("tui/screens", "tui/widgets", "tui/present")
    assert offenders(screens, "threading", "subprocess", "asyncio") == []
    starts = [p for p in offenders(modules("tui"), "subprocess") if "clipboard.py" not in p]
    assert starts == []
    assert offenders(modules("tui"), "jitsi_tui.ssh.client", "jitsi_tui.ssh.local") == []


def test_no_handler_of_events_calls_the_one_that_it_extends() -> None:
    """Textual calls the handlers of all classes by itself: the base's would run twice."""
    again = [
        f"{path.relative_to(PACKAGE)} calls {name}"
        for path in modules("tui")
        for name in calls(path)
        if re.fullmatch(r"super\(\)\._?on_(?!event$)\w+", name)  # it hands all events on
    ]
    assert not again


def test_only_sessions_and_the_practice_server_create_threads() -> None:
    starters = ("Thread", "Timer", "ThreadPoolExecutor", "start_new_thread")
    found = [
        f"{path.relative_to(PACKAGE)} calls {call}"
        for path in everything_but("session", "demo")
        for call in calls(path)
        if call.split(".")[-1] in starters
    ]
    assert found == []


def test_only_the_command_line_prints() -> None:
    found = [
        f"{path.relative_to(PACKAGE)} calls {call}"
        for path in everything_but("cli.py", "demo/sandbox")
        for call in calls(path)
        if call in ("print", "sys.stdout.write", "sys.stderr.write")
    ]
    assert found == []


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import jitsi_tui.cli", ("textual", "paramiko", "tree_sitter", "tomlkit", "rich")),
        ("import jitsi_tui.tui.app", ("paramiko", "tree_sitter", "tomlkit")),
        ("import jitsi_tui.session.events", ("textual", "paramiko", "tree_sitter", "tomlkit")),
        ("import jitsi_tui.configs.prosody", ("textual", "paramiko", "jitsi_tui.ssh")),
        ("import jitsi_tui.ssh.client", ("textual", "jitsi_tui.instance", "jitsi_tui.configs")),
    ],
)
def test_a_part_loads_without_what_it_does_not_need(
    statement: str, absent: tuple[str, ...]
) -> None:
    code = f"{statement}\nimport sys\nprint([n for n in {absent!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_files_have_one_job_and_so_stay_short() -> None:
    long = {
        str(path.relative_to(PACKAGE)): len(path.read_text("utf-8").splitlines())
        for path in modules(".")
    }
    assert {name: lines for name, lines in long.items() if lines > 450} == {}
