"""Invitations on real servers, redeemed by a person's browser through the host's nginx."""

from __future__ import annotations

import json
import re
import secrets
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from . import admin, browser
from .chromium import Chromium, chromium
from .cli import Done, argv, environment, jitsi_tui
from .fixtures import HostFactory
from .host import LabHost
from .inroot import InRoot
from .requirements import demand
from .watching import Watch, written
from .xmpp import Browser, logs_in

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

PAGE = "/usr/share/jitsi-meet/static/jitsi-tui-invite.html"
GOOD = "Tr4mway-lantern-of-mine"
DOMAIN = "meet.example.org"
REGISTER = "jabber:iq:register"


def secured_without(*modules: str) -> Any:
    """A secured host whose Prosody does not load some of the modules that Debian's file names."""

    def prepare(tree: InRoot) -> None:
        admin.secured(DOMAIN, oauthbearer_off=True)(tree)
        main = "/etc/prosody/prosody.cfg.lua"
        text = tree.read(main)
        for module in modules:
            text = re.sub(rf'^\s*"{module}";.*\n', "", text, flags=re.M)
        tree.edit(main, text)

    return prepare


WHOLE = secured_without()
LACKING = secured_without("invites", "invites_adhoc", "invites_register", "admin_shell")


BOTH = pytest.mark.parametrize("host", ["bookworm", "trixie"], indirect=True, scope="module")
ONE = pytest.mark.parametrize(
    "host",
    ["bookworm", pytest.param("trixie", marks=pytest.mark.slow)],
    indirect=True,
    scope="module",
)


@pytest.fixture(scope="module")
def host(request: pytest.FixtureRequest, module_lab_host: HostFactory) -> LabHost:
    demand(browser.missing())
    made = module_lab_host(release=request.param, generation="fixture", prepare=WHOLE)
    made.wait_for_jitsi()
    return made


@pytest.fixture(scope="module")
def page(host: LabHost) -> Iterator[Chromium]:
    with chromium(host) as opened:
        yield opened


def invite(host: LabHost, *words: str, user: str = "root") -> dict[str, Any]:
    done = jitsi_tui(host, "moderators", "invite", *words, "--yes", "--json", user=user)
    assert done.exit == 0, done.err
    answer = done.json
    assert isinstance(answer, dict)
    return answer


def outstanding(host: LabHost) -> list[dict[str, Any]]:
    done = jitsi_tui(host, "moderators", "invitations", "--json")
    assert done.exit == 0, done.err
    found = done.json["invitations"]
    assert isinstance(found, list)
    return found


def new_name() -> str:
    return f"p{secrets.token_hex(5)}"


def fill(page: Chromium, name: str | None, password: str) -> None:
    if name is not None:
        page.type("#name", name)
    page.type("#password", password)
    page.click("#submit")


def opened(page: Chromium, link: str) -> None:
    page.open(link)
    page.wait("!document.querySelector('#ask').hidden")


def dead(page: Chromium, link: str) -> str:
    page.open(link)
    page.wait("!document.querySelector('#dead').hidden")
    return page.seen("#dead-text")


def opens_a_room(host: LabHost, name: str, password: str) -> str:
    """By Jitsi's own client library."""
    with browser.visit(host, user=name, password=password, room=new_name()) as seen:
        if seen.first() != "connection.established":
            return seen.first()
        return seen.conference()


