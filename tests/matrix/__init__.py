"""Every fault at every step of a change, on real hosts."""

from .connection_faults import FAULTS as CONNECTION
from .file_faults import FAULTS as FILES
from .machine_faults import FAULTS as MACHINE
from .proof_faults import FAULTS as PROOF
from .service_faults import FAULTS as SERVICE

ALL_FAULTS = (*MACHINE, *FILES, *SERVICE, *PROOF, *CONNECTION)
