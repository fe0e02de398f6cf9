"""The files of real installations, read in place: secured within the budget, and given back."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from jitsi_tui.configs.document import Value, decode, encode
from jitsi_tui.configs.hocon import Hocon
from jitsi_tui.configs.meet import MeetConfig
from jitsi_tui.configs.properties import Properties
from jitsi_tui.configs.prosody import ProsodyFile
from tests.oracles.cases import OracleGetter
from tests.oracles.laws import Step, check

pytestmark = pytest.mark.corpus
MAIN, GUEST = "meet.example.org", "guest.meet.example.org"
YEARS = ["2020", "2022", "2023", "2026"]
KEYS: dict[tuple[str, ...], Value] = {
    ("jicofo", "authentication", "enabled"): True,
    ("jicofo", "authentication", "type"): "XMPP",
    ("jicofo", "authentication", "login-url"): MAIN,
}
SASL = (MAIN, "disable_sasl_mechanisms")


def read(corpus_folder: Path, year: str, name: str) -> str:
    return decode((corpus_folder / f"debian-{year}" / name).read_bytes())


def secured_prosody(text: str, *, oauth: bool) -> ProsodyFile:
    file = ProsodyFile.parse(text, file="meet.example.org.cfg.lua")
    found = file.get((MAIN, "authentication"))
    assert found is not None
    options: dict[str, Value] = {"authentication": found.value, "c2s_require_encryption": False}
    file = file.set((MAIN, "authentication"), "internal_hashed").document
    file = file.add_virtual_host(GUEST, options, after=MAIN).document
    if oauth:
        file = file.extend_list(SASL, ["OAUTHBEARER"], default=["DIGEST-MD5"]).document
    return file


def secured_meet(text: str) -> MeetConfig:
    return (
        MeetConfig.parse(text, file="config.js").set(("hosts", "anonymousdomain"), GUEST).document
    )


def secured_jicofo(corpus_folder: Path, year: str) -> tuple[str, str]:
    if year == "2020":
        text = read(corpus_folder, year, "sip-communicator.properties")
        file = Properties.parse(text, file="sip-communicator.properties")
        return text, file.set(("org.jitsi.jicofo.auth.URL",), f"XMPP:{MAIN}").document.text
    text = read(corpus_folder, year, "jicofo.conf")
    return text, Hocon.parse(text, file="jicofo.conf").set_many(KEYS).document.text


def changed(before: str, after: str) -> int:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return sum(line[:1] in "+-" and line[:3] not in ("+++", "---") for line in lines)


@pytest.mark.parametrize("oauth", [False, True], ids=["prosody-0.12", "prosody-13"])
@pytest.mark.parametrize("year", YEARS)
def test_securing_a_generation_changes_at_most_sixteen_lines(
    corpus_folder: Path, year: str, oauth: bool
) -> None:
    prosody = read(corpus_folder, year, "meet.example.org.cfg.lua")
    meet = read(corpus_folder, year, "meet.example.org-config.js")
    before, after = secured_jicofo(corpus_folder, year)
    counts = [
        changed(prosody, secured_prosody(prosody, oauth=oauth).text),
        changed(meet, secured_meet(meet).text),
        changed(before, after),
    ]
    assert counts == [7 if oauth else 6, 1, 1 if year == "2020" else 5]
    assert sum(counts) <= 16


@pytest.mark.parametrize("year", YEARS)
def test_opening_again_gives_the_bytes_back(corpus_folder: Path, year: str) -> None:
    text = read(corpus_folder, year, "meet.example.org.cfg.lua")
    file = secured_prosody(text, oauth=True)
    method = ProsodyFile.parse(text, file="x").get((MAIN, "authentication"))
    assert method is not None
    file = file.remove_virtual_host(GUEST).document
    file = file.shrink_list(SASL, ["OAUTHBEARER"], default=["DIGEST-MD5"]).document
    assert file.set((MAIN, "authentication"), method.value).document.text == text
    script = read(corpus_folder, year, "meet.example.org-config.js")
    assert secured_meet(script).remove(("hosts", "anonymousdomain")).document.text == script
    if year == "2020":
        return
    conf = read(corpus_folder, year, "jicofo.conf")
    whole = Hocon.parse(conf, file="x").set_many(KEYS).document
    assert whole.remove(("jicofo", "authentication")).document.text == conf
    for key in KEYS:
        whole = whole.remove(key).document
    assert whole.text == conf


PROSODY_STEPS: list[Step] = [
    ["set", [MAIN, "authentication"], "internal_hashed"],
    ["extend_list", list(SASL), ["OAUTHBEARER"], ["DIGEST-MD5"]],
    ["add_virtual_host", GUEST, {"authentication": "anonymous", "x": False}, MAIN],
]


@pytest.mark.parametrize("year", YEARS)
def test_the_oracles_read_what_was_asked_for(
    corpus_folder: Path, year: str, oracles_of: OracleGetter
) -> None:
    prosody = read(corpus_folder, year, "meet.example.org.cfg.lua")
    meet = read(corpus_folder, year, "meet.example.org-config.js")
    assert check("prosody", prosody, PROSODY_STEPS, oracles_of("prosody")).oracle_read
    guests: Step = ["set", ["hosts", "anonymousdomain"], GUEST]
    assert check("meet", meet, [guests], oracles_of("meet")).oracle_read
    if year == "2020":
        text = read(corpus_folder, year, "sip-communicator.properties")
        url: Step = ["set", ["org.jitsi.jicofo.auth.URL"], f"XMPP:{MAIN}"]
        assert check("properties", text, [url], oracles_of("properties")).oracle_read
        return
    conf = read(corpus_folder, year, "jicofo.conf")
    many: Step = ["set_many", [[list(path), value] for path, value in KEYS.items()]]
    assert check("hocon", conf, [many], oracles_of("hocon")).oracle_read


@pytest.mark.parametrize("year", YEARS)
def test_what_the_package_scripts_look_for_is_still_there(corpus_folder: Path, year: str) -> None:
    """jitsi-meet's postinst scripts grep for these spellings, and edit beside them."""
    text = read(corpus_folder, year, "meet.example.org.cfg.lua")
    after = secured_prosody(text, oauth=True).text
    for spelling in (
        f'VirtualHost "{MAIN}"',
        f'VirtualHost "auth.{MAIN}"',
        f'Component "conference.{MAIN}" "muc"',
        f'Component "internal.auth.{MAIN}" "muc"',
        f'Component "focus.{MAIN}"',
        "-- do not delete me",
        '"polls";',
        "plugin_paths",
        "--app_id",
        "consider_bosh_secure",
    ):
        assert after.count(spelling) == text.count(spelling), spelling


@pytest.mark.parametrize("year", YEARS)
def test_every_byte_survives_reading(corpus_folder: Path, year: str) -> None:
    for path in (corpus_folder / f"debian-{year}").glob("meet.example.org*"):
        kind = ProsodyFile if path.suffix == ".lua" else MeetConfig
        data = path.read_bytes()
        assert encode(kind.parse(decode(data), file=path.name).text) == data
