"""Certificates as an authority issues them: a leaf, signed by an intermediate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Issued:
    """What certbot gets, as PEM."""

    key: bytes
    leaf: bytes
    chain: bytes


class Authority:
    """An intermediate authority below a root that browsers know."""

    def __init__(self, name: str) -> None:
        self._root, self._key = _key(), _key()
        self._name = _name(name)
        self._own = _certificate(self._name, _name("ISRG Root X1"), self._key, self._root, [])

    def issue(self, domain: str, days: int = 80) -> Issued:
        """A certificate for one name."""
        key = _key()
        leaf = _certificate(_name(domain), self._name, key, self._key, [domain], days)
        plain = serialization.NoEncryption()
        pem = serialization.Encoding.PEM
        return Issued(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain),
            leaf.public_bytes(pem),
            self._own.public_bytes(pem),
        )


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    names: list[str],
    days: int = 900,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=False)
    return builder.sign(by, hashes.SHA256())
