"""The ssh-agent protocol, as far as logging in needs it (draft-ietf-sshm-ssh-agent)."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from .hostkeys import Key

_REQUEST_IDENTITIES = 11
_IDENTITIES_ANSWER = 12
_SIGN_REQUEST = 13
_SIGN_RESPONSE = 14
_FLAGS = {"rsa-sha2-256": 2, "rsa-sha2-512": 4}
_ANSWER_TIME = 5.0
_SIGN_TIME = 60.0
"""Seconds: a person may have to confirm, or to touch a security key."""

_MOST_BYTES = 256 * 1024


class AgentError(Exception):
    """The agent did not answer, or would not sign."""


@dataclass(frozen=True)
class AgentKey:
    """One key (or certificate) that an agent holds."""

    key: Key
    comment: str


class AgentClient:
    """Asks one agent; every question is a connection of its own, so nothing stays open."""

    def __init__(self, path: str) -> None:
        self._path = path

    def held(self) -> list[AgentKey]:
        """What it holds. Raises ``AgentError``."""
        answer = _Reader(self._ask(bytes([_REQUEST_IDENTITIES]), _ANSWER_TIME))
        if answer.byte() != _IDENTITIES_ANSWER:
            raise AgentError("the ssh-agent lists no keys")
        found = []
        for _ in range(answer.number()):
            blob, comment = answer.string(), answer.string()
            kind = _Reader(blob).string().decode("ascii", "replace")
            found.append(AgentKey(Key(kind, blob), comment.decode("utf-8", "replace")))
        return found

    def sign(self, key: Key, data: bytes, algorithm: str) -> bytes:
        """The signature in SSH's format. Raises ``AgentError`` where it refuses."""
        flags = _FLAGS.get(algorithm.removesuffix("-cert-v01@openssh.com"), 0)
        request = bytes([_SIGN_REQUEST]) + _string(key.blob) + _string(data)
        answer = _Reader(self._ask(request + flags.to_bytes(4, "big"), _SIGN_TIME))
        if answer.byte() != _SIGN_RESPONSE:
            raise AgentError("the ssh-agent does not sign with this key")
        return answer.string()

    def _ask(self, request: bytes, seconds: float) -> bytes:
        try:
            with socket.socket(socket.AF_UNIX) as agent:
                agent.settimeout(seconds)
                agent.connect(self._path)
                agent.sendall(_string(request))
                size = int.from_bytes(_receive(agent, 4), "big")
                if size > _MOST_BYTES:
                    raise AgentError("the ssh-agent talks nonsense")
                return _receive(agent, size)
        except OSError as error:
            raise AgentError(f"the ssh-agent does not answer: {error}") from None


def _receive(agent: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = agent.recv(size - len(data))
        if not more:
            raise AgentError("the ssh-agent hung up")
        data += more
    return data


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def _take(self, size: int) -> bytes:
        if self._at + size > len(self._data):
            raise AgentError("the ssh-agent talks nonsense")
        self._at += size
        return self._data[self._at - size : self._at]

    def byte(self) -> int:
        return self._take(1)[0]

    def number(self) -> int:
        return int.from_bytes(self._take(4), "big")

    def string(self) -> bytes:
        return self._take(self.number())
