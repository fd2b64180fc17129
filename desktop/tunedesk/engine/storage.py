"""The engine's own SQLite file: files, jobs, events, checkpoints, tuned models.

One connection, used from the event loop's thread only; every call is one small transaction.
JSON columns hold what the wire shows as objects.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE files (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL, expires_at INTEGER, filename TEXT NOT NULL, purpose TEXT NOT NULL,
  status TEXT NOT NULL, status_details TEXT);
CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL,
  finished_at INTEGER, estimated_finish INTEGER, status TEXT NOT NULL, model TEXT NOT NULL,
  fine_tuned_model TEXT, training_file TEXT NOT NULL, validation_file TEXT, suffix TEXT,
  seed INTEGER NOT NULL, trained_tokens INTEGER, n_rows INTEGER, restarts INTEGER NOT NULL,
  hyperparameters TEXT NOT NULL, method TEXT NOT NULL, integrations TEXT NOT NULL,
  metadata TEXT, result_files TEXT NOT NULL, error TEXT);
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  job_id TEXT NOT NULL REFERENCES jobs (id), key TEXT NOT NULL, created_at INTEGER NOT NULL,
  level TEXT NOT NULL, message TEXT NOT NULL, type TEXT NOT NULL, data TEXT,
  UNIQUE (job_id, key));
CREATE TABLE checkpoints (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  job_id TEXT NOT NULL REFERENCES jobs (id), created_at INTEGER NOT NULL, step INTEGER NOT NULL,
  model TEXT NOT NULL, metrics TEXT NOT NULL, UNIQUE (job_id, step));
CREATE TABLE tuned (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, job_id TEXT NOT NULL,
  created_at INTEGER NOT NULL, base TEXT NOT NULL, folder TEXT NOT NULL, kind TEXT NOT NULL);
PRAGMA user_version = 1;
"""
_JSON_COLUMNS = frozenset(
    {"hyperparameters", "method", "integrations", "metadata", "result_files", "error"}
    | {"data", "metrics"}
)
SCHEMA_VERSION = 1

Row = dict[str, Any]


class Database:
    """Rows in and out as dicts; JSON columns are encoded and decoded here."""

    def __init__(self, path: Path) -> None:
        """Opens or creates `path`. Raises RuntimeError for a file of a newer version."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._migrate(path)

    def _migrate(self, path: Path) -> None:
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise RuntimeError(f"{path} was written by a newer Tunedesk; please update this one")
        if version == 0:
            self._connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")

    def close(self) -> None:
        """Writes everything out and lets go of the file."""
        self._connection.close()

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
