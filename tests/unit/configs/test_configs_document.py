"""Diffs that patch applies, secrets that stay hidden, bytes that stay bytes."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jitsi_tui.configs.document import (
    ConfigError,
    Document,
    Edit,
    apply_edits,
    decode,
    encode,
    mask_secrets,
    unified_diff,
)
from tests.oracles.laws import DOCUMENTS

LINE = st.sampled_from(["a\n", "b\n", "c\n", "\n", "d\r\n", "é\n", "a\x0cb\n", "-- x\n", "+ y\n"])
TEXT = st.builds(
    lambda lines, last: "".join(lines) + last,
    st.lists(LINE, max_size=12),
    st.sampled_from(["", "", "no end", "a", "\r"]),
)


@given(st.binary(max_size=200))
def test_decoding_loses_no_byte(data: bytes) -> None:
    assert encode(decode(data)) == data


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is missing")
def test_patch_applies_every_diff(tmp_path: Path) -> None:
    @settings(deadline=None)
    @given(TEXT, TEXT)
    def applies(before: str, after: str) -> None:
        target = tmp_path / "etc" / "a b" / "file"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(encode(before))
        diff = unified_diff("/etc/a b/file", before, after)
        if before == after:
            assert diff == ""
            return
        argv = ["patch", "-p1", "-s", "-f", "-d", str(tmp_path)]
        subprocess.run(argv, input=encode(diff), check=True, capture_output=True)
        # patch removes a file that becomes empty.
        assert (target.read_bytes() if target.exists() else b"") == encode(after)

    applies()


def test_a_diff_names_the_file_and_says_that_a_line_end_is_missing() -> None:
    diff = unified_diff("/etc/x.conf", "a\nb", "a\nc")
    assert diff.splitlines() == [
        "--- a/etc/x.conf",
        "+++ b/etc/x.conf",
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "\\ No newline at end of file",
        "+c",
        "\\ No newline at end of file",
    ]


def test_a_file_name_cannot_forge_a_header() -> None:
    diff = unified_diff('/etc/x\n+++ b/etc/passwd "', "a\n", "b\n")
    assert diff.splitlines()[0] == '--- "a/etc/x\\012+++ b/etc/passwd \\042"'


def test_the_diff_of_a_long_file_takes_no_time() -> None:
    before = "".join(f"line {n}\n" for n in range(50_000))
    started = time.process_time()
    unified_diff("/x", before, before.replace("line 25000\n", "other\n"))
    assert time.process_time() - started < 10


SECRETS = [
    'component_secret = "hunter2"',
    "app_secret='hunter2'",
    '    --app_secret="hunter2"',
    'external_service_secret = "hunter2";',
    'sql = { driver = "MySQL", password = "hunter2", host = "db" }',
    '["password"] = [[hunter2]]',
    "turncredentials_secret = [==[hun\nter2]==]",
    'password: "hunter2"',
    "password = hunter2 # comment",
    'password: hun"ter2"',
    '"password" : "hunter2",',
    '{ username: "focus", password: "hunter2" }',
    'client.password="""hunter2"""',
    "org.jitsi.jicofo.FOCUS_USER_PASSWORD=hunter2",
    "org.jitsi.jigasi.xmpp.acc.PASS=hunter2",
    "org.jitsi.jigasi.xmpp.acc.PASS hunter2",
    "+org.jitsi.jicofo.COMPONENT_SECRET:hunter2",
    "org.jitsi.x.PASSWORD=hun\\\n    ter2",
    "password: 'hunter2',",
    "accessToken: `hunter2`,",
    'password = "a\\"hunter2"',
    'password = "a" .. "hunter2"',
    "SID=hunter2 MUID=hunter2",
    "sid=hunter2&muid=hunter2",
    "api_key: hunter2",
    '+component_secret = "hunter2"',
    'secrets = [ "hunter2", "hunter2" ]',
    "org.jitsi.x.PASSWORD=a,hunter2;b}hunter2",
    'password =\n    "hunter2"',
    '+password =\n+    "hunter2"',
]


@pytest.mark.parametrize("line", SECRETS)
def test_a_secret_is_masked(line: str) -> None:
    masked = mask_secrets(line)
    assert "hunter2" not in masked
    assert "ter2" not in masked
    assert "***" in masked
    assert masked.count("\n") == line.count("\n")


HARMLESS = [
    '{ type = "turn", secret = true, ttl = 86400 }',
    'authentication = "token"',
    '    "token_verification";',
    'muc_password_whitelist = {\n    "focus@auth.x"\n}',
    "roomPasswordNumberOfDigits = 10",
    "org.jitsi.jicofo.auth.URL=XMPP:x",
    "// a comment about passwords and secrets",
    'asap_key_server = "https://x/"',
    "allow_empty_token = true",
    'side = "left"',
    "if password == nil then",
]


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_no_secret_stays(line: str) -> None:
    assert mask_secrets(line) == line


@given(st.text(alphabet="password=\"'[]{}:; \n\\+-ab#", max_size=80))
def test_masking_keeps_the_lines(text: str) -> None:
    assert mask_secrets(text).count("\n") == text.count("\n")


def test_masking_takes_no_time_for_a_hostile_text() -> None:
    started = time.process_time()
    for text in ("password" * 20_000, 'password="' * 20_000, "secret = [[" * 20_000, "a." * 50_000):
        mask_secrets(text)
    assert time.process_time() - started < 20


def test_a_refusal_is_one_line_that_shows_no_secret_and_no_escape() -> None:
    error = ConfigError("x.conf", 3, 'found password = "hunter2" and \x1b[2J\nmore', "mend it")
    assert str(error) == 'x.conf, line 3: found password = "***" and \\u001b[2J more'
    assert (error.file, error.line, error.hint) == ("x.conf", 3, "mend it")


def test_edits_apply_in_any_order() -> None:
    assert apply_edits("abcdef", [Edit(4, 5, "X"), Edit(0, 2, ""), Edit(3, 3, "_")]) == "c_dXf"


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("prosody", 'VirtualHost "x"\n'),
        ("meet", "var config = {};"),
        ("hocon", "a = 1"),
        ("properties", "a=1"),
    ],
)
def test_every_dialect_offers_the_same_protocol(dialect: str, text: str) -> None:
    document = DOCUMENTS[dialect].parse(text, file="x")  # type: ignore[index]
    assert isinstance(document, Document)
    assert document.file == "x"
