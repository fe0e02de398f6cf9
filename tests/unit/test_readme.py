"""What the README promises is there: commands, options, targets of make, files that it links to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jitsi_tui.commands import arguments

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
ROWS = [
    row.replace(r"\|", "|") for row in re.findall(r"^\| `jitsi-tui (.*?)`", README, re.MULTILINE)
]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def help_of(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        arguments.parse([*words, "--help"])
    return capsys.readouterr().out


@pytest.mark.parametrize("row", ROWS)
def test_every_command_of_the_readme_has_the_options_it_names(
    row: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command, _, *rest = row.split()
    actions = rest[0].split("|") if command == "moderators" else [""]
    options = re.findall(r"(?<![\w-])--?[a-z][a-z-]*", row)
    for action in actions:
        said = help_of([command, "demo", action] if action else [command], capsys)
        assert set(options) <= set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", said)), action


def test_every_command_stands_in_the_readme() -> None:
    assert {row.split()[0] for row in ROWS} == set(arguments.COMMANDS) - {"demo"}


def test_every_target_that_the_readme_names_can_be_made() -> None:
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"^make ([a-z]+)", README, re.MULTILINE)) <= made


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text("utf-8"))
    lost = [to for to in links if "://" not in to and not (page.parent / to).exists()]
    assert lost == []
