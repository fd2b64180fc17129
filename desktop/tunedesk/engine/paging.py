"""Pages of a table by its own order, so that the thousandth costs what the first does."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tunedesk.engine.storage import Database, Row
from tunedesk.engine.wire import ApiError


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """What of a list is asked for: at most `limit` rows behind the id `after`."""

    after: str | None = None
    limit: int
    oldest_first: bool = False


class Condition(msgspec.Struct, frozen=True):
    """A piece of SQL that is true of the wanted rows, and the values of its marks."""

    sql: str
    values: tuple[object, ...] = ()


def page_of(
    database: Database, table: str, window: Window, *conditions: Condition
) -> tuple[list[Row], bool]:
    """The rows of a page, and whether more follow.

    Raises ApiError 400 if `after` is the id of no row of this list.
    """
    wanted = list(conditions)
    if window.after is not None:
        sql = "seq > ?" if window.oldest_first else "seq < ?"
        place = _place(database, table, window.after, conditions)
        wanted.append(Condition(sql, (place,)))
    where, values = _joined(wanted)
    order = "ASC" if window.oldest_first else "DESC"
    sql = f"SELECT * FROM {table} WHERE {where} ORDER BY seq {order} LIMIT ?"  # noqa: S608
    rows = database.rows(sql, *values, window.limit + 1)
    return rows[: window.limit], len(rows) > window.limit


def _place(database: Database, table: str, row_id: str, conditions: Sequence[Condition]) -> int:
    where, values = _joined([*conditions, Condition("id = ?", (row_id,))])
    row = database.row(f"SELECT seq FROM {table} WHERE {where}", *values)  # noqa: S608
    if row is None:
        text = f"Given after argument '{row_id}' was not found in items."
        raise ApiError(400, text, param="after")
    return int(row["seq"])


def _joined(conditions: Sequence[Condition]) -> tuple[str, list[object]]:
    where = " AND ".join(condition.sql for condition in conditions) or "TRUE"
    return where, [value for condition in conditions for value in condition.values]
