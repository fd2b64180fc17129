"""`make bench`: each figure beside its baseline, on the screen and in build/bench.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.bench.timing import Row

RESULTS = Path("build/bench.json")


def main() -> int:
    """Take every measure, or those named as arguments, and print each as soon as it is there."""
    # Not above: processes that are spawned import this module, and the measures load torch.
    from tests.bench.measures import MEASURES

    wanted = set(sys.argv[1:])
    rows: list[Row] = []
    for measure in MEASURES:
        if wanted and measure.__name__ not in wanted:
            continue
        found = measure()
        for row in [found] if isinstance(found, Row) else found:
            rows.append(row)
            sys.stdout.write(_line(row) + "\n")
            sys.stdout.flush()
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(
        json.dumps([{**row._asdict(), "ratio": row.ratio} for row in rows], indent=2)
    )
    return 0


def _line(row: Row) -> str:
    ours, baseline = f"{row.ours:,.4g} {row.unit}", f"{row.baseline:,.4g} {row.unit}"
    return f"{row.name:<44}{ours:>18}   {row.ratio:.2f} × {row.baseline_name} ({baseline})"


if __name__ == "__main__":
    sys.exit(main())
