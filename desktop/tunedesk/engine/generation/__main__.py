"""`python -m tunedesk.engine.generation <lock folder>`; lives until stdin ends."""

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
    """Loads torch, then serves. Decoding is bound by memory: one thread is nearly as good as
    two, and steady on a busy machine where two stumble over each other (measured: 50 ms a token
    against 230)."""
    warnings.simplefilter("ignore")
    lower_priority(_NICE)
    say = _speaker(_own_stdout())
    import torch

    from tunedesk.engine.generation.worker import Worker

    torch.set_num_threads(1)
    Worker(Path(sys.argv[1]), sys.stdin.buffer, say).run()
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
