"""`python -m tunedesk`: the same as the command `tunedesk`."""

from __future__ import annotations

import sys

from tunedesk.cli import main

if __name__ == "__main__":
    sys.exit(main())
