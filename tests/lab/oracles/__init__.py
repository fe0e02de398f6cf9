"""What configuration files mean to the programs that read them, by other means than ours."""

from .hocon import hocon_meaning, typesafe_available, typesafe_meaning
from .meet import meet_meaning
from .properties import properties_meaning
from .prosody import prosody_meaning

__all__ = [
    "hocon_meaning",
    "meet_meaning",
    "properties_meaning",
    "prosody_meaning",
    "typesafe_available",
    "typesafe_meaning",
]
