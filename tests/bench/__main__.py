"""`make bench`: each figure beside its baseline, on the screen and in build/bench.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.bench.measures import MEASURES
from tests.bench.timing import Row

RESULTS = Path("build/bench.json")


def main() -> int:
    """Take every measure and print it as soon as it is there."""
    rows = []
    for measure in MEASURES:
        rows.append(measure())
        sys.stdout.write(_line(rows[-1]) + "\n")
        sys.stdout.flush()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(
        json.dumps([{**row._asdict(), "ratio": row.ratio} for row in rows], indent=2)
    )
    return 0


def _line(row: Row) -> str:
    ours, baseline = f"{row.ours:,.0f} {row.unit}", f"{row.baseline:,.0f} {row.unit}"
    return f"{row.name:<40}{ours:>16}   {row.ratio:.2f} × {row.baseline_name} ({baseline})"


if __name__ == "__main__":
    sys.exit(main())
