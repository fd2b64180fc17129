"""Rows of a dataset that another page wants to be seen."""

from __future__ import annotations

from typing import NamedTuple


class RowsOf(NamedTuple):
    """What Data is shown with: the rows that ask these prompts (by digest), called `words`; of the
    dataset with this name, "" for the one that is open."""

    words: str
    digests: tuple[str, ...]
    dataset: str = ""
