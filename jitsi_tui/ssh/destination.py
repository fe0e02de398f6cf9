"""What the user typed -> address, user, keys, jumps: by ``ssh -G``, else by our own reading."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from jitsi_tui.digits import whole
from jitsi_tui.visible import visible

from . import sshconfig
from .host import HostError

_TIMEOUT = 10.0
"""Seconds for ``ssh -G``: a ``Match exec`` in the configuration may take its time."""

_MOST_JUMPS = 8
_FORBIDDEN = re.compile(r"[\s'\"`$\\;&<>|(){}\[\]\x00-\x1f\x7f]")
"""Never in a name: ``ProxyCommand`` hands names to a shell (OpenSSH refuses them too)."""

_MOST_OF_A_KEY = 64 * 1024
_PUBLIC = (b"ssh-", b"ecdsa-", b"sk-")
_LONGEST_NAME = 253
"""Characters of a host's name (RFC 1035, 2.3.4)."""


class DestinationError(HostError):
    """The destination can't be understood, or the ssh configuration has no answer for it."""

    kind = "destination"


class Kind(Enum):
    """Which of the three ways leads there."""

    SSH = "ssh"
    LOCAL = "local"
    DEMO = "demo"


class Typed(NamedTuple):
    """The parts of what was typed; what it leaves out is for the ssh configuration."""

    kind: Kind
    text: str
    host: str = ""
    user: str | None = None
    port: int | None = None


class Agent(NamedTuple):
    """Which ssh-agent to ask (``ssh_config(5)``: IdentityAgent, IdentitiesOnly)."""

    socket: str | None
    """Its socket's path; ``None`` for no agent."""

    identities_only: bool = False
    """Offer only those of its keys that the configuration names."""


@dataclass(frozen=True)
class Destination:
    """A server and the way to it, as OpenSSH would go."""

    typed: str
    alias: str
    """The host as typed, before the configuration."""

    host: str
    port: int
    user: str
    identity_files: tuple[Path, ...] = ()
    certificate_files: tuple[Path, ...] = ()
    agent: Agent = field(default_factory=lambda: Agent(os.environ.get("SSH_AUTH_SOCK")))
    jumps: tuple[Destination, ...] = ()
    """The hosts on the way, nearest first; theirs are part of it already."""

    proxy_command: str | None = None
    """A shell line that leads to the first hop, its tokens already replaced."""

    known_hosts: tuple[Path, ...] = ()
    """The user's files: read, and an accepted key is added to the first one."""

    global_known_hosts: tuple[Path, ...] = ()
    host_key_alias: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    """Every other setting, by its name in lower case, as ``ssh -G`` prints it."""

    def enabled(self, option: str, *, default: bool = True) -> bool:
        """Whether a setting is not off; some have more values than yes (PubkeyAuthentication)."""
        value = self.options.get(option)
        return default if value is None else value.lower() not in ("no", "false", "off")

    @property
    def hops(self) -> tuple[Destination, ...]:
        """All hosts to connect to, nearest first, this one last."""
        return (*self.jumps, self)

    @contextmanager
    def blaming(self, hop: Destination) -> Iterator[None]:
        """What goes wrong at a jump host says so."""
        try:
            yield
        except HostError as error:
            if hop is self:
                raise
            raise type(error)(
                f"jump host {visible(hop.alias)}: {error.message}", error.hint
            ) from None

    @property
    def address(self) -> str:
        """``host:port``, the port only where it is not 22."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 22 else f"{host}:{self.port}"


def parse(text: str) -> Typed:
    """Split what was typed; raises ``DestinationError`` where it can't be a destination."""
    if text in (Kind.LOCAL.value, Kind.DEMO.value):
        return Typed(Kind(text), text)
    rest = text.removeprefix("ssh://")
    if rest != text:
        rest = rest.removesuffix("/")
    user, at, place = rest.rpartition("@")
    host, port = _split_port(place, text)
    for name, what in ((host, "host"), (user, "user")):
        if name.startswith("-") or len(name) > _LONGEST_NAME or _FORBIDDEN.search(name):
            raise _not_a_destination(text, f"its {what} can't be a name")
    if not host or (at and not user):
        raise _not_a_destination(text, "a name is missing")
    return Typed(Kind.SSH, text, host, user or None, port)


def _split_port(place: str, text: str) -> tuple[str, int | None]:
    bracketed = re.fullmatch(r"\[([^\[\]]+)\](?::(\d*))?", place)
    if bracketed:
        host, port = bracketed.groups()
    elif place.count(":") == 1:
        host, _, port = place.partition(":")
    else:
        host, port = place, None  # an IPv6 address without brackets has no port
    if port is None:
        return host, None
    number = _port(port)
    if number is None:
        raise _not_a_destination(text, f"{visible(port)[:20]!r} is no port")
    return host, number


