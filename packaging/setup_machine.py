"""`make setup`: bring a machine from a bare Python to a Tunedesk that starts.

Run by the system's own python3, with nothing installed. It says each step, and a second run finds
everything there: no network, under half a second. A step that fails says what to do next.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from machine import interpreter, libraries, relocation, stamp
from machine.console import Console, SetupError
from machine.packages import CONSTRAINTS, NETWORK, Packages, forget_half_installed

if TYPE_CHECKING:
    from collections.abc import Iterator

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "tunedesk-setup.json"
LOG = Path("build/setup.log")


def main() -> int:
    """Entry point; 0 when the machine is ready, 1 after saying what failed and what to do."""
    arguments = _arguments()
    os.chdir(Path(__file__).resolve().parent.parent)
    console = Console(LOG)
    start_s = time.monotonic()
    try:
        with _one_at_a_time(console):
            _prepare(console, arguments)
    except SetupError as failure:
        _explain(failure, console)
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped. Start again and it goes on from here.\n")
        return 130
    console.say(f"Tunedesk is set up ({time.monotonic() - start_s:.1f} s).")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--tests", action="store_true", help="also what the tests need")
    parser.add_argument("--checks", action="store_true", help="also what `make check` needs")
    return parser.parse_args()


def _prepare(console: Console, arguments: argparse.Namespace) -> None:
    interpreter.refuse_impossible_place(str(Path.cwd()))
    libraries.ensure(console, libraries.WINDOW)
    if arguments.tests:
        libraries.ensure(console, libraries.TESTS)
    extras = {"engine"}
    extras |= {"test"} if arguments.tests or arguments.checks else set()
    extras |= {"check"} if arguments.checks else set()
    _ensure_packages(console, extras)
    _ensure_model()


def _ensure_packages(console: Console, extras: set[str]) -> None:
    noted = _follow_move(console)
    key = _key()
    if noted.key == key and extras.issubset(noted.extras):
        return
    interpreter.ensure_venv(console, VENV)
    noted = stamp.read(STAMP)  # empty if the environment was made anew
    stamp.write(STAMP, "", str(Path.cwd()), noted.extras)  # begun: no key, but the place
    forget_half_installed(VENV)
    together = extras | set(noted.extras)
    Packages(console, PYTHON).install(together)
    stamp.write(STAMP, _key(), str(Path.cwd()), together)


def _key() -> str:
    python = interpreter.venv_version(PYTHON)
    asked = os.environ.get("PYTHON", "")
    if asked and (found := interpreter.look(asked)):
        python += "" if python == ".".join(map(str, found.version)) else f" wanted {asked}"
    return stamp.key_of([Path("pyproject.toml"), CONSTRAINTS], python)


def _follow_move(console: Console) -> stamp.Stamp:
    noted, here = stamp.read(STAMP), str(Path.cwd())
    if noted.checkout and noted.checkout != here:
        console.say(f"This checkout was at {noted.checkout}: .venv now follows.")
        relocation.follow(VENV, noted.checkout, here)
        stamp.write(STAMP, noted.key, here, noted.extras)
    return noted


def _ensure_model() -> None:
    """Run the engine's own step: it says in words what it does, and is quick when all is there."""
    done = subprocess.run([str(PYTHON), "-m", "tunedesk.engine", "fetch-model"], check=False)
    if done.returncode != 0:
        raise SetupError("The engine's model is not in place; the reason stands above.", NETWORK)


@contextmanager
def _one_at_a_time(console: Console) -> Iterator[None]:
    """Let a second `make` in this checkout wait for the first."""
    import fcntl

    LOG.parent.mkdir(exist_ok=True)
    with (LOG.parent / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            console.say("Another set-up runs in this checkout; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _explain(failure: SetupError, console: Console) -> None:
    lines = [""]
    if failure.output:
        lines += [*failure.output.split("\n"), "", f"The whole output is in {console.log}."]
    lines += [failure.what, f"Next: {failure.next_step}", ""]
    sys.stderr.write("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
