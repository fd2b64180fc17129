"""Where things are, for a page that shows it."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """Folders a person may want to open or back up; they need not exist yet."""

    projects: Path
    engine: Path
    config: Path
