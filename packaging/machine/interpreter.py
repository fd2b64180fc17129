"""Choosing a Python, and a virtual environment that is whole, here, and of a suitable Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from machine.console import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from machine.console import Console

LOWEST = (3, 11)
HIGHEST = (3, 14)
# PySide6 finds none of its plugins below a path with one of the first four (tried with 6.11.3),
# and Python makes no environment below one with a colon.
IMPOSSIBLE = ',;"\\:'
_LOOK = (
    "import importlib.util as u, json, sys, sysconfig as s;"
    "print(json.dumps([sys.version_info[:2], s.get_config_var('Py_GIL_DISABLED') or 0,"
    " all(u.find_spec(m) for m in ('venv', 'ensurepip'))]))"
)


class Python(NamedTuple):
    """An interpreter that starts: its path, its version, and whether it can make environments."""

    path: str
    version: tuple[int, int]
    free_threaded: bool
    has_venv: bool

    @property
    def suitable(self) -> bool:
        return LOWEST <= self.version <= HIGHEST and not self.free_threaded


def look(path: str) -> Python | None:
    """What the interpreter at this path is, or None if it does not start."""
    try:
        told = subprocess.run([path, "-c", _LOOK], capture_output=True, check=True, timeout=30)
        version, free_threaded, has_venv = json.loads(told.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return Python(path, (version[0], version[1]), bool(free_threaded), bool(has_venv))


def refuse_impossible_place(checkout: str) -> None:
    """SetupError if the app could not start from this folder, whatever were installed."""
    odd = " ".join(sorted(set(checkout) & set(IMPOSSIBLE)))
    if odd:
        raise SetupError(
            f"Qt and Python cannot start from a folder with {odd} in its path: {checkout}",
            "Rename the folder, then start again.",
        )


def venv_version(python: Path) -> str:
    """The environment's Python as "3.11"; empty if it does not start (its Python was removed)."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        told = subprocess.run(
            [str(python), "-I", "-S", "-c", code], capture_output=True, check=True, timeout=30
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.decode().strip()


def ensure_venv(console: Console, venv: Path) -> None:
    """Make the environment, or make it anew if its Python is gone, unsuitable or has no pip."""
    asked = os.environ.get("PYTHON", "")
    if not asked and _is_whole(venv):
        return
    python = choose(asked)
    if asked and _is_whole(venv) and _version_of(venv) == python.version:
        return
    number = ".".join(map(str, python.version))
    console.run(
        f"Making .venv with Python {number}",
        [python.path, "-m", "venv", "--clear", str(venv)],
        next_step="Install Python's venv module (Debian: sudo apt-get install python3-venv).",
    )


def choose(asked: str) -> Python:
    """The Python named in PYTHON, else `python3`, else the newest suitable one on PATH."""
    for path in [asked] if asked else list(_on_path()):
        python = look(path)
        if python and python.suitable and python.has_venv:
            return python
        if python and python.suitable:
            line = "sudo apt-get install python3-venv"
            raise SetupError(f"{path} cannot make virtual environments.", f"On Debian: {line}")
    wanted = f"Python {LOWEST[0]}.{LOWEST[1]} to {HIGHEST[0]}.{HIGHEST[1]}"
    raise SetupError(
        f"Tunedesk needs {wanted}, and "
        + (f"{asked} is not one." if asked else "there is none on this PATH."),
        f"Install {wanted}, or name it: make run PYTHON=/path/to/python3",
    )


def _on_path() -> Iterator[str]:
    names = ["python3", *(f"python3.{minor}" for minor in range(HIGHEST[1], LOWEST[1] - 1, -1))]
    return (path for path in map(shutil.which, names) if path)


def _is_whole(venv: Path) -> bool:
    python = _look_inside(venv)
    has_pip = any(venv.glob("lib/python3*/site-packages/pip-*.dist-info/RECORD"))
    return python is not None and python.suitable and has_pip


def _version_of(venv: Path) -> tuple[int, int] | None:
    python = _look_inside(venv)
    return python.version if python else None


def _look_inside(venv: Path) -> Python | None:
    return look(str(venv / "bin" / "python"))
