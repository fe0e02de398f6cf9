"""known_hosts is read as OpenSSH reads it, and never loses a byte."""

from __future__ import annotations

import base64
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jitsi_tui.ssh.host import HostKeyError
from jitsi_tui.ssh.hostkeys import (
    Changed,
    Key,
    Known,
    KnownHosts,
    Marker,
    Revoked,
    Unknown,
    host_name,
    trust,
)


def key(kind: str = "ssh-ed25519", seed: int = 0) -> Key:
    name = kind.encode()
    return Key(kind, len(name).to_bytes(4, "big") + name + bytes([seed]) * 32)


def line(names: str, what: Key, marker: str = "") -> str:
    return f"{marker} {names} {what.type} {base64.b64encode(what.blob).decode()} a comment".lstrip()


def known(tmp_path: Path, *lines: str) -> KnownHosts:
    file = tmp_path / "known_hosts"
    file.write_text("\n".join(lines) + "\n")
    return KnownHosts.read([file])


def test_a_key_is_known_unknown_changed_or_revoked(tmp_path: Path) -> None:
    hosts = known(tmp_path, line("meet,192.0.2.1", key()), line("*", key(seed=9), "@revoked"))
    assert isinstance(hosts.verdict("meet", key()), Known)
    assert isinstance(hosts.verdict("192.0.2.1", key()), Known)
    assert hosts.verdict("other", key()) == Unknown()
    changed = hosts.verdict("meet", key(seed=1))
    assert isinstance(changed, Changed)
    assert changed.entry.place.endswith("known_hosts line 1")
    assert isinstance(hosts.verdict("meet", key(seed=9)), Revoked)
    assert isinstance(hosts.verdict("other", key(seed=9)), Revoked)


def test_revoked_wins_over_known_wherever_it_stands(tmp_path: Path) -> None:
    hosts = known(tmp_path, line("meet", key()), line("meet", key(), "@revoked"))
    assert isinstance(hosts.verdict("meet", key()), Revoked)


def test_several_keys_of_one_host_are_all_its_own(tmp_path: Path) -> None:
    hosts = known(tmp_path, line("meet", key()), line("meet", key(seed=1)))
    assert isinstance(hosts.verdict("meet", key()), Known)
    assert isinstance(hosts.verdict("meet", key(seed=1)), Known)
    assert isinstance(hosts.verdict("meet", key(seed=2)), Changed)


def test_another_type_of_key_is_unknown_and_says_which_are_known(tmp_path: Path) -> None:
    hosts = known(tmp_path, line("meet", key("ssh-rsa")))
    verdict = hosts.verdict("meet", key())
    assert isinstance(verdict, Unknown)
    assert [entry.key.type for entry in verdict.others] == ["ssh-rsa"]


def test_the_known_type_is_asked_for_first(tmp_path: Path) -> None:
    hosts = known(tmp_path, line("meet", key("ssh-rsa")), line("ca", key(), "@cert-authority"))
    offered = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"]
    assert hosts.prefer("meet", offered)[:2] == ["rsa-sha2-512", "rsa-sha2-256"]
    assert sorted(hosts.prefer("meet", offered)) == sorted(offered)
    assert hosts.prefer("other", offered) == offered
    assert hosts.prefer("ca", offered) == offered


@pytest.mark.parametrize(
    ("names", "name", "covered"),
    [
        ("*.example.org", "meet.example.org", True),
        ("*.example.org,!meet.example.org", "meet.example.org", False),
        ("!meet.example.org,*.example.org", "meet.example.org", False),
        ("m?et", "meet", True),
        ("[meet]:2222", "[meet]:2222", True),
        ("[meet]:*", "[meet]:2222", True),
        ("meet", "[meet]:2222", False),
        ("MEET.example.org", "meet.example.org", True),
        ("[am]eet", "meet", False),
    ],
)
def test_patterns_are_openssh_s(tmp_path: Path, names: str, name: str, covered: bool) -> None:
    hosts = known(tmp_path, line(names, key()))
    assert isinstance(hosts.verdict(name, key()), Known if covered else Unknown)


def test_the_key_of_the_host_vouches_for_its_other_ports(tmp_path: Path) -> None:
    hosts = known(tmp_path, line("meet", key()))
    assert isinstance(hosts.verdict("[meet]:2222", key(), also="meet"), Known)
    assert hosts.verdict("[meet]:2222", key(seed=1), also="meet") == Unknown()


