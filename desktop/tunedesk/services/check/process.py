"""A second process that checks rows, so that a million of them do not stop the window."""

from __future__ import annotations

import contextlib
import multiprocessing
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.core.tokens import load_counter
from tunedesk.services.check.protocol import (
    Answer,
    Failed,
    Request,
    decode_answer,
    decode_request,
    encode,
)
from tunedesk.services.check.worker import CheckWorker
from tunedesk.services.work.own_processes import stepped_back


class CheckProcess:
    """A CheckWorker in a spawned process, which ends when this one does, however it ends.

    Blocking; used from one thread, but for `stop`.
    """

    def __init__(self, cache_folder: Path) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._ours, theirs = spawning.Pipe()
        self._process = spawning.Process(
            target=stepped_back,
            args=(serve.__module__, serve.__name__, theirs, cache_folder),
            name="tunedesk-check",
            daemon=True,
        )
        self._process.start()
        theirs.close()

    def ask(self, request: Request) -> Answer:
        """Raises TunedeskError("check_failed") if the process ended or cannot go on."""
        try:
            self._ours.send_bytes(encode(request))
            answer: Answer = decode_answer(self._ours.recv_bytes())
        except (EOFError, OSError) as error:
            raise ended("The process that checks rows ended by itself.") from error
        if isinstance(answer, Failed):
            raise ended(answer.what)
        return answer

    def stop(self) -> None:
        """End the process at once, in the middle of a request too; from any thread."""
        self._process.terminate()

    def close(self) -> None:
        """Stop, and wait for the end. Closing twice is harmless."""
        self._process.terminate()
        self._process.join()
        self._ours.close()


def serve(connection: Connection, cache_folder: Path) -> None:
    """The process's main function: answers until the other end closes."""
    worker = CheckWorker(partial(load_counter, cache_folder))
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            request = decode_request(connection.recv_bytes())
            connection.send_bytes(encode(worker.answer(request)))


def ended(what: str) -> TunedeskError:
    """The error of a check that cannot go on."""
    return TunedeskError(
        "check_failed",
        "The rows could not be checked.",
        what,
        "Your rows are safe. Check again; if it happens again, look for rows of many megabytes.",
    )
