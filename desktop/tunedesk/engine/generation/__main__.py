"""`python -m tunedesk.engine.generation <lock folder> [--exact]`; lives until stdin ends."""

from __future__ import annotations

import os
import sys
import threading
import warnings
from pathlib import Path
from typing import BinaryIO

import msgspec

from tunedesk.engine.generation.intake import Say
from tunedesk.engine.generation.protocol import Reply
from tunedesk.engine.lifetime import die_with_parent, leave_at_once, lower_priority

die_with_parent()
_NICE = 2


def main() -> None:
    """Loads torch, then serves. Two threads answer 1.5 times as fast as one where two cores are
    free, and four times as slowly where they are not (measured): `Pace` looks."""
    warnings.simplefilter("ignore")
    lower_priority(_NICE)
    say = _speaker(_own_stdout())
    import torch

    from tunedesk.engine.generation.pace import Pace
    from tunedesk.engine.generation.worker import Worker

    pace = Pace(torch.get_num_threads())
    torch.set_num_threads(1)
    folder, *words = sys.argv[1:]
    Worker(Path(folder), sys.stdin.buffer, say, pace, is_exact="--exact" in words).run()
    leave_at_once()


def _own_stdout() -> BinaryIO:
    """Where replies go. Whatever a library writes to stdout lands in the log from here on."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def _speaker(replies: BinaryIO) -> Say:
    lock = threading.Lock()

    def say(reply: Reply) -> None:
        with lock:
            replies.write(msgspec.json.encode(reply) + b"\n")
            replies.flush()

    return say


if __name__ == "__main__":
    main()
