"""What configuration files mean to the programs that read them: oracles that are not ours.

Each is one process of the real interpreter or parser, fed over pipes and kept for as many texts
as there are. ``meaning`` gives a plain mapping, or raises ``OracleError`` where the text is
refused and ``OracleExhaustedError`` where the oracle gave out; ``available`` says why an oracle
can't run here. ``asking`` has functions for those who ask of one text.
"""

from .workers import (
    HoconOracle,
    MeetOracle,
    Oracle,
    OracleError,
    OracleExhaustedError,
    OracleMissingError,
    PropertiesOracle,
    Prosody13Oracle,
    ProsodyOracle,
    TypesafeOracle,
)

__all__ = [
    "HoconOracle",
    "MeetOracle",
    "Oracle",
    "OracleError",
    "OracleExhaustedError",
    "OracleMissingError",
    "PropertiesOracle",
    "Prosody13Oracle",
    "ProsodyOracle",
    "TypesafeOracle",
]