def test_names_of_hosts() -> None:
    assert host_name("Meet", 22) == "meet"
    assert host_name("Meet", 2222) == "[meet]:2222"
    assert host_name("meet", 2222, "Alias") == "Alias"


def test_lines_that_paramiko_stumbles_over_are_read_or_passed_over(tmp_path: Path) -> None:
    hosts = _messy(tmp_path)
    assert isinstance(hosts.verdict("meet", key()), Known)
    authority = hosts.about("x.example.org")
    assert [entry.marker for entry in authority] == [Marker.AUTHORITY]
    assert hosts.verdict("x.example.org", key(seed=3)) == Unknown()


def _messy(tmp_path: Path) -> KnownHosts:
    encoded = base64.b64encode(key().blob)
    file = tmp_path / "known_hosts"
    file.write_bytes(
        b"# a comment\n\nmeet ssh-ed25519\nmeet ssh-ed25519 not-base64!\n"
        b"meet ssh-rsa " + encoded + b"\n@unknown-marker meet ssh-ed25519 " + encoded + b"\n"
        b"|1|broken ssh-ed25519 "
        + encoded
        + b"\nmeet 1024 35 123456789\n\xff\xfe\x00\n"
        + line("*.example.org", key(seed=3), "@cert-authority").encode()
        + b"\n \t"
        + line("meet", key()).replace(" ", "\t", 1).encode()
        + b"\r\n"
    )
    return KnownHosts.read([file, tmp_path / "absent", tmp_path])


@given(st.binary(max_size=400))
def test_no_file_makes_reading_fail(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("any") / "known_hosts"
    file.write_bytes(data)
    assert isinstance(KnownHosts.read([file]).verdict("meet", key()), Unknown)


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="no ssh-keygen here")
def test_hashed_names_and_fingerprints_are_openssh_s(tmp_path: Path) -> None:
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "k"], check=True
    )
    kind, encoded = (tmp_path / "k.pub").read_text().split()[:2]
    real = Key(kind, base64.b64decode(encoded))
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", tmp_path / "k.pub"], check=True, capture_output=True, text=True
    ).stdout
    assert real.fingerprint in shown.split()
    file = tmp_path / "known_hosts"
    file.write_text(f"[meet.example.org]:2222 {kind} {encoded}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", file], check=True, capture_output=True)
    assert "meet" not in file.read_text()
    assert isinstance(KnownHosts.read([file]).verdict("[meet.example.org]:2222", real), Known)
    trust(file, "other", real, hashed=True)
    assert "other" not in file.read_text()
    found = subprocess.run(
        ["ssh-keygen", "-F", "other", "-f", file], check=True, capture_output=True, text=True
    ).stdout
    assert encoded in found


def test_trusting_keeps_every_other_byte(tmp_path: Path) -> None:
    file = tmp_path / "known_hosts"
    before = b"@revoked * bad\r\n\xff\xfe garbage\n\n# no newline at the end"
    file.write_bytes(before)
    file.chmod(0o644)
    trust(file, "meet", key())
    assert file.read_bytes() == before + b"\n" + file.read_bytes()[len(before) + 1 :]
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    trust(file, "[meet]:2222", key(seed=1))
    assert file.read_bytes().count(b"\n") == before.count(b"\n") + 3
    assert isinstance(KnownHosts.read([file]).verdict("meet", key()), Known)
    assert isinstance(KnownHosts.read([file]).verdict("[meet]:2222", key(seed=1)), Known)


def test_a_new_file_is_the_user_s_alone(tmp_path: Path) -> None:
    file = tmp_path / ".ssh" / "known_hosts"
    trust(file, "meet", key())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_linked_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("")
    (tmp_path / "known_hosts").symlink_to("real")
    trust(tmp_path / "known_hosts", "meet", key())
    assert (tmp_path / "known_hosts").is_symlink()
    assert (tmp_path / "real").read_text().startswith("meet ssh-ed25519 ")


def test_a_file_that_can_t_be_written_is_an_error_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HostKeyError, match="file/known_hosts"):
        trust(tmp_path / "file" / "known_hosts", "meet", key())