def _port(text: str) -> int | None:
    number = whole(text, 5)
    return number if number is not None and 0 < number < 65536 else None


def _not_a_destination(text: str, why: str) -> DestinationError:
    shown = visible(text)
    if len(shown) > 80:
        shown = shown[:79] + "…"
    return DestinationError(
        f"{shown!r} is no destination: {why}",
        "give an ssh alias, [user@]host[:port], local or demo",
    )


class Wishes(NamedTuple):
    """What the command line sets beside the destination."""

    identity: Path | None = None
    port: int | None = None
    ssh_config: Path | None = None
    known_hosts: Path | None = None


def resolve(
    typed: str,
    *,
    identity: Path | None = None,
    port: int | None = None,
    known_hosts: Path | None = None,
    ssh_config: Path | None = None,
) -> Destination:
    """Ask the ssh configuration. Raises ``DestinationError``.

    ``known_hosts`` replaces all configured files; ``identity`` comes before the configured ones.
    """
    parts = parse(typed)
    if parts.kind is not Kind.SSH:
        raise DestinationError(f"{typed} is not reached over SSH")
    if identity is not None:
        _refuse_unless_a_key(identity.expanduser())
    wishes = Wishes(identity and identity.expanduser(), port, ssh_config, known_hosts)
    return _resolve(parts, wishes, ())


def _refuse_unless_a_key(file: Path) -> None:
    """ssh goes on without it; whoever names a key wants that key."""
    if not file.is_file():
        raise DestinationError(f"there is no key file {file}", "look at --identity")
    try:
        start = file.read_bytes()[:_MOST_OF_A_KEY]
    except OSError as error:
        raise DestinationError(f"{file} can't be read: {error.strerror}", "look at it") from None
    # A public key stands for the private one that an agent holds.
    if b"PRIVATE KEY" not in start and not start.startswith(_PUBLIC):
        raise DestinationError(f"{file} holds no private key", "look at --identity")


def _resolve(parts: Typed, wishes: Wishes, seen: tuple[str, ...]) -> Destination:
    settings = _settings(parts, wishes)
    tokens = _Tokens.of(parts, settings)
    jump = _one(settings, "proxyjump")
    proxy = _one(settings, "proxycommand")
    user_files = _paths(settings.get("userknownhostsfile", ()), tokens)
    global_files = _paths(settings.get("globalknownhostsfile", ()), tokens)
    if wishes.known_hosts is not None:
        user_files, global_files = (wishes.known_hosts,), ()
    has_jump = jump is not None and jump.lower() != "none"
    destination = Destination(
        typed=parts.text,
        alias=parts.host,
        host=tokens.host,
        port=tokens.port,
        user=tokens.user,
        identity_files=_unique(_paths(settings.get("identityfile", ()), tokens, split=False)),
        certificate_files=_unique(_paths(settings.get("certificatefile", ()), tokens, split=False)),
        agent=_agent(settings, tokens),
        proxy_command=None
        if has_jump or not proxy or proxy.lower() == "none"
        else tokens.fill(proxy),
        known_hosts=user_files,
        global_known_hosts=global_files,
        host_key_alias=_one(settings, "hostkeyalias"),
        options={name: " ".join(values) for name, values in settings.items()},
    )
    if not has_jump:
        return destination
    assert jump is not None
    return replace(destination, jumps=_jumps(jump, wishes, (*seen, parts.host)))


def _jumps(line: str, wishes: Wishes, seen: tuple[str, ...]) -> tuple[Destination, ...]:
    """``a,b``: a is reached as its own configuration says, b through a."""
    if len(seen) > _MOST_JUMPS:
        raise DestinationError(
            f"the jump hosts lead in a circle: {' -> '.join(map(visible, seen))}",
            "look at ProxyJump in ~/.ssh/config",
        )
    # Identity and port of the command line belong to the destination; the files are for all.
    for_hops = Wishes(None, None, wishes.ssh_config, wishes.known_hosts)
    hops: tuple[Destination, ...] = ()
    for name in line.split(","):
        hop = _resolve(parse(name.strip()), for_hops, seen if not hops else ())
        if not hops:
            hops = (*hop.jumps, replace(hop, jumps=()))
        else:
            hops = (*hops, replace(hop, jumps=(), proxy_command=None))
    return hops


Settings = Mapping[str, Sequence[str]]


