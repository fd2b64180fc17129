"""What is said of rows that are too much alike: near-duplicates, and leaks from train to test.

Exact repeats are told by `whole_file`, system prompts by `system_prompts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tunedesk.core.issues import Issue
from tunedesk.core.validation.findings import warning


def sample_of(n_rows: int, size: int = 400) -> list[int]:
    """Rows, from 0, that are spread evenly over a file."""
    return sorted({row * n_rows // size for row in range(size)}) if n_rows else []


def near_duplicate_issues(partners: Iterable[tuple[int, int]]) -> Iterator[Issue]:
    """One for each row and its earlier partner, both from 0."""
    for row, partner in partners:
        yield warning(
            "near_duplicate",
            "$",
            "The row says nearly the same as row {other}; it counts twice, and can leak from "
            "train to test.",
            "Delete one of them, or make them differ in more than wording.",
            other=partner + 1,
        ).at_row(row + 1)


def leak_issues(found: Iterable[tuple[int, int]]) -> Iterator[Issue]:
    """One for each row in test and the row in train that is its kin, both from 0."""
    for row, taught in found:
        yield warning(
            "leak",
            "$",
            "The row is in the test set, but row {other} in the train set asks the same or says "
            "nearly the same (leak): the test would praise what was learned by heart.",
            "Keep both in train, or set one of them aside.",
            other=taught + 1,
        ).at_row(row + 1)
