"""What a checked restart makes of a server's answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jitsi_tui.instance import services, wire
from jitsi_tui.instance.model import Instance, RefusedError
from jitsi_tui.ssh.command import Command
from jitsi_tui.ssh.host import MAX_OUTPUT, Result

from .tree import ProcessHost, Tree


@dataclass
class Answering(ProcessHost):
    """A server that answers a command with these records, whatever it is asked."""

    records: tuple[tuple[str, ...], ...]
    noise: bytes = b"Last login: today\r\n"

    def __post_init__(self) -> None:
        super().__init__()

    def run(
        self, command: Command, *, timeout: float | None = None, limit: int = MAX_OUTPUT
    ) -> Result:
        nonce = next(word[8:] for word in command.argv if word.startswith("--nonce="))
        said = b"".join(nonce.encode() + b" " + wire.record(*fields) for fields in self.records)
        return Result(0, self.noise + said, b"", True)


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Tree(tmp_path).instance()


def test_the_new_process_and_its_start_are_told(instance: Instance) -> None:
    host = Answering((("service", "unit", "running", "4711", "1800000000", "0"),))

    service = services.restart(host, instance, "prosody")

    assert (service.state, service.pid, service.manager) == ("running", 4711, "unit")
    assert service.since == datetime.fromtimestamp(1800000000, UTC)


def test_the_servers_own_reason_is_the_message(instance: Instance) -> None:
    host = Answering((("error", "jicofo is down after its restart: no route"),))

    with pytest.raises(services.RestartError) as caught:
        services.restart(host, instance, "jicofo")

    assert caught.value.message == "jicofo is down after its restart: no route"
    assert "jicofo" in caught.value.hint


@pytest.mark.parametrize("name", ["sshd", "prosody; reboot", "", "--mode=boot"])
def test_a_name_that_is_none_of_ours_never_reaches_the_server(
    instance: Instance, name: str
) -> None:
    with pytest.raises(RefusedError):
        services.restart(Answering(()), instance, name)


@pytest.mark.parametrize(
    "fields",
    [
        ("service", "unit", "running", "-1", "soon", "0"),
        ("service", "a spaceship", "running", "9" * 30, "9" * 30, "yes"),
        ("service", "unit", "burning", "1", "1", "0"),
    ],
)
def test_nonsense_from_a_server_does_no_harm(instance: Instance, fields: tuple[str, ...]) -> None:
    service = services.restart(Answering((fields,)), instance, "nginx")

    assert service.manager in ("unit", "none")
    assert service.state in ("running", "failed")


def test_silence_is_an_error(instance: Instance) -> None:
    with pytest.raises(wire.WireError):
        services.restart(Answering(()), instance, "nginx")


PERL_BASE = frozenset(
    [
        "Config",
        "Cwd",
        "Errno",
        "Fcntl",
        "IO::Handle",
        "IO::Socket",
        "POSIX",
        "Socket",
        "constant",
        "parent",
        "strict",
        "warnings",
    ]
)


def test_the_programs_need_perl_base_alone() -> None:
    remote = Path(services.__file__).parents[1] / "remote"
    for path in (remote / "apply.pl", *(remote / "Apply").glob("*.pm")):
        used = set(re.findall(r"^use ([A-Za-z:]+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        others = {name for name in used if not name.startswith("Apply::")}
        assert others <= PERL_BASE, path.name