def _settings(parts: Typed, wishes: Wishes) -> Settings:
    port = wishes.port or parts.port
    program = shutil.which("ssh")
    if program is None:
        return sshconfig.read(
            parts.host,
            user=parts.user,
            port=port,
            identity=wishes.identity,
            config=wishes.ssh_config,
        )
    argv = [program, "-G"]
    if wishes.ssh_config is not None:
        argv += ["-F", str(wishes.ssh_config)]
    if port is not None:
        argv += ["-p", str(port)]
    if parts.user is not None:
        argv += ["-l", parts.user]
    if wishes.identity is not None:
        argv += ["-i", str(wishes.identity)]
    return _ask_ssh([*argv, "--", parts.host], parts)


def _ask_ssh(argv: list[str], parts: Typed) -> Settings:
    try:
        done = subprocess.run(  # noqa: S603 - an argument list, and names that were looked at
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        late = isinstance(error, subprocess.TimeoutExpired)
        why = f"nothing within {_TIMEOUT:g} s" if late else visible(str(error))
        raise DestinationError(
            f"ssh -G {visible(parts.host)} gave no answer: {why}",
            "look at Match exec in ~/.ssh/config",
        ) from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason given"]
        raise DestinationError(
            f"ssh can't resolve {visible(parts.text)}: {visible(said[0])}", "look at ~/.ssh/config"
        )
    settings: dict[str, list[str]] = {}
    for line in done.stdout.decode("utf-8", "surrogateescape").splitlines():
        name, _, value = line.partition(" ")
        settings.setdefault(name.lower(), []).append(value.strip())
    return settings


class _Tokens(NamedTuple):
    """The ``%`` tokens of ``ssh_config(5)``."""

    host: str
    port: int
    user: str
    original: str
    key_alias: str
    jump: str

    @classmethod
    def of(cls, parts: Typed, settings: Settings) -> _Tokens:
        host = _one(settings, "hostname") or parts.host
        # A bad one is ssh's to refuse, and ours where there is no ssh.
        said = _one(settings, "port") or "22"
        port = _port(said)
        if port is None:
            raise DestinationError(
                f"the port of {visible(parts.host)} is none: {visible(said)[:20]!r} is no number"
                " from 1 to 65535",
                "look at Port in ~/.ssh/config",
            )
        user = _one(settings, "user") or getpass.getuser()
        for name in (host, user):
            if name.startswith("-") or _FORBIDDEN.search(name):
                raise _not_a_destination(parts.text, f"{visible(name)!r} can't be a name")
        alias = _one(settings, "hostkeyalias") or host
        return cls(host, port, user, parts.host, alias, _one(settings, "proxyjump") or "")

    def fill(self, text: str) -> str:
        """Replace the tokens; one that is unknown is left as it stands."""
        local = socket.gethostname()
        whole = f"{local}{self.host}{self.port}{self.user}{self.jump}"
        values = {
            "%": "%",
            "C": hashlib.sha1(whole.encode("utf-8", "surrogateescape")).hexdigest(),  # noqa: S324
            "d": str(Path.home()),
            "h": self.host,
            "i": str(os.getuid()),
            "j": self.jump,
            "k": self.key_alias,
            "L": local.partition(".")[0],
            "l": local,
            "n": self.original,
            "p": str(self.port),
            "r": self.user,
            "u": getpass.getuser(),
        }
        return re.sub(r"%(.)", lambda found: values.get(found[1], found[0]), text)


def _agent(settings: Settings, tokens: _Tokens) -> Agent:
    only = (_one(settings, "identitiesonly") or "no").lower() in ("yes", "true")
    value = _one(settings, "identityagent")
    if value is None or value == "SSH_AUTH_SOCK":
        return Agent(os.environ.get("SSH_AUTH_SOCK") or None, only)
    if value.lower() == "none":
        return Agent(None, only)
    if value.startswith("$") and not value.startswith("${"):
        return Agent(os.environ.get(value[1:]) or None, only)
    return Agent(str(_path(_unquote(value), tokens)), only)


def _paths(values: Sequence[str], tokens: _Tokens, *, split: bool = True) -> tuple[Path, ...]:
    words = [word for value in values for word in (_words(value) if split else [_unquote(value)])]
    return tuple(_path(word, tokens) for word in words if word.lower() != "none")


def _words(value: str) -> list[str]:
    return [quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|(\S+)', value)]


def _unquote(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _path(word: str, tokens: _Tokens) -> Path:
    named = re.sub(r"\$\{(\w+)\}", lambda found: os.environ.get(found[1], ""), word)
    return Path(tokens.fill(named)).expanduser()


def _unique(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(paths))


def _one(settings: Settings, name: str) -> str | None:
    values = settings.get(name)
    return values[0] if values else None
