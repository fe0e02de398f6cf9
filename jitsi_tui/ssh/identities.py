"""Which keys to offer and in what order: agent, files, certificates, as ssh(1) does."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .agent import AgentClient, AgentError, AgentKey
from .command import Secret
from .destination import Destination
from .hostkeys import Key, fingerprint

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

_CERTIFICATE = "-cert-v01@openssh.com"
_MOST_BYTES = 1024 * 1024
_MAGIC = b"openssh-key-v1\0"
_TRIES = 3
_KINDS = ("ssh-ed25519", "ecdsa-sha2-", "ssh-rsa")

Passphrase = Callable[[str], Secret | None]
Signer = Callable[[bytes, str], bytes]


class KeyUnusableError(Exception):
    """A key can't sign: its file is broken, its passphrase was not given, the agent refuses."""


@dataclass(frozen=True)
class Identity:
    """A public key or certificate to offer, and who signs for it."""

    label: str
    """For people: the file, or the agent's comment."""

    public: Key
    sign: Signer
    """Data and signature algorithm to the signature; raises ``KeyUnusableError``."""

    ask_first: bool
    """Signing may need a person (passphrase, touch): only if the server wants this key."""


def find(destination: Destination, passphrase: Passphrase) -> list[Identity]:
    """In ssh's order: certificates, configured keys that the agent has, its others, then files."""
    held = _agent_keys(destination)
    files = [_KeyFile(path, passphrase) for path in destination.identity_files]
    identities = _certificates(destination, files, held)
    by_key = {entry.key: (client, entry) for client, entry in held}
    wanted = [file.public for file in files if file.public is not None]
    wanted += [key for path in destination.identity_files if (key := _read_public(path))]
    configured = [by_key[key] for key in dict.fromkeys(wanted) if key in by_key]
    identities += [_of_agent(*found) for found in configured]
    if not destination.agent.identities_only:
        identities += [_of_agent(*found) for found in held if found not in configured]
    in_agent = {entry.key for _, entry in configured}
    identities += [
        Identity(str(file.path), file.public, file.sign, file.locked)
        for file in files
        if file.public is not None and file.public not in in_agent and file.usable
    ]
    return identities


def _agent_keys(destination: Destination) -> list[tuple[AgentClient, AgentKey]]:
    if destination.agent.socket is None:
        return []
    client = AgentClient(destination.agent.socket)
    try:
        return [(client, key) for key in client.held()]
    except AgentError:
        return []  # a stale SSH_AUTH_SOCK is no reason not to try the files


def _of_agent(client: AgentClient, entry: AgentKey) -> Identity:
    def sign(data: bytes, algorithm: str) -> bytes:
        try:
            return client.sign(entry.key, data, algorithm)
        except AgentError as error:
            raise KeyUnusableError(str(error)) from None

    return Identity(f"agent key {entry.comment}", entry.key, sign, ask_first=True)


def _certificates(
    destination: Destination,
    files: list[_KeyFile],
    held: list[tuple[AgentClient, AgentKey]],
) -> list[Identity]:
    beside = [file.path.with_name(file.path.name + "-cert.pub") for file in files]
    found = []
    for path in dict.fromkeys((*destination.certificate_files, *beside)):
        certificate = _read_public(path)
        if certificate is None or not certificate.type.endswith(_CERTIFICATE):
            continue
        signer = _signer_of(certificate, files, held)
        if signer is not None:
            found.append(Identity(str(path), certificate, signer, ask_first=True))
    return found


def _signer_of(
    certificate: Key,
    files: list[_KeyFile],
    held: list[tuple[AgentClient, AgentKey]],
) -> Signer | None:
    """Whoever has the private key that the certificate is about."""
    for client, entry in held:
        if entry.key == certificate or _is_about(certificate, entry.key):
            return _of_agent(client, entry).sign
    for file in files:
        if file.public is not None and _is_about(certificate, file.public):
            return file.sign
    return None


def _is_about(certificate: Key, key: Key) -> bool:
    """A certificate holds a nonce and then the key's own fields (PROTOCOL.certkeys)."""
    if certificate.type != key.type + _CERTIFICATE:
        return False
    nonce = _after_string(certificate.blob, 0)
    fields = key.blob[_after_string(key.blob, 0) :]
    start = _after_string(certificate.blob, nonce)
    return certificate.blob[start : start + len(fields)] == fields


def _after_string(blob: bytes, at: int) -> int:
    return at + 4 + int.from_bytes(blob[at : at + 4], "big")


def _read_public(path: Path) -> Key | None:
    """A key of one line as in ``id_ed25519.pub``; ``None`` where the file is none such."""
    try:
        words = path.read_bytes()[:_MOST_BYTES].split()
        key = Key(words[0].decode("ascii"), base64.b64decode(words[1], validate=True))
    except (OSError, IndexError, UnicodeDecodeError, binascii.Error):
        return None
    name = key.type.encode()
    return key if key.blob.startswith(len(name).to_bytes(4, "big") + name) else None


