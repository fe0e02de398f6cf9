"""What is wrong with a server, or worth knowing: each finding with its evidence and its fix."""

from __future__ import annotations

from ..model import Finding, Instance, Severity, Verdict
from .auth import RULES as AUTH
from .guests import RULES as GUESTS
from .jicofo import RULES as JICOFO
from .logs import RULES as LOGS
from .prosody import RULES as PROSODY
from .server import RULES as SERVER
from .subject import Rule, Subject
from .web import RULES as WEB

RULES: tuple[Rule, ...] = (*AUTH, *GUESTS, *JICOFO, *PROSODY, *WEB, *SERVER, *LOGS)
"""All that is looked for, in the order in which it is told."""

_ORDER: dict[Severity, int] = {"error": 0, "warning": 1, "info": 2}


def findings(instance: Instance, verdict: Verdict | None) -> tuple[Finding, ...]:
    """Everything found, errors first. What could not be looked at is a finding of its own."""
    subject = Subject(instance, verdict)
    found = [
        Finding(
            id=rule.id,
            severity=one.severity or rule.severity,
            message=one.message,
            evidence=one.evidence,
            fix=one.fix,
            why=rule.why,
        )
        for rule in RULES
        if instance.docker is None or rule.in_docker
        for one in rule.find(subject)
    ]
    return tuple(sorted(found, key=lambda one: _ORDER[one.severity]))
