"""What an open dataset says of its rows, one by one and all together."""

from __future__ import annotations

from array import array
from typing import Literal

import msgspec

from tunedesk.services.dataset.row_facts import Status

Side = Literal["train", "test", "aside"]


class RowState(msgspec.Struct, frozen=True, kw_only=True):
    """A row's marks in the table. `tokens` is None until they are counted."""

    status: Status
    tokens: int | None
    split: Side


class Marks(msgspec.Struct, frozen=True):
    """Every row's status (index into STATUSES), side (into SIDES, 255 unknown) and tokens.

    `trained` are the tokens one pass teaches, -1 where nobody counted, as in `tokens`.
    """

    status: bytearray
    sides: bytearray
    tokens: array[int]
    trained: array[int]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by side and by finding, those set aside without; `problems` have either kind. Before
    `check`, of known rows."""

    all: int
    train: int
    test: int
    aside: int
    errors: int
    warnings: int
    problems: int


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The dataset in tokens (o200k_base).

    `trained_tokens` is what one pass over the train rows teaches; `histogram` holds rows by
    tokens, in 16 bins of equal width from 0 to `longest_tokens`.
    """

    tokens: int
    longest_tokens: int
    trained_tokens: int
    histogram: list[int]
