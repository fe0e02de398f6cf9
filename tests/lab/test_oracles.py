"""The oracles say what the programs say that they stand for."""

from __future__ import annotations

import json

import pytest

from tests.lab.fixtures import HostFactory
from tests.lab.generations import GENERATIONS, available, corpus_folder, load
from tests.lab.standins.jicofo import javaproperties
from tests.oracles import OracleError, PropertiesOracle, TypesafeOracle, asking

DOMAIN = "meet.example.org"
EVERY = ("fixture", *(pytest.param(name, marks=pytest.mark.corpus) for name in GENERATIONS))

_CONFIGMANAGER = """
package.path = "/usr/lib/prosody/?.lua;" .. package.path
package.cpath = "/usr/lib/prosody/?.so;" .. package.cpath
pcall(require, "loader")
local fine, manager = pcall(require, "core.configmanager")
if not fine then manager = require "prosody.core.configmanager" end
assert(manager.load("/etc/prosody/prosody.cfg.lua"))
for host, options in pairs(manager.getconfig()) do
  for key, value in pairs(options) do
    if type(value) ~= "table" then print(host .. "\\t" .. key .. "\\t" .. tostring(value)) end
  end
end
"""


@pytest.fixture(params=EVERY)
def generation(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if not available(name):
        pytest.skip(f"no {name} in {corpus_folder()}")
    return name


def test_prosody_files_run_and_have_a_main_host(generation: str) -> None:
    meaning = asking.prosody_meaning(load(generation, DOMAIN).prosody)
    assert meaning[DOMAIN]["defined"] is True
    assert "component_module" not in meaning[DOMAIN]
    assert "anonymous" in meaning[DOMAIN]["authentication"]
    assert meaning[f"conference.{DOMAIN}"]["component_module"] == "muc"
    assert meaning["*"]["plugin_paths"] == ["/usr/share/jitsi-meet/prosody-plugins/"]


def test_config_js_runs_and_has_its_hosts(generation: str) -> None:
    meaning = asking.meet_meaning(load(generation, DOMAIN).meet)
    assert meaning["hosts"] == {"domain": DOMAIN, "muc": f"conference.{DOMAIN}"}


def test_jicofo_conf_means_the_same_to_both_parsers(generation: str) -> None:
    text = load(generation, DOMAIN).jicofo
    if text is None:
        pytest.skip(f"{generation} has no jicofo.conf")
    meaning = asking.hocon_meaning(text)
    assert meaning["jicofo"]["xmpp"]["client"]["client-proxy"] == f"focus.{DOMAIN}"
    if missing := TypesafeOracle().available():
        pytest.skip(missing)
    assert asking.typesafe_meaning(text) == meaning


def test_what_stands_after_a_host_in_braces_is_global() -> None:
    text = (
        'VirtualHost "a" { x = 1 }\ny = 2\nComponent "b" "muc"\nz = { "p", "q" }\nz2 = { k = true }'
    )
    assert asking.prosody_meaning(text) == {
        "*": {"y": 2},
        "a": {"defined": True, "x": 1},
        "b": {
            "defined": True,
            "component_module": "muc",
            "z": ["p", "q"],
            "z2": {"k": True},
        },
    }


def test_broken_files_are_refused() -> None:
    with pytest.raises(OracleError):
        asking.prosody_meaning('VirtualHost "a"\n  x = {')
    with pytest.raises(OracleError):
        asking.meet_meaning("var config = { a: 1 b: 2 };")
    with pytest.raises(OracleError):
        asking.hocon_meaning("jicofo { a = 1 }}")


def test_tenants_get_what_nginx_fills_in() -> None:
    text = load("fixture", DOMAIN).meet
    meaning = asking.meet_meaning(text, {"subdomain": "team.", "subdir": "team/"})
    assert meaning["hosts"]["muc"] == f"conference.team.{DOMAIN}"
    assert meaning["bosh"] == f"https://{DOMAIN}/team/http-bind"


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a=b", {"a": "b"}),
        ("  a : b \n! no\n# no\na = c", {"a": "c"}),
        ("a b=c", {"a": "b=c"}),
        ("a\\ b=c\\\n   d", {"a b": "cd"}),
        ("# comment \\\na=1", {"a": "1"}),
        ("a=\\u00e4\\t\\\\", {"a": "ä\t\\"}),
        ("lonely", {"lonely": ""}),
        ("a\r\nb=1\r", {"a": "", "b": "1"}),
    ],
)
def test_properties_are_read_as_java_reads_them(text: str, meaning: dict[str, str]) -> None:
    assert javaproperties.parse(text) == meaning
    if missing := PropertiesOracle().available():
        pytest.skip(missing)
    assert asking.properties_meaning(text) == meaning


@pytest.mark.parametrize("release", ["bullseye", "bookworm", "trixie"])
def test_our_lua_run_says_what_prosodys_configmanager_says(
    shared_lab_host: HostFactory, release: str
) -> None:
    host = shared_lab_host(release=release, generation="fixture")
    lua = host.run("ls /usr/bin/lua5.4 /usr/bin/lua5.2 2>/dev/null | head -n 1").stdout.strip()
    said = host.run([lua, "-"], user="prosody", text=_CONFIGMANAGER).stdout
    theirs = {tuple(line.split("\t")) for line in said.splitlines()}
    meaning = asking.prosody_meaning(load("fixture", DOMAIN).prosody)
    for name, options in meaning.items():
        for key, value in options.items():
            if isinstance(value, (dict, list)) or key == "defined":
                continue
            written = value if isinstance(value, str) else json.dumps(value)
            assert (name, key, written) in theirs
