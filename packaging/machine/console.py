"""What a person sees of the set-up: one short line a step, and a useful end when a step fails."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

TAIL_LINES = 15


class SetupError(Exception):
    """A step that could not be done: what happened, what to do next, the end of its output."""

    def __init__(self, what: str, next_step: str, output: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step
        self.output = "\n".join(output.rstrip().split("\n")[-TAIL_LINES:])


class Console:
    """Says each step on standard output and keeps all that the commands printed in one log."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._live = sys.stdout.isatty()
        self._has_log = False

    def say(self, line: str) -> None:
        """Print one line at once, also when standard output is a pipe."""
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def run(
        self,
        doing: str,
        command: Sequence[str],
        *,
        next_step: str,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run a command as one step. SetupError carries the last lines of what it printed."""
        ok, output = self.attempt(doing, command, environment=environment)
        if not ok:
            raise SetupError(f"{doing}: this step failed.", next_step, output)

    def attempt(
        self, doing: str, command: Sequence[str], *, environment: Mapping[str, str] | None = None
    ) -> tuple[bool, str]:
        """Run a command as one step; its success, and all that it printed."""
        with self._step(doing), self._logged(command) as (sink, offset):
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    env=environment,
                )
            except OSError as error:
                return False, str(error)
            status = self._wait(process, doing)
        return status == 0, self._printed_since(offset)

    @contextmanager
    def _step(self, doing: str) -> Iterator[None]:
        start_s = time.monotonic()
        self._show(f"{doing} …")
        yield
        self._show(f"{doing} … {time.monotonic() - start_s:.0f} s", last=True)

    def _show(self, text: str, *, last: bool = False) -> None:
        if self._live:
            sys.stdout.write("\r\x1b[K" + text + ("\n" if last else ""))
            sys.stdout.flush()
        elif last:
            self.say(text)

    def _wait(self, process: subprocess.Popen[bytes], doing: str) -> int:
        start_s = time.monotonic()
        while True:
            try:
                return process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                if self._live:
                    self._show(f"{doing} … {time.monotonic() - start_s:.0f} s")

    @contextmanager
    def _logged(self, command: Sequence[str]) -> Iterator[tuple[int, int]]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        mode = "ab" if self._has_log else "wb"
        self._has_log = True
        with self.log.open(mode) as sink:
            sink.write(f"\n$ {' '.join(command)}\n".encode())
            sink.flush()
            yield sink.fileno(), sink.tell()

    def _printed_since(self, offset: int) -> str:
        with self.log.open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")
