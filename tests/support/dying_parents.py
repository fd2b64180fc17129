"""Apps that start their engine and are killed, so that a test can look at what is left.

Run as `python -m tests.support.dying_parents MODELS` from the repository's root. For each folder
that it reads it forks an app, which says its process id, then "ready" once its engine is, and waits
for its end. The engine's environment names the folder (MARK). An app forked from this process,
which has loaded everything, differs from one started anew by the time that its imports take.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import NoReturn

from tests.support.dying_programs import say
from tunedesk.providers.engine_process import EngineProcess

MARK = "TUNEDESK_TEST_MARK"


async def live(folder: Path, models: Path) -> None:
    """The app: without end."""
    engine = EngineProcess(lambda code: None)
    await engine.start(folder / "data", folder / "run", folder / "engine.log", models)
    say("ready")
    await asyncio.Event().wait()


def _live_and_exit(folder: Path, models: Path) -> NoReturn:
    os.environ[MARK] = str(folder)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    say(os.getpid())
    asyncio.run(live(folder, models))
    os._exit(1)


def main(models: str) -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _live_and_exit(Path(line.strip()), Path(models))
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(sys.argv[1])
