"""The program `tunedesk` of the bundle."""

from __future__ import annotations

import multiprocessing
import sys

from bundle_environment import forget_bundle

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a worker of ours ends here, it is this same program
    forget_bundle()
    from tunedesk.cli import main

    sys.exit(main())
