"""The values that flow, Instance → Plan → Verdict: frozen, no behaviour but to be read."""

from ..errors import InstanceError, RefusedError
from .backup import Backup, BackupFile
from .change import Access, Applied, Ending, Expectation, FileChange, Plan, Policy, Step
from .fact import Absent, Fact, Failed, Known, LoggedLine, Missing, SourceFile, known
from .people import KeptRemoval, Moderator, ModeratorList
from .server import (
    SERVICES,
    Docker,
    Instance,
    Jicofo,
    JicofoAuthority,
    Prosody,
    Service,
    ServiceName,
    ServiceState,
)
from .verdict import Finding, Outcome, Posture, Severity, Verdict

__all__ = [
    "SERVICES",
    "Absent",
    "Access",
    "Applied",
    "Backup",
    "BackupFile",
    "Docker",
    "Ending",
    "Expectation",
    "Fact",
    "Failed",
    "FileChange",
    "Finding",
    "Instance",
    "InstanceError",
    "Jicofo",
    "JicofoAuthority",
    "KeptRemoval",
    "Known",
    "LoggedLine",
    "Missing",
    "Moderator",
    "ModeratorList",
    "Outcome",
    "Plan",
    "Policy",
    "Posture",
    "Prosody",
    "RefusedError",
    "Service",
    "ServiceName",
    "ServiceState",
    "Severity",
    "SourceFile",
    "Step",
    "Verdict",
    "known",
]
