"""What people do to servers that a guide did not foresee, seen from outside the tool."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .admin import paths, restart, secured
from .breaking import services
from .cli import argv, environment, jitsi_tui
from .fixtures import HostFactory
from .inroot import InRoot
from .test_refusals import snapshot

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

DOMAIN = "meet.example.org"
SECOND = "second.example.org"
SECURED = {"release": "bookworm", "generation": "fixture", "prepare": secured(DOMAIN)}


def without_guest_host(text: str) -> str:
    return text[: text.index(f'\nVirtualHost "guest.{DOMAIN}"')] + "\n"


def with_an_open_door(text: str) -> str:
    return text.replace('"internal_hashed"', '"jitsi-anonymous"', 1)


@pytest.mark.parametrize("half", [without_guest_host, with_an_open_door])
def test_undo_goes_back_to_a_server_that_was_half_closed(
    lab_host: HostFactory, half: Callable[[str], str]
) -> None:
    host = lab_host(**SECURED)
    prosody = paths(DOMAIN)[0]
    host.files.edit(prosody, half(host.files.read(prosody)))
    restart(host, "prosody", "jicofo")
    before = snapshot(host)
    secure = jitsi_tui(host, "secure", "--yes", "--json")
    assert (secure.exit, secure.json["applied"]) == (0, True), secure.err
    undone = jitsi_tui(host, "undo", "--yes", "--json")
    assert undone.exit == 0, undone.err
    assert snapshot(host) == before


def with_the_host_in_the_main_file(tree: InRoot) -> None:
    """All of a Jitsi in prosody.cfg.lua: it comes from below the host's overlay."""
    prosody, main = paths(DOMAIN)[0], "/etc/prosody/prosody.cfg.lua"
    before, host = tree.read(prosody).split(f'VirtualHost "{DOMAIN}"', 1)
    main_text = tree.read(main).split("\nVirtualHost", 1)[0]
    tree.edit(main, f'{main_text}\n{before}\nVirtualHost "{DOMAIN}"{host}')
    tree.path(prosody).unlink()
    tree.path(f"/etc/prosody/conf.d/{DOMAIN}.cfg.lua", follow=False).unlink()


def test_a_virtual_host_in_the_main_file_is_edited_there(lab_host: HostFactory) -> None:
    host = lab_host(
        release="bookworm", generation="fixture", prepare=with_the_host_in_the_main_file
    )
    before = snapshot(host)
    secure = jitsi_tui(host, "secure", "--yes", "--json")
    assert secure.exit == 0, secure.err
    assert secure.json["changes"][0]["file"] == "/etc/prosody/prosody.cfg.lua"
    assert secure.json["probe"]["strangers_log_in"] is False
    undone = jitsi_tui(host, "undo", "--yes", "--json")
    assert undone.exit == 0, undone.err
    assert snapshot(host) == before


def with_a_leftover_property(tree: InRoot) -> None:
    """Jicofo asks for accounts of another domain, by the property that wins over jicofo.conf."""
    text = "org.jitsi.jicofo.auth.URL=XMPP:old.example.org\n"
    tree.write(paths(DOMAIN)[3], text, owner="jicofo:jitsi")


def test_open_opens_also_where_the_state_before_was_not_open(lab_host: HostFactory) -> None:
    host = lab_host(release="bookworm", generation="fixture", prepare=with_a_leftover_property)
    secure = jitsi_tui(host, "secure", "--yes", "--json")
    assert secure.exit == 0, secure.err
    opened = jitsi_tui(host, "open", "--yes", "--json")
    assert opened.exit == 0, opened.err
    assert opened.json["probe"]["strangers_log_in"] is True
    assert "auth.URL" not in host.files.read(paths(DOMAIN)[3])


def test_a_stopped_jicofo_is_named_before_and_proves_nothing(lab_host: HostFactory) -> None:
    host = lab_host(release="bookworm", generation="fixture")
    host.run(["systemctl", "stop", "jicofo"])
    host.wait_for("its end", lambda: not host.jicofos())
    status = jitsi_tui(host, "status", "--json")
    assert (status.json["posture"], status.json["jicofo"]["running"]) == ("open", "unknown")
    before = snapshot(host)
    secure = jitsi_tui(host, "secure", "--yes", "--json")
    assert secure.exit == 4
    assert "can't be proved" in secure.error["message"]
    assert "jicofo does not run" in secure.json["warnings"][0]
    assert snapshot(host) == before


