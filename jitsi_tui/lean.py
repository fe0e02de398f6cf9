"""Libraries without what they load for nothing."""

from __future__ import annotations

import importlib
import sys
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType


class Stead(ModuleType):
    """Stands for a module of which little is needed; the real one for whoever asks for more."""

    def __init__(self, name: str, *called: str, **known: object) -> None:
        """``called``: functions and classes that are wanted late: whoever calls one loads it."""
        super().__init__(name)
        self.__dict__.update({one: _later(name, one) for one in called}, **known)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # asked by Python itself, as whether it is a package
            raise AttributeError(name)
        sys.modules.pop(self.__name__, None)
        return getattr(importlib.import_module(self.__name__), name)


def _later(module: str, name: str) -> Callable[..., object]:
    """A function of a module that is loaded by whoever calls it first."""

    def call(*args: object, **named: object) -> object:
        return getattr(importlib.import_module(module), name)(*args, **named)

    return call


def read_types_late() -> None:
    """Have types that stand as text in classes, as all of ours do, read by whoever asks for them.

    ``typing.ForwardRef`` would compile each of them as its class is made, which takes half of the
    time in which a named tuple is; it evaluates text as well.
    """
    vars(typing)["compile"] = lambda text, *_how: text


@contextmanager
def without(*absent: str, instead: tuple[Stead, ...] = ()) -> Iterator[None]:
    """While something is loaded, some modules can't be, and others stand for large ones.

    Those that are loaded already stay as they are.
    """
    wanted = {**dict.fromkeys(absent), **{stead.__name__: stead for stead in instead}}
    ours = {name: module for name, module in wanted.items() if name not in sys.modules}
    sys.modules.update(ours)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name, module in ours.items():
            if sys.modules.get(name, ours) is module:
                del sys.modules[name]
