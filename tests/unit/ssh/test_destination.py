"""What the user types is understood as OpenSSH would, or refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jitsi_tui.ssh import destination, sshconfig
from jitsi_tui.ssh.destination import DestinationError, Kind, parse, resolve
from jitsi_tui.ssh.sshconfig import SshConfigError

needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="no ssh program here")


@pytest.mark.parametrize(
    ("text", "user", "host", "port"),
    [
        ("meet", None, "meet", None),
        ("ada@meet.example.org", "ada", "meet.example.org", None),
        ("ada@meet.example.org:2222", "ada", "meet.example.org", 2222),
        ("ada@example.org@meet", "ada@example.org", "meet", None),
        ("ada@[2001:db8::1]:2222", "ada", "2001:db8::1", 2222),
        ("[2001:db8::1]", None, "2001:db8::1", None),
        ("2001:db8::1", None, "2001:db8::1", None),
        ("fe80::1%eth0", None, "fe80::1%eth0", None),
        ("ssh://ada@meet.example.org:2222", "ada", "meet.example.org", 2222),
        ("ssh://meet/", None, "meet", None),
        ("ssh://local", None, "local", None),
    ],
)
def test_every_form_of_a_destination_is_understood(
    text: str, user: str | None, host: str, port: int | None
) -> None:
    typed = parse(text)
    assert (typed.kind, typed.user, typed.host, typed.port) == (Kind.SSH, user, host, port)


@pytest.mark.parametrize("text", ["local", "demo"])
def test_this_machine_and_the_practice_server_are_no_hosts(text: str) -> None:
    assert parse(text).kind is Kind(text)
    with pytest.raises(DestinationError):
        resolve(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-oProxyCommand=touch /tmp/x",
        "ada@-oProxyCommand=x",
        "-l@host",
        "@host",
        "ada@",
        "host:0",
        "host:65536",
        "host:ssh",
        "host:",
        "two words",
        "host;id",
        "$(id)",
        "`id`@host",
        "host\n",
        "ada@ho'st",
    ],
)
def test_what_could_be_an_option_or_a_command_is_refused(text: str) -> None:
    with pytest.raises(DestinationError) as caught:
        parse(text)
    assert "\n" not in caught.value.message


@needs_ssh
class TestSshG:
    """Resolution by the ssh program."""

    def test_include_and_match_count(self, tmp_path: Path) -> None:
        (tmp_path / "more").write_text(
            "Match originalhost meet exec true\n  User grace\n  Port 2200\n"
        )
        (tmp_path / "config").write_text(
            f"Include {tmp_path}/more\n"
            "Host meet\n  HostName meet.example.org\n  User ada\n  HostKeyAlias jitsi\n"
            f"  IdentityFile {tmp_path}/%n_key\n  IdentitiesOnly yes\n"
            "  IdentityAgent none\n"
        )
        found = resolve("meet", ssh_config=tmp_path / "config")
        assert (found.host, found.user, found.port) == ("meet.example.org", "grace", 2200)
        assert found.host_key_alias == "jitsi"
        assert found.identity_files == (tmp_path / "meet_key",)
        assert found.agent.socket is None
        assert found.agent.identities_only

    def test_what_is_typed_wins_over_the_configuration(self, tmp_path: Path) -> None:
        (tmp_path / "config").write_text("Host meet\n  User ada\n  Port 2200\n")
        found = resolve("grace@meet:22", ssh_config=tmp_path / "config")
        assert (found.user, found.port) == ("grace", 22)
        assert found.address == "meet"

    def test_the_command_line_s_files_come_first(self, tmp_path: Path) -> None:
        (tmp_path / "config").write_text(f"IdentityFile {tmp_path}/other\n")
        (tmp_path / "mine").write_text("ssh-ed25519 AAAA of an agent\n")
        found = resolve(
            "meet",
            identity=tmp_path / "mine",
            known_hosts=tmp_path / "known",
            ssh_config=tmp_path / "config",
        )
        assert found.identity_files[:2] == (tmp_path / "mine", tmp_path / "other")
        assert found.known_hosts == (tmp_path / "known",)
        assert found.global_known_hosts == ()

    def test_a_named_key_must_be_there(self, tmp_path: Path) -> None:
        with pytest.raises(DestinationError, match="no key file"):
            resolve("meet", identity=tmp_path / "absent")
        (tmp_path / "other").write_text("root:x:0:0::/root:/bin/sh\n")
        with pytest.raises(DestinationError, match="holds no private key"):
            resolve("meet", identity=tmp_path / "other")

    def test_jumps_are_followed_each_by_its_own_configuration(self, tmp_path: Path) -> None:
        (tmp_path / "config").write_text(
            "Host meet\n  ProxyJump b,ada@c:2222\n"
            "Host b\n  HostName b.example.org\n  ProxyJump a\n"
            "Host c\n  ProxyJump never\n"
        )
        found = resolve("meet", ssh_config=tmp_path / "config")
        assert [hop.host for hop in found.jumps] == ["a", "b.example.org", "c"]
        assert (found.jumps[2].user, found.jumps[2].port) == ("ada", 2222)
        assert all(hop.jumps == () for hop in found.jumps)

    def test_jumps_in_a_circle_are_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "config").write_text("Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n")
        with pytest.raises(DestinationError, match="circle"):
            resolve("a", ssh_config=tmp_path / "config")

    def test_a_proxy_command_gets_its_tokens(self, tmp_path: Path) -> None:
        (tmp_path / "config").write_text(
            "Host meet\n  HostName real\n  ProxyCommand nc %h %p # %n %% %r\n"
        )
        found = resolve("ada@meet:77", ssh_config=tmp_path / "config")
        assert found.proxy_command == "nc real 77 # meet % ada"

    def test_none_turns_proxies_off(self, tmp_path: Path) -> None:
        (tmp_path / "config").write_text("Host meet\n  ProxyJump none\n  ProxyCommand none\n")
        found = resolve("meet", ssh_config=tmp_path / "config")
        assert found.jumps == ()
        assert found.proxy_command is None

    def test_several_known_hosts_files_with_spaces(self, tmp_path: Path) -> None:
        (tmp_path / "config").write_text(f'UserKnownHostsFile "{tmp_path}/a b" {tmp_path}/c\n')
        found = resolve("meet", ssh_config=tmp_path / "config")
        assert found.known_hosts[-1] == tmp_path / "c"

    def test_a_broken_configuration_is_told_in_ssh_s_words(self, tmp_path: Path) -> None:
        (tmp_path / "config").write_text("Host meet\n  NoSuchOption 1\n")
        with pytest.raises(DestinationError, match=r"(?i)nosuchoption") as caught:
            resolve("meet", ssh_config=tmp_path / "config")
        assert "\n" not in caught.value.message

    def test_a_match_exec_that_hangs_is_given_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(destination, "_TIMEOUT", 0.3)
        (tmp_path / "config").write_text('Match exec "sleep 5"\n  User x\n')
        with pytest.raises(DestinationError, match=r"nothing within 0\.3 s"):
            resolve("meet", ssh_config=tmp_path / "config")

    @pytest.mark.parametrize("line", ["HostName -oProxyCommand=x", "User $(id)"])
    def test_a_configured_name_that_a_shell_would_run_is_refused(
        self, tmp_path: Path, line: str
    ) -> None:
        (tmp_path / "config").write_text(f"Host meet\n  {line}\n")
        with pytest.raises(DestinationError):
            resolve("meet", ssh_config=tmp_path / "config")


class TestOwnReading:
    """Without an ssh program."""

    def read(self, folder: Path, text: str, host: str = "meet") -> dict[str, list[str]]:
        (folder / "config").write_text(text)
        return sshconfig.read(host, config=folder / "config")

    def test_the_first_value_wins_and_keys_add_up(self, tmp_path: Path) -> None:
        found = self.read(
            tmp_path,
            "Host m*t !meat\n  User ada\n  IdentityFile a\n"
            "Host *\n  User grace\n  IdentityFile b\n  Port = 2200\n",
        )
        assert found["user"] == ["ada"]
        assert found["identityfile"] == ["a", "b"]
        assert found["port"] == ["2200"]
        assert "user" not in self.read(tmp_path, "Host m* !meet\n  User ada\n")

    def test_an_include_applies_where_it_stands(self, tmp_path: Path) -> None:
        (tmp_path / "in").write_text("User ada\nHost other\n  Port 1\n")
        found = self.read(tmp_path, f"Host meet\n  Include {tmp_path}/i*\n  Port 2\n")
        assert (found["user"], found["port"]) == (["ada"], ["2"])
        found = self.read(tmp_path, f"Host not\n  Include {tmp_path}/i*\n")
        assert "user" not in found

    def test_match_is_refused_by_its_line(self, tmp_path: Path) -> None:
        with pytest.raises(SshConfigError, match="config line 3"):
            self.read(tmp_path, "Host x\n  User y\nMatch host meet\n  User ada\n")
        assert self.read(tmp_path, "Match all\n  User ada\n")["user"] == ["ada"]

    def test_includes_without_end_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SshConfigError, match="without end"):
            self.read(tmp_path, f"Include {tmp_path}/config\n")

    def test_quotes_comments_and_the_host_token(self, tmp_path: Path) -> None:
        found = self.read(
            tmp_path,
            '# a comment\n\nHostName "%h.example.org"\nIdentityFile "~/a b" # mine\n'
            "ProxyCommand sh -c 'nc \"$0\" %p' %h\n",
        )
        assert found["hostname"] == ["meet.example.org"]
        assert found["identityfile"] == ['"~/a b"']
        assert found["proxycommand"] == ["sh -c 'nc \"$0\" %p' %h"]
        with pytest.raises(SshConfigError, match="line 1"):
            self.read(tmp_path, 'User "ada\n')

    def test_a_named_file_must_be_there(self, tmp_path: Path) -> None:
        with pytest.raises(SshConfigError):
            sshconfig.read("meet", config=tmp_path / "absent")

    def test_it_serves_where_no_ssh_program_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shutil, "which", lambda _name: None)
        (tmp_path / "config").write_text(
            f'Host meet\n  HostName 192.0.2.1\n  IdentityFile "{tmp_path}/a key"\n  ProxyJump hop\n'
        )
        found = resolve("ada@meet:23", ssh_config=tmp_path / "config")
        assert (found.host, found.user, found.port) == ("192.0.2.1", "ada", 23)
        assert found.identity_files == (tmp_path / "a key",)
        assert [hop.alias for hop in found.jumps] == ["hop"]
        assert found.known_hosts[0] == Path("~/.ssh/known_hosts").expanduser()

    @pytest.mark.parametrize(
        "port", ["abc", "0", "70000", "²", pytest.param("9" * 5000, id="long")]
    )
    def test_a_port_that_is_none_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: str
    ) -> None:
        monkeypatch.setattr(shutil, "which", lambda _name: None)
        (tmp_path / "config").write_text(f"Host meet\n  Port {port}\n")
        for typed in ("meet", f"ada@host:{port}"):
            with pytest.raises(DestinationError, match="is no"):
                resolve(typed, ssh_config=tmp_path / "config")

    @needs_ssh
    @pytest.mark.parametrize(
        "text",
        [
            "Host meet\n User a\n Port 3\nHost *\n User b\n HostKeyAlias c\n",
            "User a\nHost meet\nUser b\n",
            "Host !meet *\n User a\nHost meet\n User b\n",
            'Host "meet"\n IdentityFile ~/.ssh/x\n IdentityFile ~/y\nHost *\n IdentitiesOnly yes\n',
            "Host m??t\n ProxyCommand nc -X 5 -x 127.0.0.1:1080 %h %p\n User=b\n",
            "Host meet\n HostName %h.example.org\n UserKnownHostsFile ~/a ~/b\n",
        ],
    )
    def test_it_agrees_with_ssh(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
    ) -> None:
        (tmp_path / "config").write_text(text)
        by_ssh = resolve("meet", ssh_config=tmp_path / "config")
        monkeypatch.setattr(shutil, "which", lambda _name: None)
        ours = resolve("meet", ssh_config=tmp_path / "config")
        for name in ("host", "user", "port", "proxy_command", "known_hosts", "host_key_alias"):
            assert getattr(ours, name) == getattr(by_ssh, name), name
        if "IdentityFile" in text:
            assert ours.identity_files == by_ssh.identity_files
        assert ours.agent == by_ssh.agent
