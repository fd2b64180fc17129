"""The engine's own SQLite file: files, uploads, jobs, events, checkpoints, tuned models.

One connection, used from the event loop's thread only; every call is one small transaction.
JSON columns hold what the wire shows as objects.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tunedesk.engine.schema import bring_up_to_date

_JSON_COLUMNS = frozenset(
    {"hyperparameters", "method", "integrations", "metadata", "result_files", "error"}
    | {"data", "metrics", "samples", "part_ids", "file"}
)

Row = dict[str, Any]


class Database:
    """Rows in and out as dicts; JSON columns are encoded and decoded here."""

    def __init__(self, path: Path) -> None:
        """Opens or creates `path`. Raises what `bring_up_to_date` does."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        try:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            bring_up_to_date(self._connection, path)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Writes everything out and lets go of the file."""
        self._connection.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written inside is written as a whole, or not at all. Never await inside."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # SQLite may have taken it back already
                self._connection.execute("ROLLBACK")
            raise

    def rows(self, sql: str, *values: object) -> list[Row]:
        """All rows of a query."""
        return [_decoded(row) for row in self._connection.execute(sql, values)]

    def row(self, sql: str, *values: object) -> Row | None:
        """The first row of a query, or None."""
        found = self._connection.execute(sql, values).fetchone()
        return None if found is None else _decoded(found)

    def insert(self, table: str, values: Mapping[str, object], *, or_ignore: bool = False) -> bool:
        """Adds a row; with `or_ignore`, False where a unique key was taken already."""
        verb = "INSERT OR IGNORE" if or_ignore else "INSERT"
        marks = ", ".join("?" * len(values))
        sql = f"{verb} INTO {table} ({', '.join(values)}) VALUES ({marks})"
        return self._connection.execute(sql, _encoded(values)).rowcount == 1

    def update(self, table: str, row_id: str, values: Mapping[str, object]) -> None:
        """Sets columns of the row with this `id`."""
        sets = ", ".join(f"{column} = ?" for column in values)
        sql = f"UPDATE {table} SET {sets} WHERE id = ?"  # noqa: S608 - names are ours
        self._connection.execute(sql, [*_encoded(values), row_id])

    def delete(self, table: str, row_id: str) -> bool:
        """Removes the row with this `id`; False if there was none."""
        sql = f"DELETE FROM {table} WHERE id = ?"  # noqa: S608 - names are ours
        return self._connection.execute(sql, [row_id]).rowcount == 1


def _encoded(values: Mapping[str, object]) -> list[object]:
    return [
        json.dumps(value) if column in _JSON_COLUMNS and value is not None else value
        for column, value in values.items()
    ]


def _decoded(row: Iterable[Any]) -> Row:
    plain: Row = dict(row)
    for column in _JSON_COLUMNS & plain.keys():
        if plain[column] is not None:
            plain[column] = json.loads(plain[column])
    return plain
