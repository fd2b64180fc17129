"""Where the hand and the eye are in the rows: what is selected, and how far it is scrolled."""

from __future__ import annotations

import msgspec

from tunedesk.ui.pages.data.grid import RowsGrid

_MOST_ROWS = 10_000
_MOST_RANGES = 200


class GridPosition(msgspec.Struct, frozen=True, kw_only=True):
    """The current row and the selected ones, as dataset indices; `ranges` have both ends.

    `ranges` is empty where the current row alone is selected, or too much to be told shortly.
    """

    row: int
    ranges: tuple[tuple[int, int], ...] = ()
    top_px: int | None = None


def position_of(grid: RowsGrid) -> GridPosition:
    """The grid as it is; quick for any number of rows."""
    ranges: tuple[tuple[int, int], ...] = ()
    n_rows = grid.n_chosen()
    if n_rows > 1 and (grid.rows.is_whole or n_rows <= _MOST_ROWS):
        ranges = grid.chosen_ranges()
    return GridPosition(
        row=grid.chosen(),
        ranges=ranges if len(ranges) <= _MOST_RANGES else (),
        top_px=grid.verticalScrollBar().value(),
    )


def go_to(grid: RowsGrid, position: GridPosition) -> None:
    """Select and scroll as it was; rows that are not shown are left out.

    Without `top_px` the current row is brought into view.
    """
    if not grid.rows.rowCount():
        return
    is_shown = grid.rows.shown_row(position.row) is not None
    grid.choose(position.row if is_shown else grid.rows.source_row(0))
    n_rows = sum(last - first + 1 for first, last in position.ranges)
    if position.ranges and (grid.rows.is_whole or n_rows <= _MOST_ROWS):
        grid.choose_ranges(position.ranges)
    if position.top_px is not None:
        grid.verticalScrollBar().setValue(position.top_px)
