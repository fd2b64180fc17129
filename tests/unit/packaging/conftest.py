"""packaging/ is no package (its name is taken): its scripts find each other by folder, as here."""

from __future__ import annotations

import sys
from pathlib import Path

PACKAGING = Path(__file__).resolve().parents[3] / "packaging"
sys.path[:0] = [str(PACKAGING), str(PACKAGING / "checks")]
