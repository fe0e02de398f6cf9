"""paramiko without what it loads for nothing. Import this before paramiko.

paramiko.config takes the task runner ``invoke`` (with asyncio, YAML and unittest.mock: a third of
its import time) for ``Match exec`` lines, and does without where there is none. We never read
a configuration through paramiko.
"""

from __future__ import annotations

import sys

if "invoke" not in sys.modules and "paramiko" not in sys.modules:
    sys.modules["invoke"] = None  # type: ignore[assignment]
    try:
        import paramiko as paramiko  # noqa: PLC0414
    finally:
        del sys.modules["invoke"]
