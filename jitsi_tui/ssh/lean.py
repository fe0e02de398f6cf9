"""paramiko without what it loads for nothing. Import this before paramiko.

paramiko.config takes the task runner ``invoke`` (with asyncio, YAML and unittest.mock: a third of
its import time) for ``Match exec`` lines, and does without where there is none; we never read
a configuration through paramiko. For its own version, which we tell nobody, it loads
``importlib.metadata`` with archives and mail messages: a fifth of what is left.
"""

from __future__ import annotations

from jitsi_tui.lean import Stead, without

with without("invoke", instead=(Stead("importlib.metadata", version=lambda _name: "unknown"),)):
    import paramiko  # noqa: F401
