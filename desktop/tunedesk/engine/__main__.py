"""`python -m tunedesk.engine`: the server. It imports no torch; its children do."""

from __future__ import annotations

import sys

from tunedesk.engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
