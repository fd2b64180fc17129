"""The real app as a process of its own, on a home of its own, with the shared base model."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any


class AppRun:
    """One start of `python -m tunedesk`."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.log = log
        self._output = log.open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "tunedesk"],
            env=environment,
            stdout=self._output,
            stderr=self._output,
        )

    def wait_closed(self, timeout_s: float = 20) -> int:
        """The exit code, once the app has ended by itself."""
        code = self.process.wait(timeout_s)
        self._output.close()
        return code

    def kill(self) -> None:
        """kill -9, as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.wait_closed()


def said(log: Path) -> list[str]:
    """What the app wrote to the terminal, but for a line Qt itself writes for every reader."""
    lines = log.read_text(encoding="utf-8").split("\n")
    return [line for line in lines if line and "GetApplicationBusAddress" not in line]


@contextmanager
def started_app(environment: dict[str, str], log: Path) -> Iterator[AppRun]:
    """Start the app; whatever still runs at the end is killed."""
    app = AppRun(environment, log)
    try:
        yield app
    finally:
        if app.process.poll() is None:
            app.kill()


def home_with_model(folder: Path, model: Path) -> Path:
    """A TUNEDESK_HOME that holds nothing but the base model in the folder `model`."""
    assert model.is_dir(), f"{model} is missing; `make setup` brings it"
    models = folder / "home" / "data" / "engine" / "models"
    models.mkdir(parents=True)
    # File by file: a folder that leads elsewhere is not a model to the engine.
    shutil.copytree(model, models / model.name, copy_function=os.link)
    return folder / "home"


def ask_ledger(home: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of the one project's ledger, read beside the app."""
    (ledger,) = home.glob("data/projects/*/project.tunedesk")
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()


def processes_of(home: Path) -> list[str]:
    """Command lines of processes that work for this home: the app, its engine, its trainer."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            environment = (folder / "environ").read_bytes()
            command = (
                (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
        except OSError:
            continue
        if f"TUNEDESK_HOME={home}".encode() in environment and "tunedesk" in command:
            found.append(command.strip())
    return found