@BOTH
def test_who_is_invited_chooses_name_and_password_and_opens_a_room(
    host: LabHost, page: Chromium
) -> None:
    host.files.write("/etc/sudoers.d/zz-log", "Defaults log_input\n", mode=0o440)
    invited, name = invite(host, user="ada"), new_name()
    token = invited["token"]
    assert invited["link"].endswith(f"#{token}")
    assert invited["link"].startswith(f"https://{host.domain}/static/")
    page.heard.requests.clear()
    with Watch(host, token, GOOD) as watch:
        opened(page, invited["link"])
        fill(page, name.capitalize(), GOOD)
        page.wait("!document.querySelector('#done').hidden")
        assert page.seen("#done-name") == name
        assert page.seen("#open") == "Open a meeting"
    assert watch.rounds > 5
    assert watch.found == set()
    assert logs_in(host, name, GOOD)
    assert opens_a_room(host, name, GOOD) == "conference.joined"
    assert invited["id"] not in {i["id"] for i in outstanding(host)}
    # Nothing was asked but the page and Prosody, and nothing was said or kept.
    asked = {request for request in page.heard.requests if "about:blank" not in request}
    site = f"https://{host.domain}"
    assert asked == {f"GET {site}/static/{Path(PAGE).name}", f"POST {site}/http-bind"}
    assert page.heard.console == []
    assert page.value("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert page.value("location.href") == f"{site}/static/{Path(PAGE).name}"
    assert page.value("document.querySelector('#password').value") == ""
    for secret in (token, GOOD):
        assert written(host, secret) == ""
    # The logs hold what they may hold, so that an empty search means something.
    assert "sudo-io" in written(host, "Makes, lists and revokes invitations")
    assert "nginx" in written(host, Path(PAGE).name)
    assert "prosody" in written(host, name)


@ONE
def test_a_used_wrong_revoked_or_cut_invitation_is_told_before_anything_is_typed(
    host: LabHost, page: Chromium
) -> None:
    gone = "used already"
    used, revoked = invite(host), invite(host)
    opened(page, used["link"])
    fill(page, new_name(), GOOD)
    page.wait("!document.querySelector('#done').hidden")
    assert gone in dead(page, used["link"])
    done = jitsi_tui(host, "moderators", "revoke", revoked["id"], "--json")
    assert done.json == {"revoked": [revoked["id"]], "failed": []}
    assert gone in dead(page, revoked["link"])
    base = used["link"].partition("#")[0]
    assert gone in dead(page, f"{base}#AbCdEfGhIjKlMnOpQrStUvWx")
    assert gone in dead(page, f"{base}#{expired(host)}")
    for cut in (base, f"{base}#", f"{base}#abc", f"{base}#%zz"):
        assert "not complete" in dead(page, cut)
    assert page.seen("#password") == ""


def expired(host: LabHost) -> str:
    """The token of an invitation whose time is over, made by Prosody itself."""
    lua = f"> prosody.hosts['{host.domain}'].modules.invites.create_account(nil, {{}}, -5).token"
    said = host.run(["prosodyctl", "shell", lua]).stdout
    found = re.search(r"Result: (\S+)", said)
    assert found is not None, said
    return found[1]


@BOTH
def test_what_is_wrong_with_name_and_password_is_said_beside_them(
    host: LabHost, page: Chromium
) -> None:
    invited = invite(host)
    opened(page, invited["link"])
    fill(page, "", "")
    assert page.seen("#name-wrong") == "Please choose a name."
    assert page.seen("#password-wrong") == "Please choose a password."
    assert page.value("document.activeElement.id") == "name"
    for weak in (
        "12345678",
        "password1",
        "Passwort123",
        "aaaaaaaaaaaaaaaa",
        "abcdefghijkl",
        "Kurz-1!",
    ):
        fill(page, new_name(), weak)
        assert "too weak" in page.seen("#password-wrong"), weak
        assert (
            page.value("document.querySelector('#password').getAttribute('aria-invalid')") == "true"
        )
    for forbidden in ("a b", "a/b", "a@other.example.org", "<a>", 'a"b', "a&b", "a:b"):
        fill(page, forbidden, GOOD)
        assert page.seen("#name-wrong"), forbidden
    # What only the server knows: a name that is taken, names that nodeprep refuses.
    fill(page, admin.MODERATOR.upper(), GOOD)
    page.wait("document.querySelector('#name-wrong').textContent")
    assert "taken already" in page.seen("#name-wrong")
    for refused in ("joki\N{GRINNING FACE}", "a\N{WORD JOINER}\N{ARABIC LETTER ALEF}b"):
        page.type("#name", refused)
        page.wait("!document.querySelector('#name-wrong').textContent")
        page.click("#submit")
        page.wait("document.querySelector('#name-wrong').textContent")
        assert "does not accept this name" in page.seen("#name-wrong")
    assert logs_in(host, admin.MODERATOR, admin.MODERATOR_PASSWORD)
    # The invitation is still good.
    name = new_name()
    fill(page, name, GOOD)
    page.wait("!document.querySelector('#done').hidden")
    assert logs_in(host, name, GOOD)


@ONE
def test_who_is_offline_loses_nothing(host: LabHost, page: Chromium) -> None:
    name = new_name()
    opened(page, invite(host, name)["link"])
    assert page.value("document.querySelector('#name').value") == name
    assert page.value("document.querySelector('#name').readOnly") is True
    page.offline()
    try:
        fill(page, None, GOOD)
        page.wait("!document.querySelector('#trouble').hidden")
        assert "can't be reached" in page.seen("#trouble")
    finally:
        page.offline(False)
    page.click("#submit")
    page.wait("!document.querySelector('#done').hidden")
    page.heard.console.clear()  # Chromium's own complaint about the network.
    assert logs_in(host, name, GOOD)


@BOTH
def test_a_reset_lets_the_owner_choose_a_new_password_and_ends_the_old_one(
    host: LabHost, page: Chromium
) -> None:
    name = new_name()
    opened(page, invite(host, name)["link"])
    fill(page, None, GOOD)
    page.wait("!document.querySelector('#done').hidden")
    refused = jitsi_tui(host, "moderators", "invite", name, "--yes")
    assert refused.exit == 1
    assert "--reset" in refused.err
    opened(page, invite(host, name, "--reset", "--valid", "2h")["link"])
    assert page.seen("#ask-title") == "Choose a new password"
    fill(page, None, f"{GOOD}-again")
    page.wait("!document.querySelector('#done').hidden")
    assert logs_in(host, name, f"{GOOD}-again")
    assert not logs_in(host, name, GOOD)
    nobody = jitsi_tui(host, "moderators", "invite", new_name(), "--reset", "--yes")
    assert nobody.exit == 1
    assert "does not exist" in nobody.err


@ONE
def test_invitations_are_listed_by_what_lets_nobody_in(host: LabHost) -> None:
    before = {i["id"] for i in outstanding(host)}
    made = invite(host, "Liste", "--valid", "3h", user="ada")
    (mine,) = [i for i in outstanding(host) if i["id"] not in before]
    assert mine == {key: made[key] for key in ("id", "kind", "name", "created", "expires")}
    assert (mine["kind"], mine["name"]) == ("account", "liste")
    assert made["token"] not in json.dumps(outstanding(host))
    shown = jitsi_tui(host, "moderators", "invitations")
    assert f"{mine['id']}  an account for liste, valid until" in shown.out
    unknown = jitsi_tui(host, "moderators", "revoke", mine["id"], "000000000000")
    assert unknown.exit == 1
    assert mine["id"] in {i["id"] for i in outstanding(host)}
    assert jitsi_tui(host, "moderators", "revoke", mine["id"]).exit == 0
    assert {i["id"] for i in outstanding(host)} == before


@ONE
@pytest.mark.parametrize("wrong", [("a b",), ("--reset",)])
def test_what_can_not_be_invited_to_is_refused_in_words(
    host: LabHost, wrong: tuple[str, ...]
) -> None:
    before = outstanding(host)
    done = jitsi_tui(host, "moderators", "invite", *wrong, "--yes")
    assert done.exit == 1
    assert len(done.err.strip().splitlines()) == 1
    assert outstanding(host) == before


@ONE
def test_nobody_registers_without_an_invitation(host: LabHost) -> None:
    invite(host)
    name = new_name()
    with Browser(host) as visitor:
        query = ET.Element(f"{{{REGISTER}}}query")
        ET.SubElement(query, f"{{{REGISTER}}}username").text = name
        ET.SubElement(query, f"{{{REGISTER}}}password").text = GOOD
        answer = visitor.ask(host.domain, query)
    assert answer.get("type") == "error"
    assert not logs_in(host, name, GOOD)
    listed = jitsi_tui(host, "moderators", "list", "--json").json["moderators"]
    assert name not in {moderator["name"] for moderator in listed}


@ONE
def test_what_is_installed_is_planned_proved_and_undone(host: LabHost) -> None:
    """The page of the tests before is undone, planned anew, and refused where nobody agrees."""
    invite(host)
    undone = jitsi_tui(host, "undo", "--yes", "--json")
    assert undone.exit == 0, undone.err
    assert not host.files.exists(PAGE)
    planned = jitsi_tui(host, "moderators", "invite", "--dry-run", "--json")
    assert [change["file"] for change in planned.json["changes"]] == [PAGE]
    assert planned.json["restarts"] == []
    asked = jitsi_tui(host, "moderators", "invite")
    assert asked.exit == 2
    assert not host.files.exists(PAGE)
    assert invite(host)["installed"]
    assert fetched(host) == host.files.path(PAGE).read_bytes()
    assert invite(host)["installed"] is None
    probes = host.run(
        "grep -rlE 'jitsi-tui-probe' /var/lib/prosody; find /var/lib/prosody -name '*probe*'"
    )
    assert probes.stdout == ""


def fetched(host: LabHost) -> bytes:
    trusting = ssl._create_unverified_context()
    request = urllib.request.Request(f"https://{host.address}/static/{Path(PAGE).name}")
    request.add_header("Host", host.domain)
    with urllib.request.urlopen(request, context=trusting, timeout=60) as answer:
        return bytes(answer.read())


@pytest.mark.parametrize("release", ["bookworm", pytest.param("trixie", marks=pytest.mark.slow)])
def test_modules_that_prosody_lacks_are_part_of_the_change(
    lab_host: HostFactory, release: str
) -> None:
    demand(browser.missing())
    host = lab_host(release=release, generation="fixture", prepare=LACKING)
    host.wait_for_jitsi()
    path = f"/etc/prosody/conf.avail/{host.domain}.cfg.lua"
    before = host.files.read(path)
    planned = jitsi_tui(host, "moderators", "invite", "--dry-run", "--json").json
    assert [change["file"] for change in planned["changes"]] == [path, PAGE]
    assert planned["restarts"] == ["prosody"]
    invited = invite(host)
    text = host.files.read(path)
    assert all(f'"{name}"' in text for name in ("invites", "invites_register", "admin_shell"))
    assert "allow_registration" not in text
    with chromium(host) as page:
        opened(page, invited["link"])
        name = new_name()
        fill(page, name, GOOD)
        page.wait("!document.querySelector('#done').hidden")
    assert logs_in(host, name, GOOD)
    undone = jitsi_tui(host, "undo", "--yes", "--json")
    assert undone.exit == 0, undone.err
    assert host.files.read(path) == before
    assert not host.files.exists(PAGE)


@pytest.mark.slow
def test_a_connection_that_breaks_while_the_page_is_installed_still_gives_the_link(
    lab_host: HostFactory,
) -> None:
    host = lab_host(release="bookworm", generation="fixture", prepare=LACKING)
    host.wait_for_jitsi()
    with subprocess.Popen(
        argv(host, "moderators", "invite", "joki2", "--yes", "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        host.wait_for("the page", lambda: host.files.exists(PAGE))
        host.run("pkill -KILL -f 'sshd: root@' || pkill -KILL -f 'sshd-session: root'", check=False)
        out, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    answer = json.loads(out)
    assert answer["installed"]
    assert answer["link"].startswith(f"https://{DOMAIN}/static/")
    assert [i["name"] for i in outstanding(host)] == ["joki2"]


def refusal(host: LabHost) -> Done:
    return jitsi_tui(host, "moderators", "invite", "joki", "--yes")


@pytest.mark.slow
def test_prosody_0_11_says_that_it_knows_no_invitations(lab_host: HostFactory) -> None:
    prepare = admin.secured(DOMAIN)
    host = lab_host(release="bullseye", generation="fixture", prepare=prepare)
    host.wait_for_jitsi()
    done = refusal(host)
    assert done.exit == 1
    assert "Prosody 0.11.9 knows no invitations" in done.err
    assert not host.files.exists(PAGE)


@pytest.mark.slow
def test_a_page_that_the_web_server_does_not_show_is_taken_away_again(
    lab_host: HostFactory,
) -> None:
    host = lab_host(release="bookworm", generation="fixture", prepare=WHOLE)
    host.wait_for_jitsi()
    site = f"/etc/nginx/sites-available/{host.domain}.conf"
    text = host.files.read(site)
    host.files.edit(
        site,
        text.replace(
            "index index.html;", f"location = /static/{Path(PAGE).name} {{ return 403; }}", 1
        ),
    )
    host.run("systemctl reload nginx")
    done = refusal(host)
    assert done.exit == 4
    assert "403" in done.err
    assert not host.files.exists(PAGE)
    assert outstanding(host) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("release", "generation"),
    [
        ("bookworm", "debian-2020"),
        ("bookworm", "debian-2022"),
        ("bookworm", "debian-2023"),
        ("bookworm", "debian-2026"),
        ("trixie", "debian-2026"),
    ],
)
def test_every_generation_of_jitsi_can_invite_once_it_is_closed(
    lab_host: HostFactory, release: str, generation: str
) -> None:
    demand(browser.missing())
    host = lab_host(release=release, generation=generation)
    host.wait_for_jitsi()
    early = refusal(host)
    assert early.exit == 1
    assert "close it first" in early.err
    assert jitsi_tui(host, "secure", "--yes", "--json").exit == 0
    invited, name = invite(host), new_name()
    with chromium(host) as page:
        opened(page, invited["link"])
        fill(page, name, GOOD)
        page.wait("!document.querySelector('#done').hidden")
    assert logs_in(host, name, GOOD)
    undone = jitsi_tui(host, "undo", "--yes", "--json")
    assert undone.exit == 0, undone.err
    assert not host.files.exists(PAGE)
    opened_again = jitsi_tui(host, "open", "--yes", "--json")
    assert opened_again.exit == 0, opened_again.err


@ONE
def test_the_keyboard_alone_is_enough(host: LabHost, page: Chromium) -> None:
    name = new_name()
    opened(page, invite(host)["link"])
    for field, typed in (("name", name), ("password", GOOD), ("show", ""), ("submit", "")):
        page.key("Tab", 9)
        assert page.value("document.activeElement.id") == field
        if typed:
            page.call("Input.insertText", text=typed)
    page.key("Enter", 13)
    page.wait("!document.querySelector('#done').hidden")
    assert page.value("document.activeElement.id") == "done-title"
    for width in (320, 390):
        page.look(width, 640, phone=True)
        assert page.value("document.documentElement.scrollWidth") == width


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["full", "immutable", "no folder"])
def test_a_page_that_can_not_be_written_is_refused_and_nothing_changed(
    lab_host: HostFactory, fault: str
) -> None:
    folder = str(Path(PAGE).parent)
    room = {folder: 4} if fault == "full" else {}
    host = lab_host(release="bookworm", generation="fixture", prepare=LACKING, free_kilobytes=room)
    host.wait_for_jitsi()
    path = f"/etc/prosody/conf.avail/{host.domain}.cfg.lua"
    before = host.files.read(path)
    if fault == "immutable":
        assert host.run(["chattr", "+i", folder]).returncode == 0
    elif fault == "no folder":
        host.run(["mv", folder, f"{folder}.away"])
    done = refusal(host)
    if fault == "immutable":
        host.run(["chattr", "-i", folder])
    assert done.exit == 1, done.err
    assert host.files.read(path) == before
    assert not host.files.exists(PAGE)
    rests = host.run(f"find {folder} /etc/prosody -name '.*jitsi-tui*' 2>/dev/null; true").stdout
    assert rests == ""
