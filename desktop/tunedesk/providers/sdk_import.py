"""Importing a large library in a thread, beside threads that import others."""

from __future__ import annotations

import importlib
from threading import Lock
from types import ModuleType

_ATTEMPTS = 5
_one_at_a_time = Lock()


def imported(name: str) -> ModuleType:
    """The module. Raises ImportError only if it fails again and again.

    PySide looks into every module that is imported, and pydantic's answer is to import more of
    itself. With another thread importing at the same moment that goes round in a circle: in one
    start of ten (measured, with pyqtgraph) the import failed, and the next attempt always worked.
    """
    with _one_at_a_time:
        for _ in range(_ATTEMPTS - 1):
            try:
                return importlib.import_module(name)
            except ImportError:
                continue
        return importlib.import_module(name)
