"""Child programs that are killed, or hold a file, so that a test can look at what is left.

Run as `python -m tests.support.dying_programs <what> <folder>` from the repository's root.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from tunedesk.core.edits import SetRow
from tunedesk.core.jobs import JobEvent
from tunedesk.store.dataset_file import DatasetFile
from tunedesk.store.journal import Journal
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import JobRecord

ROOT = Path(__file__).parents[2]
FATAL_CALLS = ("open", "write", "fsync", "replace", "close", "fchmod", "unlink")
OLD_CONTENT = b"".join(b"old %d\n" % i for i in range(300))
NEW_CONTENT = OLD_CONTENT.replace(b"old 7\n", b"new" * 400_000 + b"\n")


def start(what: str, *arguments: str) -> subprocess.Popen[str]:
    """Start one of these programs with pipes to it."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.dying_programs", what, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def say(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def save_and_die(folder: str) -> None:
    """Save the same edit again and again, killed at the 1st, 2nd, … call; says how many."""
    n = 0
    while True:
        n += 1
        child = os.fork()
        if child == 0:
            save_killed_at(n, Path(folder) / str(n))
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
            break
    say(n)


def save_killed_at(n: int, folder: Path) -> NoReturn:
    folder.mkdir()
    path = folder / "set.jsonl"
    path.write_bytes(OLD_CONTENT)
    file, journal = DatasetFile.open(path), Journal.open(folder / "1.journal")
    journal.reset(file.digest())
    edit = SetRow(7, b"new" * 400_000)
    file.apply(edit)
    journal.append(edit)
    kill_at(n)
    file.save(journal.mark_saving)
    journal.reset(file.digest())
    os._exit(0)


def kill_at(n: int) -> None:
    """From now on this process dies in the n-th call that changes files."""
    n_left = n

    def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal n_left
            n_left -= 1
            if n_left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return call

    for name in FATAL_CALLS:
        setattr(os, name, deadly(getattr(os, name)))


def hold(path: str) -> None:
    """Open a dataset, say whether it may be written, keep it until told to end."""
    say("ready")
    sys.stdin.readline()
    file = DatasetFile.open(Path(path))
    say("reader" if file.is_read_only else "writer")
    sys.stdin.readline()
    file.close()


def write_ledger(path: str) -> None:
    """Write jobs and events without end, saying each number once it is acknowledged."""
    ledger = Ledger.open(Path(path))
    number = 0
    while True:
        local_id = f"job-{number}"
        ledger.add_intent(a_job(local_id, number))
        ledger.add_events(local_id, [an_event(number, i) for i in range(5)])
        say(number)
        number += 1


def a_job(local_id: str, number: int) -> JobRecord:
    return JobRecord(
        local_id=local_id,
        name=f"Marv {number}",
        provider_id="local",
        base_model="smollm2-135m-instruct",
        created_at_ms=number,
        train_digest="0" * 64,
        n_train=44,
        request={"model": "smollm2-135m-instruct", "metadata": {"tunedesk": local_id}},
    )


def an_event(number: int, index: int) -> JobEvent:
    return JobEvent(
        id=f"ftevent-{number}-{index}", created_at_s=number, level="info", message="Step"
    )


if __name__ == "__main__":
    {"save_and_die": save_and_die, "hold": hold, "write_ledger": write_ledger}[sys.argv[1]](
        sys.argv[2]
    )
