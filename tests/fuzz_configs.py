"""Mutates configuration files and holds the laws of an edit on each: a fuzzer with oracles.

    python -m tests.fuzz_configs --dialect prosody --count 10000 --seed 1

Case N of a seed is always the same text and change, so a find can be run again by
``--only N``. Starts from the corpus (``JITSI_TUI_CORPUS``) and from the cases of
tests/configs_corpus. Ends with exit 1 where a law was broken.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from jitsi_tui.configs.document import decode, encode
from tests.oracles import (
    HoconOracle,
    MeetOracle,
    Oracle,
    OracleExhaustedError,
    PropertiesOracle,
    Prosody13Oracle,
    ProsodyOracle,
    TypesafeOracle,
)
from tests.oracles.laws import BrokenLaw, Dialect, Step, check

HERE = Path(__file__).parent
ORACLES: dict[Dialect, tuple[type[Oracle], ...]] = {
    "prosody": (ProsodyOracle, Prosody13Oracle),
    "meet": (MeetOracle,),
    "hocon": (HoconOracle, TypesafeOracle),
    "properties": (PropertiesOracle,),
}
PATTERNS: dict[Dialect, str] = {
    "prosody": "*/*.cfg.lua",
    "meet": "*/*-config.js",
    "hocon": "*/jicofo.conf",
    "properties": "*/*.properties",
}
REPORT = 10_000
MAIN, GUEST = "meet.example.org", "guest.meet.example.org"
# ruff: noqa: E501
PIECES: dict[Dialect, list[str]] = {
    "prosody": [
        f'VirtualHost "{MAIN}"\n', f"VirtualHost '{GUEST}'\n", f"Component(\"x.{MAIN}\")", "Host [[h]]",
        'authentication = "anonymous"', "authentication = 'token';", "enabled = false", "--[[", "]]",
        "--[==[ x ]==]", "-- ", "{", "}", ";", ",", '"', "'", "[[", "]=]", "\\", "\\\n", "\\z", "\\x41",
        "if true then\n", "if x then\n", "else ", "elseif nil then", " end ", "do ", "local x = ", "x",
        "local function f() return 1 end\n", "for i = 1, 2 do ", "while false do ", "repeat ", " until 1",
        "function g() VirtualHost 'g' end\n", "g()", "f", "=", "==", "..", "nil", "true", "(", ")", "1",
        'modules_enabled = { "a"; "b" }', "modules_enabled", '["k"] = ', "a, b = 1, 2\n", "return ",
        'Include "conf.d/*.cfg.lua"\n', "_G.x = 1 ", "table.insert(modules_enabled, 'x')\n", "::l::",
        "local host = 'h'\n", "host", "Include 'x'", "goto l ", "break ", "\r\n", "\r", "\t", "\n", "\n\n", "\u00e9", "\ufeff", "\x0c", "\udcff", "#",
        "modules_enabled:append { 'x' }\n", "x = authentication\n", "if modules_enabled then ", "?", "\u201c",
    ],
    "meet": [
        "hosts: {", "config.hosts = { domain: 'x' };\n", "config.hosts.anonymousdomain = 'y';\n",
        "anonymousdomain: 'z',", "// anonymousdomain: 'q',\n", "'domain': ", '"hosts"', "{", "}", "[", "]",
        ",", ";", ":", "'", '"', "`", "//", "/*", "*/", "...x", "[x]: 1,", "if (true) {", "if (q) {",
        "function f() {", "})();", "(function() {", "delete config.hosts.muc;\n", "var x = 1;\n", "x",
        "config", "config.x", "window.config", " = ", "+=", "??=", "const ", "let ", "var ", "null", "1",
        "undefined", "true", "(", ")", "=> ", "for (const a of b) {", "try {", "} catch (e) {}", "\\", "\\\n",
        "<!--# echo var=\"subdomain\" default=\"\" -->", "<!--", "-->", "\r\n", "\n", "\t", "\u00e9", "\ufeff",
        "\u2028", "\udcff", "Object.assign(config, { a: 1 });\n", "get domain() { return 1; },", "a.b.c",
        "this.config", "window['config']", "w.config", "eval('config.hosts = 1');\n", "{ let config = {};",
        "/re'gex/", "${", "return ", "\u00a0",
        "config.bosh = config.hosts.anonymousdomain;\n", "?.", "|| config", "'muc' in ", "Object.freeze(config.hosts);\n",
        "Object.keys(config.hosts)", "__proto__", "? config : ",
    ],
    "hocon": [
        "jicofo {", "authentication {", "jicofo.authentication.enabled = true\n", "enabled: false", "type = XMPP",
        "type: \"JWT\"", "{", "}", "[", "]", ",", "=", ":", "+=", '"', '"""', "//", "#", "${jicofo.xmpp}",
        "${?HOME}", 'include "x.conf"\n', "include file(\"y\")\n", "true", "null", "1", "-2.5e3", "0x1F", ".", "..",
        "\\", "\\u0041", "\n", "\r\n", "\t", " ", "a b c", "\"a.b\".c = 1\n", "a.b.c: 2\n", "x", "$", "@", "\u00e9",
        "\ufeff", "\u00a0", "login-url: meet.example.org\n", "10s", "1.0.0", "007", "+", "-", "/", "*", "(", ")",
    ],
    "properties": [
        "org.jitsi.jicofo.auth.URL=XMPP:x\n", "key", "=", ":", " ", "\t", "\f", "\\", "\\\n", "\\\r\n", "\\u0041",
        "\\u00", "\\=", "#", "!", "# c\n", "\n", "\r", "\r\n", "\n\n", "a b\n", "a\\ b=c\n", "\u00e9", "\udce9", "x",
        "org.jitsi.jicofo.BRIDGE_MUC", "\\\\", "\x00", "\ufeff",
    ],
}  # fmt: skip
_AUTHENTICATION = ["jicofo", "authentication"]
_URL = ["org.jitsi.jicofo.auth.URL"]
CHANGES: dict[Dialect, list[list[Step]]] = {
    "prosody": [
        [["set", [MAIN, "authentication"], "internal_hashed"]],
        [["set", [MAIN, "c2s_require_encryption"], True]],
        [["insert", [MAIN, "allow_empty_token"], False]],
        [["remove", [MAIN, "authentication"]]],
        [["set", ["", "cross_domain_bosh"], True]],
        [["extend_list", [MAIN, "disable_sasl_mechanisms"], ["OAUTHBEARER"], ["DIGEST-MD5"]]],
        [["extend_list", [MAIN, "modules_enabled"], ["muc_lobby", "x"]]],
        [["shrink_list", [MAIN, "modules_enabled"], ["ping", "bosh"]]],
        [["add_virtual_host", GUEST, {"authentication": "anonymous"}, MAIN]],
        [["remove_virtual_host", f"auth.{MAIN}"]],
        [
            ["set", [MAIN, "authentication"], "internal_hashed"],
            ["add_virtual_host", GUEST, {"authentication": "anonymous", "x": False}, MAIN],
        ],
    ],
    "meet": [
        [["set", ["hosts", "anonymousdomain"], GUEST]],
        [["set", ["hosts", "domain"], GUEST]],
        [["insert", ["hosts", "anonymousdomain"], GUEST]],
        [["remove", ["hosts", "anonymousdomain"]]],
        [["remove", ["hosts", "muc"]]],
        [["set", ["conferenceRequestUrl"], "https://x/'y'"]],
        [["remove", ["bosh"]]],
    ],
    "hocon": [
        [
            [
                "set_many",
                [
                    [[*_AUTHENTICATION, "enabled"], True],
                    [[*_AUTHENTICATION, "type"], "XMPP"],
                    [[*_AUTHENTICATION, "login-url"], MAIN],
                ],
            ]
        ],
        [["set", [*_AUTHENTICATION, "enabled"], False]],
        [["insert", [*_AUTHENTICATION, "type"], "XMPP"]],
        [["remove", _AUTHENTICATION]],
        [["remove", [*_AUTHENTICATION, "type"]]],
        [["set", ["jicofo", "xmpp", "client", "client-proxy"], "focus.x"]],
        [["remove", ["jicofo", "bridge"]]],
        [["set", ["a", "b.c"], [1, "x"]]],
    ],
    "properties": [
        [["set", _URL, f"XMPP:{MAIN}"]],
        [["insert", _URL, "XMPP:x"]],
        [["remove", _URL]],
        [["set", ["a b"], " \u00e9\\x"]],
        [["remove", ["org.jitsi.jicofo.BRIDGE_MUC"]]],
    ],
}


