"""A file that is longer than a person can hold in mind wants to be two."""

from __future__ import annotations

from collections.abc import Iterator

from house_rules.source import Finding, Source

LONGEST = 600


def check(source: Source) -> Iterator[Finding]:
    """No Python file over 600 lines."""
    n_lines = source.text.count("\n")
    if source.is_python and n_lines > LONGEST:
        yield Finding(
            LONGEST, f"{n_lines} lines: split it by topic, at most {LONGEST} lines a file"
        )