class _KeyFile:
    """A private key's file; the passphrase is asked for when the server wants this key."""

    def __init__(self, path: Path, passphrase: Passphrase) -> None:
        self.path = path
        self._passphrase = passphrase
        self._private: PrivateKeyTypes | None = None
        self._data = self._read()
        self.public = _read_public(path.with_name(path.name + ".pub")) or self._public_inside()

    @property
    def exists(self) -> bool:
        return bool(self._data) and b"PRIVATE KEY" in self._data

    @property
    def usable(self) -> bool:
        """Every key that is offered counts as a try: only those that can sign here."""
        return self.exists and self.public is not None and self.public.type.startswith(_KINDS)

    @property
    def locked(self) -> bool:
        """Whether a passphrase is needed to sign."""
        return self._private is None and _is_locked(self._data)

    def sign(self, data: bytes, algorithm: str) -> bytes:
        return _sign(self._load(), data, algorithm.removesuffix(_CERTIFICATE))

    def _read(self) -> bytes:
        try:
            with self.path.open("rb") as opened:
                return opened.read(_MOST_BYTES)
        except OSError:
            return b""

    def _public_inside(self) -> Key | None:
        if not self.exists:
            return None
        from_header = _public_in_openssh(self._data)
        if from_header is not None:
            return from_header
        try:
            # The old PEM format hides its public half too: ssh asks for the passphrase here.
            return _public_of(self._load())
        except KeyUnusableError:
            return None

    def _load(self) -> PrivateKeyTypes:
        if self._private is None:
            self._private = self._unlock()
        return self._private

    def _unlock(self) -> PrivateKeyTypes:
        try:
            return _load_private(self._data, None)
        except TypeError:
            pass  # it is encrypted
        except ValueError as error:
            raise KeyUnusableError(f"{self.path} is no key that can be used: {error}") from None
        for _ in range(_TRIES):
            given = self._passphrase(str(self.path))
            if given is None or not given.reveal():
                raise KeyUnusableError(f"{self.path} is locked, and no passphrase was given")
            try:
                return _load_private(self._data, given.reveal().encode())
            except ValueError:
                continue
        raise KeyUnusableError(f"{self.path} is locked, and the passphrase was wrong")


def _public_in_openssh(data: bytes) -> Key | None:
    """The public half in the header of the new key format (PROTOCOL.key), readable when locked."""
    blob = _openssh_blob(data)
    if blob is None:
        return None
    at = len(_MAGIC)
    for _ in range(3):  # cipher, key derivation, its options
        at = _after_string(blob, at)
    at += 4  # how many keys: one
    public = blob[at + 4 : _after_string(blob, at)]
    kind = public[4 : _after_string(public, 0)].decode("ascii", "replace")
    return Key(kind, public) if kind else None


def _openssh_blob(data: bytes) -> bytes | None:
    begin, end = b"-----BEGIN OPENSSH PRIVATE KEY-----", b"-----END OPENSSH PRIVATE KEY-----"
    body = data.partition(begin)[2].partition(end)[0]
    try:
        blob = base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        return None
    return blob if blob.startswith(_MAGIC) else None


def _is_locked(data: bytes) -> bool:
    blob = _openssh_blob(data)
    if blob is None:
        return b"ENCRYPTED" in data
    cipher = blob[len(_MAGIC) + 4 : _after_string(blob, len(_MAGIC))]
    return cipher != b"none"


def _load_private(data: bytes, password: bytes | None) -> PrivateKeyTypes:
    """Raises ``TypeError`` where a passphrase is missing, ``ValueError`` for all else."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - slow to load
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    try:
        if b"OPENSSH PRIVATE KEY" in data:
            return serialization.load_ssh_private_key(data, password)
        return serialization.load_pem_private_key(data, password)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from None


def _public_of(private: PrivateKeyTypes) -> Key | None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    line = private.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    kind, encoded = line.split()[:2]
    return Key(kind.decode(), base64.b64decode(encoded))


def _sign(private: PrivateKeyTypes, data: bytes, algorithm: str) -> bytes:
    """In SSH's format: RFC 4253 6.6, RFC 8332, RFC 5656, RFC 8709."""
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import (  # noqa: PLC0415
        ec,
        ed25519,
        padding,
        rsa,
        utils,
    )

    if isinstance(private, ed25519.Ed25519PrivateKey):
        raw = private.sign(data)
    elif isinstance(private, rsa.RSAPrivateKey):
        digest = hashes.SHA256() if algorithm == "rsa-sha2-256" else hashes.SHA512()
        raw = private.sign(data, padding.PKCS1v15(), digest)
    elif isinstance(private, ec.EllipticCurvePrivateKey):
        curve = {256: hashes.SHA256(), 384: hashes.SHA384()}.get(private.key_size, hashes.SHA512())
        r, s = utils.decode_dss_signature(private.sign(data, ec.ECDSA(curve)))
        raw = _string(_mpint(r)) + _string(_mpint(s))
    else:
        raise KeyUnusableError("a key of this kind can't be used")
    return _string(algorithm.encode()) + _string(raw)


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def _mpint(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def describe(identity: Identity) -> str:
    """For people: which key, and its fingerprint."""
    return f"{identity.label} {fingerprint(identity.public.blob)}"
