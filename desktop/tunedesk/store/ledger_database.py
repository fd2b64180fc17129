"""SQLite as the ledger uses it: one connection, explicit transactions, errors in words."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from tunedesk.core.errors import TunedeskError

T = TypeVar("T")
Value = str | int | float | bytes | None


class Database:
    """One open ledger file. Not re-entrant: callers use it from one thread at a time.

    Every method raises TunedeskError when SQLite cannot do its work (full disk, locked or damaged
    file). IntegrityError passes through: it means a caller broke a reference and is a bug.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path

    @classmethod
    def open(cls, path: Path) -> Database:
        """Open or create the file in WAL mode, each commit synced to the disk."""
        with translated(path):
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            with translated(path):
                _configure(connection)
        except BaseException:
            connection.close()
            raise
        return cls(connection, path)

    @classmethod
    def open_read_only(cls, path: Path) -> Database:
        """Open an existing file only to read it; raises TunedeskError when there is none."""
        with translated(path):
            uri = f"{path.resolve().as_uri()}?mode=ro"
            connection = sqlite3.connect(
                uri, uri=True, isolation_level=None, check_same_thread=False
            )
        connection.row_factory = sqlite3.Row
        return cls(connection, path)

    def close(self) -> None:
        with translated(self.path):
            self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction: all that is written inside lasts when the block is left, or nothing."""
        with translated(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def run(self, sql: str, values: Sequence[Value] | Mapping[str, Value] = ()) -> sqlite3.Cursor:
        """Execute one statement; inside `writing` when it changes anything."""
        with translated(self.path):
            return self._connection.execute(sql, values)

    def run_many(self, sql: str, values: Iterable[Sequence[Value]]) -> None:
        """Execute one statement for each of the values; inside `writing`."""
        with translated(self.path):
            self._connection.executemany(sql, values)

    def rows(
        self, sql: str, values: Sequence[Value] | Mapping[str, Value] = ()
    ) -> list[sqlite3.Row]:
        """All rows of a query."""
        with translated(self.path):
            return self._connection.execute(sql, values).fetchall()

    def row(
        self, sql: str, values: Sequence[Value] | Mapping[str, Value] = ()
    ) -> sqlite3.Row | None:
        """The first row of a query, None when there is none."""
        with translated(self.path):
            found: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return found

    def number(self, sql: str, values: Sequence[Value] = ()) -> int:
        """The one number a query gives; 0 for NULL."""
        row = self.row(sql, values)
        return int(row[0] or 0) if row is not None else 0

    def insert(self, table: str, columns: Mapping[str, Value], *, verb: str = "INSERT") -> int:
        """Insert one row and return its rowid. Table and columns are our own names, never data."""
        names = ", ".join(columns)
        marks = ", ".join(f":{name}" for name in columns)
        cursor = self.run(f"{verb} INTO {table} ({names}) VALUES ({marks})", columns)
        return cursor.lastrowid or 0

    def back_up_to(self, target: Path) -> None:
        """Copy the whole ledger, including what is still in its log, to a new file."""
        with translated(target):
            copy = sqlite3.connect(target)
            try:
                self._connection.backup(copy)
            finally:
                copy.close()


def _configure(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA busy_timeout = 10000")
    connection.execute("PRAGMA journal_mode = WAL")
    # A vote or a paid job that was acknowledged must outlive a power cut: FULL, not NORMAL.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about the file into sentences; others pass."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.DatabaseError as error:
        raise _in_words(error, path) from error


_CAUSES = {
    "SQLITE_FULL": ("disk_full", "The disk is full.", "Free some space and try again."),
    "SQLITE_BUSY": (
        "busy",
        "Another program is holding it.",
        "Close other windows that have this project open and try again.",
    ),
    "SQLITE_READONLY": (
        "read_only",
        "It may not be written to.",
        "Check the permissions of the file and of its folder.",
    ),
    "SQLITE_CANTOPEN": (
        "cannot_open",
        "It could not be opened.",
        "Check that the folder exists and that you may write to it.",
    ),
    "SQLITE_NOTADB": (
        "not_a_ledger",
        "It is not a Tunedesk project file.",
        "Choose another folder, or move this file away.",
    ),
    "SQLITE_CORRUPT": (
        "damaged",
        "Its content is damaged.",
        "Restore the folder from a backup; copies made before upgrades lie beside it.",
    ),
    "SQLITE_IOERR": (
        "io_error",
        "The disk reported a read or write error.",
        "Check the disk and its connection and try again.",
    ),
}


def _in_words(error: sqlite3.DatabaseError, path: Path) -> TunedeskError:
    name = getattr(error, "sqlite_errorname", "") or ""
    known = next((words for prefix, words in _CAUSES.items() if name.startswith(prefix)), None)
    code, cause, next_step = known or ("failed", f"SQLite says: {error}.", "Restart Tunedesk.")
    return TunedeskError(
        f"ledger.{code}", "The project file cannot be used.", f"{path}: {cause}", next_step
    )


class Tables:
    """A part of the ledger: some tables in the one database."""

    def __init__(self, database: Database) -> None:
        self._database = database


# ---- values to columns and back ------------------------------------------------------------


def packed(value: object) -> str:
    """JSON in ASCII. Not msgspec's: lone surrogates and NaN in replies and metrics must survive."""
    return json.dumps(msgspec.to_builtins(value))


def unpacked(text: str, kind: type[T]) -> T:
    """The value `packed` made the text from."""
    return msgspec.convert(json.loads(text), kind)


def clean(text: str) -> str:
    """Text that SQLite can store: what is not valid Unicode becomes a replacement mark."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def columns_of(
    record: msgspec.Struct, nested: Iterable[str] = (), *, without: Iterable[str] = ()
) -> dict[str, Value]:
    """A struct's fields as columns of the same names; `nested` ones as JSON."""
    fields = {name: getattr(record, name) for name in record.__struct_fields__}
    return {
        name: column(value, is_nested=name in nested)
        for name, value in fields.items()
        if name not in without
    }


def column(value: object, *, is_nested: bool) -> Value:
    """One value as SQLite stores it."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str) and not is_nested:
        return clean(value)
    return packed(value)


def record_of(kind: type[T], row: sqlite3.Row, nested: Iterable[str] = ()) -> T:
    """The struct that `columns_of` made the row from."""
    plain = {
        name: json.loads(row[name]) if name in nested and row[name] is not None else row[name]
        for name in row.keys()  # noqa: SIM118  a sqlite3.Row iterates over values
    }
    return msgspec.convert(plain, kind)
