"""What people use to change these files: sed lines of guides, lineinfile, and ruby-hocon's set.

Each tool takes a text and one change and gives the text after it; None where the tool has no way
to ask for that change.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from jitsi_tui.configs.document import decode, encode
from jitsi_tui.configs.hocon.values import key_source, literal
from jitsi_tui.configs.meet import script
from jitsi_tui.configs.prosody import lua
from tests.oracles.laws import Dialect, Step


class RefusedError(Exception):
    """The tool says that it leaves the file alone."""


Tool = Callable[[Dialect, str, Sequence[Step]], str | None]


def without_insert(steps: Sequence[Step]) -> list[Step]:
    """The changes for tools that know no insert: they set."""
    return [["set", *step[1:]] if step[0] == "insert" else step for step in steps]


def sed(dialect: Dialect, text: str, steps: Sequence[Step]) -> str | None:
    """The sed lines that guides give for such a change."""
    program: list[str] = []
    for step in without_insert(steps):
        program += _SED[dialect](step)
    argv = ["sed", *(part for line in program for part in ("-e", line))]
    done = subprocess.run(argv, input=encode(text), capture_output=True, check=False)
    return decode(done.stdout) if done.returncode == 0 and program else None


def _sed_prosody(step: Step) -> list[str]:
    name, first, *rest = step
    if name == "add_virtual_host":
        options = "\\n".join(f"    {k} = {lua.literal(v)}" for k, v in rest[0].items())
        return [f'$a\\\\nVirtualHost "{first}"\\n{options}']
    if name == "remove_virtual_host":
        return [f'/^VirtualHost "{first}"/,/^$/d']
    host, option = first
    if name == "set":
        value = _escaped(lua.literal(rest[0]))
        return [f'/^VirtualHost "{host}"/,/^Component/s/{option} = .*/{option} = {value}/']
    if name == "remove":
        return [f'/^VirtualHost "{host}"/,/^Component/{{/{option} = /d}}']
    if name == "extend_list":
        return [f'/{option} = {{/a\\        "{item}";' for item in rest[0]]
    return [f'/^ *"{item}";/d' for item in rest[0]]


def _sed_meet(step: Step) -> list[str]:
    name, path, *rest = step
    key = path[-1]
    if name == "remove":
        return [f"/^ *{key}:/d"]
    value = _escaped(script.literal(rest[0]))
    return [f"s|\\(// \\)\\?{key}: .*|{key}: {value},|"]


def _sed_hocon(step: Step) -> list[str]:
    name, first, *rest = step
    if name == "set_many":
        lines = "\\n".join(f"    {path[-1]}: {literal(value)}" for path, value in first)
        return [f"/^jicofo {{/a\\  {first[0][0][-2]}: {{\\n{lines}\\n  }}"]
    key = first[-1]
    if name == "remove":
        return [f"/^ *{key}: {{/,/}}/d", f"/^ *{key}[:=]/d"]
    return [f"s/{key}\\( *[:=] *\\).*/{key}\\1{_escaped(literal(rest[0]))}/"]


def _sed_properties(step: Step) -> list[str]:
    name, (key,), *rest = step
    gone = [f"/^{re.escape(key)}=/d"]
    return gone if name == "remove" else [*gone, f"$a\\{key}={rest[0]}"]


def _escaped(source: str) -> str:
    return re.sub(r"[\\&/|]", r"\\\g<0>", source)


_SED = {
    "prosody": _sed_prosody,
    "meet": _sed_meet,
    "hocon": _sed_hocon,
    "properties": _sed_properties,
}


def lineinfile(dialect: Dialect, text: str, steps: Sequence[Step]) -> str | None:
    """The modules lineinfile and blockinfile, as roles for these files use them."""
    for step in without_insert(steps):
        text = _LINES[dialect](text, step)
    return text


def _line(text: str, pattern: str, line: str | None, after: str = "") -> str:
    """lineinfile: the last match becomes the line, else it goes behind ``after`` or to the end."""
    lines = text.split("\n")
    matching = [n for n, one in enumerate(lines) if re.search(pattern, one)]
    if line is None:
        return "\n".join(one for n, one in enumerate(lines) if n not in matching)
    if matching:
        lines[matching[-1]] = line
        return "\n".join(lines)
    behind = [n for n, one in enumerate(lines) if after and re.search(after, one)]
    lines.insert(behind[-1] + 1 if behind else len(lines) - (lines[-1] == ""), line)
    return "\n".join(lines)


def _block(text: str, lines: list[str], mark: str, after: str = "") -> str:
    """blockinfile."""
    block = [f"{mark} BEGIN ANSIBLE MANAGED BLOCK", *lines, f"{mark} END ANSIBLE MANAGED BLOCK"]
    every = text.split("\n")
    behind = [n for n, one in enumerate(every) if after and re.search(after, one)]
    at = behind[-1] + 1 if behind else len(every) - (every[-1] == "")
    return "\n".join([*every[:at], *block, *every[at:]])


def _lines_prosody(text: str, step: Step) -> str:
    name, first, *rest = step
    if name == "add_virtual_host":
        options = [f"    {k} = {lua.literal(v)}" for k, v in rest[0].items()]
        return _block(text, [f'VirtualHost "{first}"', *options], "--")
    if name == "remove_virtual_host":
        return _line(text, f'^VirtualHost "{re.escape(first)}"', None)
    host, option = first
    if name == "extend_list":
        for item in rest[0]:
            text = _line(text, f'^\\s*"{item}"', f'        "{item}";', f"{option} = ")
        return text
    if name == "shrink_list":
        for item in rest[0]:
            text = _line(text, f'^\\s*"{item}"', None)
        return text
    line = None if name == "remove" else f"    {option} = {lua.literal(rest[0])}"
    return _line(text, rf"^\s*{re.escape(option)}\s*=", line, f'^VirtualHost "{re.escape(host)}"')


def _lines_meet(text: str, step: Step) -> str:
    name, path, *rest = step
    key = path[-1]
    line = None if name == "remove" else f"        {key}: {script.literal(rest[0])},"
    return _line(text, rf"^\s*(//\s*)?{re.escape(key)}:", line, rf"^\s*{re.escape(path[0])}: \{{")


def _lines_hocon(text: str, step: Step) -> str:
    name, first, *rest = step
    if name == "set_many":
        inner = [f"    {path[-1]}: {literal(value)}" for path, value in first]
        return _block(text, [f"  {first[0][0][-2]}: {{", *inner, "  }"], "#", r"^jicofo \{")
    key = re.escape(first[-1])
    line = None if name == "remove" else f"    {first[-1]}: {literal(rest[0])}"
    return _line(text, rf"^\s*{key}\s*[:=]", line, rf"^\s*{re.escape(first[-2:][0])}")


def _lines_properties(text: str, step: Step) -> str:
    name, (key,), *rest = step
    line = None if name == "remove" else f"{key}={rest[0]}"
    return _line(text, rf"^{re.escape(key)}\s*=", line)


_LINES = {
    "prosody": _lines_prosody,
    "meet": _lines_meet,
    "hocon": _lines_hocon,
    "properties": _lines_properties,
}


class HoconSet:
    """ruby-hocon's ``set`` and ``unset``, which Jitsi's packages use on jicofo.conf."""

    def __init__(self) -> None:
        program = Path(__file__).with_name("hocon_set.rb")
        self._ruby = subprocess.Popen(
            [shutil.which("ruby") or "ruby", str(program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )

    def __call__(self, dialect: Dialect, text: str, steps: Sequence[Step]) -> str | None:
        """The text after the changes; ``RefusedError`` with ruby-hocon's own words."""
        if dialect != "hocon":
            return None
        changes: list[tuple[str, str | None]] = []
        for step in without_insert(steps):
            changes += _hocon_changes(step)
        assert self._ruby.stdin is not None
        assert self._ruby.stdout is not None
        task: dict[str, Any] = {"text": text, "changes": changes}
        self._ruby.stdin.write(json.dumps(task).encode() + b"\n")
        self._ruby.stdin.flush()
        answer = json.loads(self._ruby.stdout.readline())
        if "error" in answer:
            raise RefusedError(answer["error"])
        changed: str = answer["text"]
        return changed

    def close(self) -> None:
        """End the process."""
        for pipe in (self._ruby.stdin, self._ruby.stdout):
            if pipe is not None:
                pipe.close()
        self._ruby.wait()


def _hocon_changes(step: Step) -> list[tuple[str, str | None]]:
    name, first, *rest = step
    if name == "set_many":
        return [(key_source(tuple(path)), literal(value)) for path, value in first]
    return [(key_source(tuple(first)), None if name == "remove" else literal(rest[0]))]
