"""What a certificate file holds (PEM, RFC 7468; X.509, RFC 5280)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509

_MOST = 12
"""Certificates in one file that are looked at."""


@dataclass(frozen=True)
class Certificate:
    """One certificate: whom it is for, who issued it, until when (UTC)."""

    names: tuple[str, ...]
    """Its DNS names, else its common name."""

    subject: str
    issuer: str
    start: datetime
    until: datetime

    def covers(self, domain: str) -> bool:
        """Whether it is good for ``domain`` (RFC 6125: a star stands for one label)."""
        above = "*." + domain.partition(".")[2]
        return any(name.lower() in (domain, above) for name in self.names)


def read_chain(pem: bytes) -> tuple[Certificate, ...]:
    """The certificates of a PEM file in their order; empty where it holds none."""
    # What shows certificates needs no reader of them: the app starts without.
    from cryptography import x509  # noqa: PLC0415

    try:
        found = x509.load_pem_x509_certificates(pem)
        return tuple(_read(one) for one in found[:_MOST])
    except ValueError:
        return ()


def _read(one: x509.Certificate) -> Certificate:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    try:
        alternative = one.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = tuple(alternative.value.get_values_for_type(x509.DNSName))
    except (x509.ExtensionNotFound, ValueError):
        common = one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        names = tuple(str(attribute.value) for attribute in common)
    return Certificate(
        names=names,
        subject=one.subject.rfc4514_string(),
        issuer=one.issuer.rfc4514_string(),
        start=_utc(one, "not_valid_before"),
        until=_utc(one, "not_valid_after"),
    )


def _utc(one: object, name: str) -> datetime:
    """cryptography 42 has ``…_utc``; before, the same without a time zone."""
    aware: datetime | None = getattr(one, f"{name}_utc", None)
    naive: datetime = aware or getattr(one, name)
    return aware or naive.replace(tzinfo=UTC)
