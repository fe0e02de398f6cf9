"""Several Prosody files: Includes are followed as Prosody follows them."""

from __future__ import annotations

import pytest

from jitsi_tui.configs.document import ConfigError
from jitsi_tui.configs.prosody import Files, ProsodyFile

MAIN = "/etc/prosody/prosody.cfg.lua"
VIDEO = "/etc/prosody/conf.d/video.example.net.cfg.lua"
GUEST = "/etc/prosody/conf.d/guest.cfg.lua"
TEXTS = {
    MAIN: 'authentication = "internal_plain"\nInclude "conf.d/*.cfg.lua"\nadmins = { "a@b" }\n',
    VIDEO: 'VirtualHost "video.example.net"\n    authentication = "anonymous"\n',
    GUEST: 'VirtualHost "guest.video.example.net"\n    c2s_require_encryption = false\n',
    "/etc/prosody/conf.d/.staged.cfg.lua": 'VirtualHost "hidden.example.net"\n',
    "/etc/prosody/conf.d/readme.txt": "no Lua {{{",
}


def test_a_glob_brings_in_what_prosody_reads_and_nothing_else() -> None:
    files = Files(MAIN, TEXTS)
    assert files.order == [MAIN, GUEST, VIDEO]
    assert [(file, block.name) for file, block in files.hosts()] == [
        (GUEST, "guest.video.example.net"),
        (VIDEO, "video.example.net"),
    ]


def test_the_file_that_holds_an_option_is_named() -> None:
    files = Files(MAIN, TEXTS)
    held = files.get(("video.example.net", "authentication"))
    assert held is not None
    assert (held.file, held.setting.value, held.setting.line) == (VIDEO, "anonymous", 2)
    inherited = files.get(("guest.video.example.net", "authentication"))
    assert inherited is not None
    assert (inherited.file, inherited.setting.path[0]) == (MAIN, "")
    assert files.own(("guest.video.example.net", "authentication")) is None
    assert files.get(("video.example.net", "nothing")) is None
    assert files.files_of("guest.video.example.net") == [GUEST]


def test_what_stands_behind_an_include_wins_over_it() -> None:
    texts = {MAIN: 'log = "a"\nInclude "x.lua"\nlog = "b"\n', "/etc/prosody/x.lua": 'log = "c"\n'}
    held = Files(MAIN, texts).get(("", "log"))
    assert held is not None
    assert (held.file, held.setting.value) == (MAIN, "b")
    texts[MAIN] = 'log = "a"\nInclude "x.lua"\n'
    held = Files(MAIN, texts).get(("", "log"))
    assert held is not None
    assert (held.file, held.setting.value) == ("/etc/prosody/x.lua", "c")


@pytest.mark.parametrize(
    "named", ["sub/*.lua", "./sub/x.lua", "/etc/prosody/conf.d/sub/*.lua", "../conf.d/sub/x.lua"]
)
def test_an_include_counts_from_the_file_that_it_stands_in(named: str) -> None:
    texts = {
        MAIN: 'Include "conf.d/*.lua"\n',
        "/etc/prosody/conf.d/a.lua": f'Include "{named}"\n',
        "/etc/prosody/conf.d/sub/x.lua": "log = 1\n",
        "/etc/prosody/sub/x.lua": "log = 2\n",
    }
    held = Files(MAIN, texts).get(("", "log"))
    assert held is not None and held.setting.value == 1


def test_an_include_inside_a_host_leaves_its_scope_as_it_was() -> None:
    texts = {
        MAIN: 'VirtualHost "v.x"\nInclude "/etc/prosody/x.lua"\na = 1\n',
        "/etc/prosody/x.lua": 'b = 2\nVirtualHost "w.x"\n',
    }
    files = Files(MAIN, texts)
    assert files.own(("v.x", "a")) is not None
    assert files.own(("", "b")) is not None


def test_two_files_of_one_glob_that_set_the_same_are_rivals() -> None:
    texts = dict(TEXTS)
    texts["/etc/prosody/conf.d/again.cfg.lua"] = TEXTS[VIDEO].replace("anonymous", "token")
    held = Files(MAIN, texts).get(("video.example.net", "authentication"))
    assert held is not None
    assert held.rival == "/etc/prosody/conf.d/again.cfg.lua"
    assert len(Files(MAIN, texts).files_of("video.example.net")) == 2


def test_a_file_that_is_not_there_is_reported() -> None:
    files = Files(MAIN, {MAIN: 'Include "gone.cfg.lua"\nInclude "none/*.lua"\n'})
    assert files.missing == [(MAIN, "gone.cfg.lua", 1)]


def test_files_that_include_each_other_are_refused() -> None:
    texts = {MAIN: 'Include "a.lua"\n', "/etc/prosody/a.lua": 'Include "prosody.cfg.lua"\n'}
    with pytest.raises(ConfigError, match="includes itself"):
        Files(MAIN, texts)


def test_an_include_that_no_constant_decides_is_refused() -> None:
    with pytest.raises(ConfigError, match="line 2: the file name of this Include"):
        Files(MAIN, {MAIN: "a = 1\nInclude(ENV_FILE)\n"})


def test_the_main_file_alone_may_hold_everything() -> None:
    text = 'VirtualHost "video.example.net"\n    authentication = "anonymous"\n'
    held = Files(MAIN, {MAIN: text}).get(("Video.Example.NET", "authentication"))
    assert held is not None
    assert held.file == MAIN


def test_hosts_say_their_kind_module_lines_and_options() -> None:
    text = (
        'VirtualHost "v.x"\n    a = 1\nComponent "c.x" "muc"\n    b = { "y" }\n'
        'Component "e.x"\n    component_secret = "s"\nHost "v.x"\n    a = 2\n'
    )
    host, room, external = ProsodyFile.parse(text, file="x").hosts()
    assert (host.kind, host.name, host.lines, host.options) == (
        "VirtualHost",
        "v.x",
        (1, 7),
        {"a": 2},
    )
    assert (room.kind, room.module, room.options) == ("Component", "muc", {"b": ["y"]})
    assert (external.kind, external.module) == ("Component", None)
    assert ProsodyFile.parse(text, file="x").host("V.X") == host
    assert ProsodyFile.parse('Include "a"\nInclude "b/*"\n', file="x").includes() == [
        ("a", 1),
        ("b/*", 2),
    ]
