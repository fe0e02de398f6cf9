"""paramiko without what it loads for nothing. Import this before paramiko.

paramiko.config takes the task runner ``invoke`` (with asyncio, YAML and unittest.mock: a third of
its import time) for ``Match exec`` lines, and does without where there is none; we never read
a configuration through paramiko. For its own version, which we tell nobody, it loads
``importlib.metadata`` with archives and mail messages: a fifth of what is left.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType


class _Metadata(ModuleType):
    """``importlib.metadata`` as paramiko needs it; the real one for whoever asks meanwhile."""

    def version(self, _name: str) -> str:
        return "unknown"

    def __getattr__(self, name: str) -> object:
        sys.modules.pop(self.__name__, None)
        return getattr(importlib.import_module(self.__name__), name)


def _load() -> None:
    instead = {"invoke": None, "importlib.metadata": _Metadata("importlib.metadata")}
    ours = {name: module for name, module in instead.items() if name not in sys.modules}
    sys.modules.update(ours)  # type: ignore[arg-type]
    try:
        import paramiko  # noqa: F401, PLC0415
    finally:
        for name, module in ours.items():
            if sys.modules.get(name, ours) is module:
                del sys.modules[name]


if "paramiko" not in sys.modules:
    _load()
