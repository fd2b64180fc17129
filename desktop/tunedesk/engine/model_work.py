"""Work on models happens in a process of its own: it may be killed, or kill itself, and its
memory comes back. This is the side that starts it and listens."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.programs import module_command
from tunedesk.engine.model_orders import (
    Finished,
    Look,
    Order,
    Progress,
    Refusal,
    Said,
    Trial,
    Verdict,
)

TITLES = {
    "look": "The model cannot be used.",
    "trial": "The model cannot be used.",
    "convert": "The GGUF file cannot be converted.",
    "export": "The model was not exported.",
}

_LOOK_LIMIT_S = 60.0
_LATE = "Reading its tokenizer and its chat template did not come to an end."

Listen = Callable[[Progress], None]


def look(folder: Path) -> Verdict:
    """The verdict of `model_judge` on a folder, reached in a worker; never raises TunedeskError."""
    try:
        found = run_order(Look(folder=str(folder)), lambda _: None, limit_s=_LOOK_LIMIT_S)
    except TunedeskError as error:
        return Verdict(reason=f"It could not be checked. {error.what}", next_step=error.next_step)
    assert found is not None
    return found


def try_out(folder: Path, verdict: Verdict) -> Verdict:
    """The verdict after a trial (`model_trial`); never raises TunedeskError."""
    try:
        run_order(Trial(folder=str(folder)), lambda _: None)
    except TunedeskError as error:
        return Verdict(reason=error.what, next_step=error.next_step)
    return msgspec.structs.replace(verdict, needs_trial=False)


def run_order(order: Order, listen: Listen, *, limit_s: float | None = None) -> Verdict | None:
    """Blocks until the worker is done; returns the verdict of a look.

    Raises TunedeskError with the reason if it is not done, or not within `limit_s`.
    """
    title = TITLES[str(type(order).__struct_config__.tag)]
    with tempfile.TemporaryFile() as log:
        with _child(log) as child, _killed_after(child, limit_s) as is_late:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(msgspec.json.encode(order) + b"\n")
            child.stdin.flush()
            end = _follow(child.stdout, listen)
            child.stdin.close()  # its lifeline: nothing may keep it now
        if end is None:
            what = _LATE if is_late() else _death(child.returncode, log)
            raise TunedeskError("model_worker_died", title, what, _AGAIN)
    if isinstance(end, Refusal):
        raise TunedeskError(end.code, title, end.what, end.next_step)
    return end.verdict


def _child(log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        module_command("tunedesk.engine.model_worker"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )


@contextmanager
def _killed_after(
    child: subprocess.Popen[bytes], limit_s: float | None
) -> Iterator[Callable[[], bool]]:
    """Ends the child when the time is over; what is yielded says whether that was so."""
    late = threading.Event()

    def end() -> None:
        late.set()
        child.kill()

    timer = threading.Timer(limit_s or 0, end)
    if limit_s is not None:
        timer.start()
    try:
        yield late.is_set
    finally:
        timer.cancel()
        if limit_s is not None:
            timer.join()


def _follow(lines: IO[bytes], listen: Listen) -> Finished | Refusal | None:
    for line in lines:
        said: Said = msgspec.json.decode(line, type=Said)
        if not isinstance(said, Progress):
            return said
        listen(said)
    return None


def _death(code: int, log: IO[bytes]) -> str:
    if code == -9:
        return "The process was killed, often because memory ran out."
    log.seek(0)
    last = log.read()[-4000:].decode(errors="replace").strip().split("\n")[-1]
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    return f"The process {how}. {last[:300]}".strip()


_AGAIN = "Close other programs if memory is short, then try again."
