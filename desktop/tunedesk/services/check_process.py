"""A second process that checks rows, so that a million of them do not stop the window."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from tunedesk.core.errors import TunedeskError
from tunedesk.core.tokens import TokenCounter
from tunedesk.services.row_checking import BatchChecker, BatchFacts, CheckResult
from tunedesk.services.tokens import load_counter

_END_S = 5.0


class Checker(Protocol):
    """Checks one file, batch by batch. Blocking; used from one thread."""

    def add(self, rows: Sequence[bytes]) -> BatchFacts: ...

    def finish(self) -> CheckResult: ...


class CheckProcess:
    """A `Checker` whose work is done in a spawned process; `close` ends it, also half way."""

    def __init__(self, cache_folder: Path) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._ours, theirs = spawning.Pipe()
        self._process = spawning.Process(
            target=serve, args=(theirs, cache_folder), name="tunedesk-check", daemon=True
        )
        self._process.start()
        theirs.close()

    def add(self, rows: Sequence[bytes]) -> BatchFacts:
        """Raises TunedeskError("check_failed") if the process ended or could not begin."""
        found = self._ask(rows)
        assert isinstance(found, BatchFacts)
        return found

    def finish(self) -> CheckResult:
        """Raises TunedeskError("check_failed") if the process ended."""
        found = self._ask(None)
        assert isinstance(found, CheckResult)
        return found

    def close(self) -> None:
        """End the process. Closing twice is harmless."""
        self._ours.close()
        self._process.join(_END_S)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join()

    def _ask(self, question: Sequence[bytes] | None) -> Any:
        try:
            self._ours.send(question)
            answer = self._ours.recv()
        except (EOFError, OSError) as error:
            raise _ended("The process that checks rows ended by itself.") from error
        if isinstance(answer, str):
            raise _ended(answer)
        return answer


def serve(connection: Connection, cache_folder: Path) -> None:
    """The process's main function: answers batches until the other end closes."""
    with contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        try:
            checker = BatchChecker(_counter(cache_folder))
            while True:
                rows = connection.recv()
                connection.send(checker.finish() if rows is None else checker.add(rows))
        except (MemoryError, RecursionError) as error:
            connection.send(f"Checking stopped: {type(error).__name__}.")


def _counter(cache_folder: Path) -> TokenCounter | None:
    """None where no vocabulary can be had: rows are checked all the same."""
    try:
        return load_counter(cache_folder)
    except TunedeskError:
        return None


def _ended(what: str) -> TunedeskError:
    return TunedeskError(
        "check_failed",
        "The rows could not be checked.",
        what,
        "Your rows are safe. Check again; if it happens again, look for rows of many megabytes.",
    )
