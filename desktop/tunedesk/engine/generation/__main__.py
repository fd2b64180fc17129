"""`python -m tunedesk.engine.generation <lock folder>`; lives until stdin ends."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from tunedesk.engine.lifetime import die_with_parent, leave_at_once, lower_priority

die_with_parent()
_NICE = 2


def main() -> None:
    """Loads torch, then serves. Decoding is bound by memory: one thread is nearly as good as
    two, and steady on a busy machine where two stumble over each other (measured: 50 ms a token
    against 230)."""
    warnings.simplefilter("ignore")
    lower_priority(_NICE)
    import torch

    from tunedesk.engine.generation.worker import Worker

    torch.set_num_threads(1)
    Worker(Path(sys.argv[1])).run()
    leave_at_once()


if __name__ == "__main__":
    main()
