"""Findings about config.js and how the web server serves it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import SourceFile, known
from .subject import Found, Subject, Table

_TABLE = Table()
rule = _TABLE.rule

_DIRECTIVE = re.compile(r"<!--#\s*(\w+)([^>]*?)-->")
_DEFAULT = re.compile(r"""default=(?:"([^"]*)"|'([^']*)')""")
_SSI_ON = re.compile(rb"^\s*ssi\s+on\s*;", re.M)
_INCLUDES = re.compile(rb"^\s*include\s+(?!\S*(?:mime\.types|jaas/))", re.M)
_ALIAS = re.compile(rb"^\s*(?:alias|set\s+\$config_js_location)\s+(/[^\s;]*config\.js)\s*;", re.M)


@rule(
    "config-js-broken",
    "error",
    "config.js is no JavaScript.",
    "Everybody sees a grey page.",
)
def config_js_broken(s: Subject) -> Iterator[Found]:
    by_hand = "mend that line, or: jitsi-tui undo DEST"
    if s.meet_path in s.now.problems:
        problem = s.now.problems[s.meet_path]
        yield Found("config.js is broken: everybody sees a grey page", problem, by_hand)
        return
    file = known(s.instance.meet)
    line = _broken_as_served(file) if file is not None else 0
    if line:
        yield Found(
            "config.js is broken as nginx serves it: everybody sees a grey page",
            f"{s.meet_path}, line {line}: no JavaScript once its SSI directives are replaced",
            by_hand,
        )


def as_served(text: str) -> str:
    """The script with each SSI directive replaced as nginx does where no variable is set."""
    return _DIRECTIVE.sub(lambda match: _value(match[1], match[2]), text)


def _value(command: str, parameters: str) -> str:
    default = _DEFAULT.search(parameters) if command == "echo" else None
    return (default[1] or default[2] or "") if default is not None else ""


def _broken_as_served(file: SourceFile) -> int:
    """The first line that is no JavaScript as it is served, 0 where all is."""
    from jitsi_tui.configs import syntax  # noqa: PLC0415 - loads the parsers
    from jitsi_tui.configs.document import decode  # noqa: PLC0415

    text = decode(file.data)
    if not _DIRECTIVE.search(text):
        return 0
    error = next(syntax.errors(syntax.parse("javascript", as_served(text)).root), None)
    return 0 if error is None else error.start_point.row + 1


@rule(
    "ssi-off",
    "error",
    "config.js has SSI directives, and nginx does not replace them.",
    "Browsers get them as they stand, so rooms have impossible names and nobody can join.",
)
def ssi_off(s: Subject) -> Iterator[Found]:
    file = known(s.instance.meet)
    sites = [site for site in s.instance.web.values() if b"config.js" in site.data]
    nginx = s.instance.service("nginx")
    if file is None or not sites or nginx is None or nginx.state == "absent":
        return
    main = known(s.instance.nginx)
    if main is None or any(_SSI_ON.search(one.data) for one in (main, *sites)):
        return
    if any(_INCLUDES.search(site.data) for site in sites):
        return  # it may stand in a file that was not read
    for number, line in enumerate(file.data.decode("utf-8", "replace").splitlines(), 1):
        if _DIRECTIVE.search(line) and not line.lstrip().startswith("//"):
            yield Found(
                "nginx serves config.js with its SSI directives unreplaced: nobody can join",
                f"{file.real}:{number}; {sites[0].real} has no ssi on",
                f"put `ssi on; ssi_types application/javascript;` into {sites[0].real} and reload"
                " nginx",
            )
            return


@rule(
    "config-js-elsewhere",
    "warning",
    "The web server serves another config.js than the one in /etc/jitsi/meet.",
    "What is changed in that file never reaches a browser.",
)
def config_js_elsewhere(s: Subject) -> Iterator[Found]:
    file = known(s.instance.meet)
    if file is None:
        return
    for site in s.instance.web.values():
        served = {path.decode("utf-8", "replace") for path in _ALIAS.findall(site.data)}
        if served and not served & {file.path, file.real}:
            yield Found(
                f"The web server does not serve {file.real}",
                f"{site.real} serves {', '.join(sorted(served))}",
                f"let alias name {file.real}, and reload nginx",
            )


RULES = tuple(_TABLE.rules)
