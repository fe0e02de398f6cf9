"""The secure domain as the guides have it, edited by hand: the change that the faults strike."""

from __future__ import annotations

from jitsi_tui.instance.model import Expectation, FileChange, Instance, Plan, SourceFile, known


def plan_by_hand(instance: Instance) -> Plan:
    """Three files, two restarts, guests allowed."""
    domain = instance.domain
    guest = f"guest.{domain}"
    files = instance.prosody.files.values()
    prosody = next(f for f in files if f'VirtualHost "{domain}"'.encode() in f.data)
    meet, jicofo = known(instance.meet), known(instance.jicofo.hocon)
    assert meet and jicofo
    return Plan(
        domain=domain,
        summary=f"close {domain} to strangers, guests may join",
        changes=(
            _change(prosody, _prosody(prosody.data, domain, guest)),
            _change(meet, _meet(meet.data, guest)),
            _change(jicofo, _jicofo(jicofo.data, domain)),
        ),
        restarts=("prosody", "jicofo"),
        expectation=Expectation(False, True, "xmpp", guest),
    )


def _change(file: SourceFile, after: bytes) -> FileChange:
    assert after != file.data
    return FileChange(file.real, file.data, after)


def _prosody(data: bytes, domain: str, guest: str) -> bytes:
    head, host, rest = data.partition(f'VirtualHost "{domain}"'.encode())
    for method in (b'"jitsi-anonymous"', b'"anonymous"'):
        if method in rest:
            asked = (
                b'"internal_hashed"\n    disable_sasl_mechanisms = { "DIGEST-MD5", "OAUTHBEARER" }'
            )
            rest = rest.replace(method, asked, 1)
            break
    new = f'\nVirtualHost "{guest}"\n    authentication = {method.decode()}\n'
    return head + host + rest + new.encode() + b"    c2s_require_encryption = false\n"


def _meet(data: bytes, guest: str) -> bytes:
    at = data.index(b"domain:")
    return data[:at] + f"anonymousdomain: '{guest}',\n        ".encode() + data[at:]


def _jicofo(data: bytes, domain: str) -> bytes:
    block = f"jicofo {{\n  authentication {{ enabled: true, type: XMPP, login-url: {domain} }}\n"
    return data.replace(b"jicofo {\n", block.encode(), 1)
