"""Generated files of each dialect: an edit changes one key's meaning, once, and can be undone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jitsi_tui.configs.document import ConfigError, same
from tests.oracles import OracleError
from tests.oracles.cases import OracleGetter
from tests.oracles.laws import DOCUMENTS, Dialect, Step, alike, check, perform, settled

MAIN, GUEST = "meet.example.org", "guest.meet.example.org"
WORD = st.sampled_from(["a", "b1", "storage", "lobby_muc", "x_y"])
PLAIN = st.text(alphabet="abcXYZ019 .:/@=#-_'\"\\{}[]\té🎥", max_size=8)
GAP = st.sampled_from([" ", "  ", "\t", ""])


def lines_joined(lines: list[str], end: str, last: bool) -> str:
    text = end.join(line.replace("\n", end) for line in lines)
    return text + end if last else text


ENDS = st.sampled_from(["\n", "\n", "\r\n"])


# -- Prosody


def lua_string(value: str, style: int) -> str:
    if style == 2 and value.isprintable() and "]" not in value:
        return f"[[{value}]]"
    quote = "'" if style == 1 else '"'
    escaped = value.replace("\\", "\\\\").replace(quote, "\\" + quote).replace("\t", "\\t")
    return quote + escaped + quote


LUA_VALUE = st.one_of(
    st.builds(lua_string, PLAIN, st.integers(0, 2)),
    st.sampled_from(
        ["true", "false", "12", "{}", '{ "a"; "b" }', "{ x = 1, 'y' }", "nil", "os.time()"]
    ),
    st.builds(
        lambda items, sep: (
            "{\n" + "".join(f"        {lua_string(i, 0)}{sep}\n" for i in items) + "    }"
        ),
        st.lists(PLAIN, min_size=1, max_size=3),
        st.sampled_from([";", ","]),
    ),
)
LUA_OPTION = st.builds(
    lambda name, value, gap, tail: f"{name}{gap}={gap}{value}{tail}",
    st.one_of(WORD, st.just("authentication")),
    LUA_VALUE,
    GAP,
    st.sampled_from(["", ";", " -- note", " --[[ x ]]", " ;"]),
)
LUA_NOISE = st.sampled_from(
    [
        "",
        "-- authentication = 'no'",
        '--[[ VirtualHost "no"\n]]',
        "--[==[ ]] ]==]",
        "\t",
        "local q = 1",
        'local host = "h"',
        'Include "x.lua"',
    ]
)
LUA_HEAD = st.builds(
    lambda form, name: form % name,
    st.sampled_from(
        [
            'VirtualHost "%s"',
            "VirtualHost '%s'",
            'VirtualHost("%s")',
            "VirtualHost [[%s]]",
            'Host "%s"',
        ]
    ),
    st.sampled_from([MAIN, "other.example.org", f"auth.{MAIN}"]),
)
LUA_COMPONENT = st.sampled_from([f'Component "c.{MAIN}" "muc"', f"Component 'd.{MAIN}'"])
LUA_TABLE = st.builds(
    lambda head, options, sep: f"{head} {{\n" + "".join(f"    {o}{sep}\n" for o in options) + "}",
    LUA_HEAD,
    st.lists(
        st.builds(lambda n, v: f"{n} = {v}", WORD, st.sampled_from(["1", '"s"', "{}"])), max_size=3
    ),
    st.sampled_from([";", ","]),
)
LUA_BLOCK = st.builds(
    lambda head, body, indent: [head, *(indent + line for line in body), ""],
    st.one_of(LUA_HEAD, LUA_HEAD, LUA_COMPONENT),
    st.lists(st.one_of(LUA_OPTION, LUA_OPTION, LUA_NOISE), max_size=5),
    st.sampled_from(["    ", "  ", "\t", ""]),
)
PROSODY = st.builds(
    lambda bom, top, blocks, end, last: (
        bom + lines_joined([*top, *chain.from_iterable(blocks)], end, last)
    ),
    st.sampled_from(["", "", "\ufeff"]),
    st.lists(st.one_of(LUA_OPTION, LUA_NOISE), max_size=3),
    st.lists(st.one_of(LUA_BLOCK, LUA_BLOCK, LUA_TABLE.map(lambda t: [t, ""])), max_size=5),
    ENDS,
    st.booleans(),
)
PROSODY_STEP: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda o, v: ["set", [MAIN, o], v], WORD, st.one_of(PLAIN, st.booleans())),
    st.builds(lambda v: ["set", ["", "authentication"], v], PLAIN),
    st.builds(lambda o: ["remove", [MAIN, o]], WORD),
    st.just(["extend_list", [MAIN, "storage"], ["x", "y"], ["d"]]),
    st.just(["shrink_list", [MAIN, "storage"], ["a"]]),
    st.just(["add_virtual_host", GUEST, {"authentication": "anonymous", "n": 1}, MAIN]),
    st.just(["remove_virtual_host", f"auth.{MAIN}"]),
)


# -- config.js


def js_string(value: str, style: int) -> str:
    quote = "'\"`"[style]
    escaped = value.replace("\\", "\\\\").replace(quote, "\\" + quote).replace("${", "$\\{")
    return quote + escaped + quote


JS_VALUE = st.one_of(
    st.builds(js_string, PLAIN, st.integers(0, 2)),
    st.sampled_from(
        ["true", "null", "12", "[]", "[ 1, 'x' ]", "{}", "{ y: 1 }", "'a' + 'b'", "1 + 1",
         "undefined", "function() { return 1; }", "/['\"]/", "`t`"]
    ),
)  # fmt: skip
JS_KEY = st.sampled_from(
    ["domain", "muc", "'anonymousdomain'", "anonymousdomain", '"focus"', "x_y", "7"]
)
JS_NOISE = st.sampled_from(["", "// anonymousdomain: 'no',", "/* hosts: { */", "// plain"])


def js_object(members: list[tuple[str, str, str]], trailing: bool, style: int) -> str:
    if style == 0:
        inner = ", ".join(f"{key}: {value}" for key, value, _ in members)
        return "{ " + inner + " }" if inner else "{}"
    if style == 1:
        return "{" + ",".join(f"{key}:{value}" for key, value, _ in members) + "}"
    lines = []
    for number, (key, value, noise) in enumerate(members):
        comma = "," if trailing or number < len(members) - 1 else ""
        lines += [f"        {noise}", f"        {key}: {value}{comma}"]
    return "{\n" + "\n".join(lines) + "\n    }"


JS_OBJECT = st.builds(
    js_object,
    st.lists(st.tuples(JS_KEY, JS_VALUE, JS_NOISE), max_size=4),
    st.booleans(),
    st.integers(0, 2),
)
JS_AFTER = st.sampled_from(
    [
        "",
        "config.hosts.muc = 'later';",
        "config['bosh'] = 'later'",
        "if (false) { config.hosts = {}; }",
        "delete config.bosh;",
        "var other = { hosts: { domain: 'no' } };",
        "config.more = { anonymousdomain: 1 };",
    ]
)
MEET = st.builds(
    lambda bom, kind, hosts, bosh, after, end, last: (
        bom
        + lines_joined(
            [f"{kind} config = {{", f"    hosts: {hosts},", f"    bosh: {bosh}", "};", *after],
            end,
            last,
        )
    ),
    st.sampled_from(["", "", "\ufeff"]),
    st.sampled_from(["var", "const", "let"]),
    JS_OBJECT,
    JS_VALUE,
    st.lists(JS_AFTER, max_size=3),
    ENDS,
    st.booleans(),
)
MEET_STEP: st.SearchStrategy[Step] = st.one_of(
    st.builds(lambda v: ["set", ["hosts", "anonymousdomain"], v], st.one_of(PLAIN, st.booleans())),
    st.builds(
        lambda k, v: ["set", ["hosts", k], v], st.sampled_from(["domain", "muc", "a-b"]), PLAIN
    ),
    st.builds(lambda k: ["remove", ["hosts", k]], st.sampled_from(["anonymousdomain", "muc", "7"])),
    st.just(["set", ["bosh"], [1, None, {"a": "b"}]]),
    st.just(["remove", ["bosh"]]),
)


# -- HOCON


def hocon_string(value: str, style: int) -> str:
    if style == 1 and '"' not in value and not value.endswith("\\"):
        return f'"""{value}"""'
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{escaped}"'


HOCON_KEY = st.sampled_from(
    ["a", "b-c", '"q"', "jicofo", "authentication", "a.b", '"x.y".z', "k e"]
)
HOCON_SCALAR = st.one_of(
    st.builds(hocon_string, PLAIN, st.integers(0, 1)),
    st.sampled_from(
        ["true", "null", "12", "1.5", "bare", "x y", "10 s", "[]", "[ 1, x ]", "[\n 1\n 2\n]"]
    ),
)
HOCON_NOISE = st.sampled_from(["", "# jicofo { a = 1 }", "// }", "   "])
HOCON_FIELDS = st.recursive(
    st.builds(
        lambda k, s, v, c: f"{k}{s}{v}{c}",
        HOCON_KEY,
        st.sampled_from([": ", " = ", ":", " : "]),
        HOCON_SCALAR,
        st.sampled_from(["", "", ",", " # note", " // note"]),
    ),
    lambda inner: st.builds(
        lambda k, s, fields, noise: f"{k}{s}{{\n{noise}\n" + "\n".join(fields) + "\n}",
        HOCON_KEY,
        st.sampled_from([": ", " ", " = ", ""]),
        st.lists(inner, max_size=3),
        HOCON_NOISE,
    ),
    max_leaves=8,
)
HOCON = st.builds(
    lambda bom, fields, braces, end, last: (
        bom + lines_joined(["{", *fields, "}"] if braces else fields, end, last)
    ),
    st.sampled_from(["", "", "", "\ufeff"]),
    st.lists(HOCON_FIELDS, max_size=4),
    st.booleans(),
    ENDS,
    st.booleans(),
)
HOCON_PATH = st.lists(
    st.sampled_from(["jicofo", "authentication", "a", "b", "n e w"]), min_size=1, max_size=3
)
HOCON_STEP: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        lambda p, v: ["set", p, v], HOCON_PATH, st.one_of(PLAIN, st.booleans(), st.integers(0, 99))
    ),
    st.builds(lambda p: ["remove", p], HOCON_PATH),
    st.just(
        [
            "set_many",
            [[["jicofo", "authentication", "x"], True], [["jicofo", "authentication", "y"], "z"]],
        ]
    ),
)


# -- properties

PROPERTY = st.builds(
    lambda indent, key, separator, value: indent + key + separator + value,
    st.sampled_from(["", "", "  "]),
    st.sampled_from(["a", "b.c", "k\\ e", "x\\=y", "u\\u0041", "co\\\n  nt"]),
    st.sampled_from(["=", " = ", ":", " ", "\t:\t", "= \\\n   "]),
    st.sampled_from(
        ["", "v", "v w ", "a=b", "t\\tn\\n", "one\\\n   two", "\\u00e9", "é", "x\\\\", "#no"]
    ),
)
PROPERTY_NOISE = st.sampled_from(["", "# c", "! a=1", "   ", "#\\"])
PROPERTIES = st.builds(
    lines_joined,
    st.lists(st.one_of(PROPERTY, PROPERTY_NOISE), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
PROPERTIES_STEP: st.SearchStrategy[Step] = st.one_of(
    st.builds(
        lambda k, v: ["set", [k], v], st.sampled_from(["a", "b.c", "k e", "new", "cont"]), PLAIN
    ),
    st.builds(lambda k: ["remove", [k]], st.sampled_from(["a", "b.c", "k e", "uA", "cont"])),
)

FILES: dict[Dialect, tuple[st.SearchStrategy[str], st.SearchStrategy[Step]]] = {
    "prosody": (PROSODY, PROSODY_STEP),
    "meet": (MEET, MEET_STEP),
    "hocon": (HOCON, HOCON_STEP),
    "properties": (PROPERTIES, PROPERTIES_STEP),
}
DIALECTS = list(FILES)


def generated(test: Callable[[str, Any], None], dialect: Dialect, examples: int = 150) -> None:
    """Run a test over generated files and changes of a dialect."""
    quick = settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    quick(given(*FILES[dialect])(test))()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_edit_changes_the_meaning_of_one_key_only(
    dialect: Dialect, oracles_of: OracleGetter
) -> None:
    oracles = oracles_of(dialect)

    def law(text: str, step: Step) -> None:
        check(dialect, text, [step], oracles)

    generated(law, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_reading_a_generated_file_loses_no_byte(dialect: Dialect) -> None:
    def law(text: str, _step: Step) -> None:
        try:
            assert DOCUMENTS[dialect].parse(text, "x").text == text
        except ConfigError as refused:
            assert refused.message.isprintable()

    generated(law, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_insert_is_set_where_nothing_is_set_and_refused_elsewhere(dialect: Dialect) -> None:
    def outcome(document: Any, name: str, step: Step) -> str | None:
        try:
            text: str = perform(document, [name, *step[1:]]).document.text
        except ConfigError:
            return None
        return text

    def law(text: str, step: Step) -> None:
        if step[0] != "set":
            return
        try:
            document = DOCUMENTS[dialect].parse(text, "x")
        except ConfigError:
            return
        own = document.own(tuple(step[1]))
        wanted = outcome(document, "set", step)
        free = own is None or same(own.value, step[2])
        assert outcome(document, "insert", step) == (wanted if free else None)

    generated(law, dialect)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_removing_what_was_set_gives_the_bytes_back_or_the_meaning(
    dialect: Dialect, oracles_of: OracleGetter
) -> None:
    oracles = oracles_of(dialect)
    restored = 0

    def law(text: str, step: Step) -> None:
        nonlocal restored
        if step[0] not in ("set", "add_virtual_host") or (step[0] == "set" and len(step[1]) > 2):
            return
        undo = (
            ["remove_virtual_host", step[1]]
            if step[0] == "add_virtual_host"
            else ["remove", step[1]]
        )
        try:
            before = DOCUMENTS[dialect].parse(text, "x")
            if step[0] == "set" and before.get(tuple(step[1])) is not None:
                return
            if step[0] == "set" and dialect == "meet" and before.get(tuple(step[1][:-1])) is None:
                return
            after = perform(before, step).document
            if after.text == text:
                return
            back = perform(after, undo).document.text
        except ConfigError:
            return
        restored += 1
        if back == text:
            return
        for oracle in oracles:
            try:
                meaning = oracle.meaning(text)
            except OracleError:
                continue
            back_meaning = settled(dialect, oracle.meaning(back))
            assert alike(settled(dialect, meaning), back_meaning), (text, after.text, back)

    generated(law, dialect)
    assert restored > 5
