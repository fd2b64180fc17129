"""What the bundle's start left in the environment must not reach the programs of the system."""

from __future__ import annotations

import os

_CHANGED = "LD_LIBRARY_PATH"


def forget_bundle() -> None:
    """A browser or a file manager that we start must find its own libraries, not ours."""
    before = os.environ.pop(f"{_CHANGED}_ORIG", None)
    if before is not None:
        os.environ[_CHANGED] = before
    else:
        os.environ.pop(_CHANGED, None)
