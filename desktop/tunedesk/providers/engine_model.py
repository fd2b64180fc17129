"""The engine's base model, from its bundle or by pip; made ready once, in an engine's process."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from tunedesk.core.programs import module_command
from tunedesk.providers.engine_process import failed, spawn


async def bring_model(data_folder: Path, models_folder: Path, log_path: Path) -> None:
    """Run `fetch-model` to its end; if this is cancelled, what it began is taken away.

    Raises TunedeskError: "engine_missing", or "engine_failed" with the place of its words.
    """
    command = [*module_command("tunedesk.engine"), "fetch-model"]
    command += ["--data", str(data_folder), "--models", str(models_folder)]
    process = spawn(command, log_path)
    ending = asyncio.create_task(asyncio.to_thread(process.communicate))
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        _interrupt(process)
        await ending
        raise
    if process.returncode != 0:
        raise failed("The base model could not be fetched or unpacked.", log_path)


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.terminate()
    else:
        process.send_signal(signal.SIGINT)