def with_a_second_domain(tree: InRoot) -> None:
    for path in paths(DOMAIN)[:2]:
        tree.write(path.replace(DOMAIN, SECOND), tree.read(path).replace(DOMAIN, SECOND))
    prosody = f"{SECOND}.cfg.lua"
    tree.link(f"/etc/prosody/conf.d/{prosody}", f"/etc/prosody/conf.avail/{prosody}")


def test_undo_takes_the_newest_change_of_its_own_domain(lab_host: HostFactory) -> None:
    host = lab_host(release="bookworm", generation="fixture", prepare=with_a_second_domain)
    assert jitsi_tui(host, "status").exit == 1
    of_first = ("--domain", DOMAIN, "--yes", "--json")
    assert jitsi_tui(host, "secure", *of_first).exit == 0
    other = jitsi_tui(host, "undo", "--domain", SECOND, "--yes", "--json")
    assert (other.exit, other.error["message"]) == (1, "there is no backup to restore")
    assert jitsi_tui(host, "undo", *of_first).exit == 0


@pytest.mark.parametrize("path", ["/nope", "/root", "/root/pipe", "/dev/zero"])
def test_a_log_that_cannot_be_read_is_an_error(shared_lab_host: HostFactory, path: str) -> None:
    host = shared_lab_host(release="bookworm", generation="fixture")
    host.run("test -e /root/pipe || mkfifo /root/pipe")
    logs = jitsi_tui(host, "logs", "--json", path, "jicofo")
    assert logs.exit == 1
    assert logs.error["kind"] == "unreadable"
    assert path in logs.error["message"]
    assert '"source": "jicofo"' in logs.out
    assert jitsi_tui(host, "logs", user="mallory").exit == 1


def test_a_change_whose_client_was_killed_is_no_closed_server(
    lab_host: HostFactory, tmp_path: Path
) -> None:
    host = lab_host(release="bookworm", generation="fixture")
    before = snapshot(host)
    config = tmp_path / "config.toml"
    config.write_text("confirm_timeout = 60\n", "utf-8")
    words = argv(host, "secure", "--yes", "--config", str(config))
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, env=environment()) as process:
        jicofo = paths(DOMAIN)[2]
        host.wait_for("edit of jicofo.conf", lambda: "XMPP" in host.files.read(jicofo))
        process.kill()
    for words_of_plan in (("--yes",), ("--dry-run",)):
        again = jitsi_tui(host, "secure", "--json", *words_of_plan)
        assert again.exit == 1
        assert "not ended yet" in again.error["message"]
    host.wait_for("its way back", lambda: not host.files.exists("/run/jitsi-tui"), 240)
    assert snapshot(host) == before
    assert jitsi_tui(host, "secure", "--yes").exit == 0


def test_a_broken_prosody_file_is_refused_with_its_line(lab_host: HostFactory) -> None:
    host = lab_host(release="bookworm", generation="fixture")
    prosody = paths(DOMAIN)[0]
    text = host.files.read(prosody).rstrip("\n") + "\nfoo = = bar\n"
    host.files.edit(prosody, text)
    before = snapshot(host)
    secure = jitsi_tui(host, "secure", "--yes", "--json")
    assert secure.exit == 1
    assert f"{prosody}, line {text.count(chr(10))}" in secure.error["message"]
    assert snapshot(host) == before


@pytest.mark.slow
def test_files_that_would_keep_a_running_service_down_are_refused_before(
    lab_host: HostFactory,
) -> None:
    """Another domain's file with a slip, one that root alone reads: everything still runs."""
    host = lab_host(release="bookworm", generation="fixture")
    chat, jicofo = "/etc/prosody/conf.d/chat.cfg.lua", paths(DOMAIN)[2]
    main = "/etc/prosody/prosody.cfg.lua"
    before = snapshot(host)

    def refused(says: str, *command: str) -> None:
        done = jitsi_tui(host, *command, "--json")
        assert (done.exit, done.error["kind"]) == (1, "refused"), done.err
        assert says in done.error["message"], done.err

    running = services(host)
    host.files.write(chat, 'VirtualHost "chat.example.net"\n  oops = = 3\n')
    refused(f"prosody would not come up: {chat}:2: ", "secure", "--yes")
    host.run(["rm", chat])
    host.run(["chown", "root:root", main, jicofo])
    host.run(["chmod", "0600", main])
    refused(f"{main}: Permission denied", "secure", "--yes")
    refused(f"{main}: Permission denied", "services", "restart", "prosody")
    host.run(["chown", "root:prosody", main])
    host.run(["chmod", "0640", main])
    host.run(["chmod", "0600", jicofo])
    refused(f"its user may not read {jicofo}", "secure", "--yes")
    assert services(host) == running
    assert snapshot(host) == before
