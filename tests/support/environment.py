"""The tests' own home: nothing that they do reads or changes what belongs to the person.

`REAL_ENVIRON` is the environment as it was before, for the one thing that is too large to make
anew for each run: the engine's base model (see `base_model_folder`). A process that shares out
the tests' files has isolated itself before it starts those that run them.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tunedesk.core.places import engine_folder
from tunedesk.engine.training.threads import SPINS

_CHANGED = ("TUNEDESK_HOME", "QT_QPA_PLATFORM", "PYTHON_KEYRING_BACKEND")
_SCREENS = Path(__file__).with_name("screens.json")
"""The usual screen, and two far from it whose scale is 125 and 200 %."""
_REAL = "TUNEDESK_TESTS_REAL_"  # and a name of those: what it was before


def _real_environ() -> dict[str, str]:
    """Without what `isolate` put there in this process's parent."""
    found = dict(os.environ)
    for name in _CHANGED:
        before = found.pop(_REAL + name, None)
        if before is not None:
            found.pop(name, None)
            found |= {name: before} if before else {}
    return found


REAL_ENVIRON = _real_environ()


def isolate() -> tempfile.TemporaryDirectory[str]:
    """Point this process and its children to a new home and a screen that needs no display."""
    home = tempfile.TemporaryDirectory(prefix="tunedesk-tests-")
    for name in _CHANGED:
        os.environ[_REAL + name] = REAL_ENVIRON.get(name, "")
    os.environ["TUNEDESK_HOME"] = home.name
    platform = f"offscreen:configfile={_SCREENS}"
    os.environ["QT_QPA_PLATFORM"] = REAL_ENVIRON.get("TUNEDESK_TEST_PLATFORM", platform)
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    os.environ["GOMP_SPINCOUNT"] = SPINS  # as the engine has it for what trains in this process
    for name in [name for name in os.environ if name.startswith("OPENAI_")]:
        del os.environ[name]
    return home


def base_model_folder() -> Path:
    """Where `make setup` put the base model; tests read it and never write there."""
    return engine_folder(REAL_ENVIRON) / "models" / "smollm2-135m-instruct"
