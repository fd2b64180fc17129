"""Which program runs the engine's modules: this Python, or a bundle's own executable.

From a bundle there is no `python`. The engine's program, `tunedesk-engine`, lies in a folder of its
own beside the app's and takes `-m MODULE` as Python does, so it starts its own children as well.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tunedesk.core.errors import TunedeskError

ENGINE = "tunedesk-engine"
"""Name of the engine's program, of its folder, and of the package that brings both."""


def is_bundled() -> bool:
    """Whether this process was started from a bundle, and not by a Python that is installed."""
    return bool(getattr(sys, "frozen", False))


def engine_program() -> Path | None:
    """The program that runs the engine's modules; None in an app whose engine is not installed."""
    own = Path(sys.executable)
    if not is_bundled() or own.stem == ENGINE:
        return own
    program = own.resolve().parent.parent / ENGINE / f"{ENGINE}{own.suffix}"
    return program if program.is_file() else None


def module_command(module: str) -> list[str]:
    """The beginning of a command that runs one of the engine's modules in a process of its own.

    Raises TunedeskError("engine_missing") in an app whose engine is not installed.
    """
    program = engine_program()
    if program is None:
        raise engine_missing()
    return [str(program), "-m", module]


def engine_missing() -> TunedeskError:
    """What an installed app says whose engine is another package."""
    return TunedeskError(
        "engine_missing",
        "The engine is not installed.",
        f"Training on this computer needs the package {ENGINE}; other providers work without it.",
        f"Install {ENGINE} of this same version from where you got Tunedesk, then start the "
        "engine in Settings.",
    )


def shipped_models() -> Path | None:
    """The folder with the GGUF file of a base model that an engine's bundle brings, or None."""
    program = engine_program()
    if program is None or not is_bundled():
        return None
    folder = program.resolve().parent / "models"
    return folder if folder.is_dir() else None
