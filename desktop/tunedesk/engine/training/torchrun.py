"""`python -m tunedesk.engine.training.torchrun …`: torchrun, but no orphan.

torchrun does not notice when the one who started it is gone. Its processes do (their stdin ends),
and where the system has a signal for it, so does this one.
"""

from __future__ import annotations

from tunedesk.engine.lifetime import die_with_parent

die_with_parent()

from torch.distributed.run import main  # noqa: E402 - 2 s, in which a parent may die

if __name__ == "__main__":
    main()
