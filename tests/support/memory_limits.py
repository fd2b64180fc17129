"""A process that gets no more memory from the system, and a job in which it needs some."""

from __future__ import annotations

import contextlib
import json
import os
import resource
from pathlib import Path
from typing import Any

from tunedesk.engine.training.rows import batches

_N_SHORT = 60
_LONG = "word " * 1900


def rows_of_which_one_is_long(method: str) -> bytes:
    """JSONL in which one row takes a hundred times the memory of the others."""
    return b"".join(_row(method, "yes") for _ in range(_N_SHORT)) + _row(method, _LONG)


def seed_with_the_long_one_late() -> int:
    """A seed by which the long row comes late in the first epoch, in batches of one."""
    for seed in range(1000):
        order = [batch[0] for batch in batches(range(_N_SHORT + 1), 1, seed, 0)]
        if order.index(_N_SHORT) > _N_SHORT - 10:
            return seed
    raise AssertionError("no seed puts it there")


def _row(method: str, answer: str) -> bytes:
    asked = {"role": "user", "content": "x"}
    said = {"role": "assistant", "content": answer}
    row: dict[str, Any] = {"messages": [asked, said]}
    if method == "dpo":
        other = {"role": "assistant", "content": "no"}
        row = {"input": {"messages": [asked]}}
        row |= {"preferred_output": [said], "non_preferred_output": [other]}
    return json.dumps(row).encode() + b"\n"


def give_no_more_memory(pid: int, n_more_mib: int = 0) -> None:
    """Bounds what a process may map to what it has now, and a little; Linux only."""
    with contextlib.suppress(OSError):  # it may have ended
        n_pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
        limit = n_pages * os.sysconf("SC_PAGESIZE") + n_more_mib * 2**20
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, limit))
