"""What an earlier search came to, kept by the number of each row's record."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tunedesk.core.alike.likeness import Bools, Rows
from tunedesk.core.alike.search import NOBODY, Before, Found


class Earlier(NamedTuple):
    """Of each row at that time, in their order; a record never changes, an edited row has a new
    one. The partner's record, NOBODY for none."""

    records: Rows
    stage: npt.NDArray[np.uint8]
    partner: Rows
    repeats: Bools


def earlier(records: Rows, found: Found, repeats: Bools) -> Earlier:
    """To be kept for the next search."""
    partner = np.where(found.partner == NOBODY, NOBODY, records[found.partner])
    return Earlier(records, found.stage, partner.astype(np.int32), repeats)


def before_now(known: Earlier, records: Rows) -> Before:
    """What is known of the rows that have these records now."""
    n_records = max(records.max(initial=NOBODY), known.records.max(initial=NOBODY)) + 1
    row_of = _places(records, n_records)
    was_at = _places(known.records, n_records)[records]
    is_new = was_at < 0
    is_new[~is_new] = _moved(was_at[~is_new])
    stays = np.zeros(len(known.records), np.bool_)
    stays[was_at[~is_new]] = True
    stage = np.where(is_new, 0, known.stage[was_at]).astype(np.uint8)
    partner = np.where(is_new, NOBODY, known.partner[was_at])
    partner = np.where(partner == NOBODY, NOBODY, row_of[partner])
    repeats = ~is_new & known.repeats[was_at]
    return Before(is_new, Found(stage, partner), repeats, known.records[~stays])


def _places(records: Rows, n_records: int) -> Rows:
    places = np.full(n_records, -1, np.int32)
    places[records] = np.arange(len(records), dtype=np.int32)
    return places


def _moved(was_at: Rows) -> Bools:
    """A few rows without which the others stand in the order they had."""
    if not len(was_at):
        return np.zeros(0, np.bool_)
    down = was_at < np.maximum.accumulate(was_at)
    up = was_at > np.minimum.accumulate(was_at[::-1])[::-1]
    return up if up.sum() < down.sum() else down