def corpus() -> Path:
    """Where the configuration files of real installations lie."""
    return Path(os.environ.get("JITSI_TUI_CORPUS") or HERE.parent.parent / "shared" / "corpus")


def seeds(dialect: Dialect) -> list[str]:
    """The texts that mutations start from: whole corpus files, and the cases."""
    whole = [decode(path.read_bytes()) for path in sorted(corpus().glob(PATTERNS[dialect]))]
    # Most of a long config.js is comments: without them more mutations hit what matters.
    bare = [re.sub(r"(?m)^[ \t]*//.*\n", "", text) for text in whole if len(text) > 15000]
    texts = [text for text in whole if len(text) <= 20000] + bare
    cases = sorted((HERE / "configs_corpus" / dialect).glob("*/before"))
    small = [decode(case.read_bytes()).replace("video.example.net", MAIN) for case in cases]
    # As many mutations of real files as of the cases.
    return texts * max(1, len(small) // max(1, len(texts))) + small


def mutated(text: str, others: list[str], pieces: list[str], rng: random.Random) -> str:
    """A text after one to five mutations."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5))):
        text = rng.choice(_MUTATIONS)(text, others, pieces, rng)
    return text


def _spot(text: str, rng: random.Random) -> int:
    """A place in a text, more often one where something interesting stands."""
    words = ("authentication", "hosts", "VirtualHost", "auth", "domain", "jicofo", "{", "}")
    if rng.random() < 0.5:
        found = text.find(rng.choice(words), rng.randrange(len(text) + 1))
        if found >= 0:
            return min(len(text), max(0, found + rng.randrange(-6, 30)))
    return rng.randrange(len(text) + 1)


def _insert(text: str, _others: list[str], pieces: list[str], rng: random.Random) -> str:
    at = _spot(text, rng)
    return text[:at] + rng.choice(pieces) + text[at:]


def _delete(text: str, _others: list[str], _pieces: list[str], rng: random.Random) -> str:
    at = _spot(text, rng)
    return text[:at] + text[at + rng.choice((1, 1, 1, 2, 5, 20)) :]


def _lines(text: str, _others: list[str], _pieces: list[str], rng: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    if not lines:
        return text
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(5)
    if kind == 0:
        del lines[one : one + rng.choice((1, 1, 3))]
    elif kind == 1:
        lines.insert(other, lines[one])
    elif kind == 2:
        lines[one], lines[other] = lines[other], lines[one]
    elif kind == 3:
        lines[one] = lines[one].rstrip("\r\n")
    else:
        lines[one] = lines[one].rstrip("\n") + "\r\n"
    return "".join(lines)


def _replace(text: str, _others: list[str], pieces: list[str], rng: random.Random) -> str:
    words = list(re.finditer(r"\w+|[^\w\s]", text[:30000]))
    if not words:
        return text
    word = rng.choice(words)
    return text[: word.start()] + rng.choice(pieces) + text[word.end() :]


def _splice(text: str, others: list[str], _pieces: list[str], rng: random.Random) -> str:
    other = rng.choice(others)
    start = rng.randrange(len(other) + 1)
    at = _spot(text, rng)
    return text[:at] + other[start : start + rng.randrange(200)] + text[at:]


def _whole(text: str, _others: list[str], _pieces: list[str], rng: random.Random) -> str:
    kind = rng.randrange(4)
    if kind == 0:
        return text.replace("\r\n", "\n").replace("\n", "\r\n")
    if kind == 1:
        return text.rstrip("\n")
    if kind == 2:
        return text.replace('"', "'")
    return re.sub(r"\s+", " ", text) if rng.random() < 0.3 else text.replace("    ", "\t")


_MUTATIONS = (
    _insert,
    _insert,
    _delete,
    _delete,
    _lines,
    _lines,
    _replace,
    _replace,
    _splice,
    _whole,
)


def case(dialect: Dialect, texts: list[str], seed: int, number: int) -> tuple[str, list[Step]]:
    """The text and the changes of one case."""
    rng = random.Random(f"{dialect}/{seed}/{number}")
    text = mutated(rng.choice(texts), texts, PIECES[dialect], rng)
    return text, rng.choice(CHANGES[dialect])


def run(
    dialect: Dialect, count: int, seed: int, first: int = 0, keep: int = 20
) -> tuple[Counter[str], list[tuple[int, str]]]:
    """Run cases; gives how many were edited, refused or unread, and the finds."""
    oracles = _started(dialect)
    texts = seeds(dialect)
    counts: Counter[str] = Counter()
    finds: list[tuple[int, str]] = []
    try:
        for number in range(first, first + count):
            text, steps = case(dialect, texts, seed, number)
            what, find = _judged(dialect, text, steps, oracles)
            if find:
                # A find must hold with oracles that have seen no other text.
                _close(oracles)
                first_find = find
                what, find = _judged(dialect, text, steps, oracles)
                if find:
                    finds.append((number, find))
                else:
                    what = f"{what}, after a find that did not hold"
                    print(f"  --seed {seed} --only {number}, once: {first_find[:3000]}")
            counts[what] += 1
            if len(finds) >= keep:
                break
    finally:
        _close(oracles)
    return counts, finds


def _started(dialect: Dialect) -> list[Oracle]:
    oracles = [kind() for kind in ORACLES[dialect]]
    return [oracle for oracle in oracles if not oracle.available()]


def _close(oracles: list[Oracle]) -> None:
    """End the processes; the next text starts new ones."""
    for oracle in oracles:
        oracle.close()


def _judged(
    dialect: Dialect, text: str, steps: list[Step], oracles: list[Oracle]
) -> tuple[str, str]:
    """What became of a case, in a word, and the find if it is one."""
    try:
        outcome = check(dialect, text, steps, oracles)
    except OracleExhaustedError:
        return "oracle timed out or overflowed", ""
    except BrokenLaw as broken:
        return "broken", f"{broken}"
    except Exception:
        return "crashed", traceback.format_exc(limit=-4)
    if outcome.refusal:
        return "refused", ""
    kind = "unchanged" if outcome.after == text else "edited"
    return kind if outcome.oracle_read else f"{kind}, unread by the oracle", ""


def main(argv: list[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--dialect", choices=[*ORACLES, "all"], default="all")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--only", type=int, help="show and run one case")
    options = parser.parse_args(argv)
    dialects: list[Any] = list(ORACLES) if options.dialect == "all" else [options.dialect]
    broken = 0
    for dialect in dialects:
        if options.only is not None:
            text, steps = case(dialect, seeds(dialect), options.seed, options.only)
            sys.stdout.buffer.write(encode(text))
            print("\n---", json.dumps(steps))
        started = time.monotonic()
        count = 1 if options.only is not None else options.count
        first = options.first if options.only is None else options.only
        counts: Counter[str] = Counter()
        finds: list[tuple[int, str]] = []
        for start in range(first, first + count, REPORT):
            # What was reached is said as it goes: a run that is ended early still counts.
            part = min(REPORT, first + count - start)
            more, found = run(dialect, part, options.seed, start)
            counts += more
            finds += found
            for number, what in found:
                print(f"  --dialect {dialect} --seed {options.seed} --only {number}: {what[:3000]}")
            shown = ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))
            seconds = time.monotonic() - started
            print(f"{dialect}: {counts.total()} cases in {seconds:.0f} s: {shown}", flush=True)
        broken += len(finds)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
