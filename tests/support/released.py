"""Projects as released versions left them, in tests/data/released, a folder a version.

`settings.json` is the person's; `project.sql` is SQLite's own dump of a ledger with a row or more
in every table, its `user_version` and `application_id` before it. With each release a folder is put
beside the others; none is changed after its release.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tunedesk.store.ledger_database import Database
from tunedesk.store.ledger_schema import MIGRATIONS, migrate

FOLDER = Path(__file__).parents[1] / "data" / "released"
VERSIONS = sorted(folder.name for folder in FOLDER.iterdir())

Content = dict[str, list[dict[str, object]]]
"""By table, its rows as columns by name."""


def lay_ledger(version: str, path: Path) -> None:
    """The ledger of a released version, as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FOLDER / version / "project.sql").read_text("utf-8"))


def lay_settings(version: str, path: Path, project: Path) -> None:
    """Its settings, with `project` as the one that was open last."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = (FOLDER / version / "settings.json").read_text("utf-8")
    path.write_text(kept.replace("$FOLDER", project.as_posix()), encoding="utf-8")


def lay_ledger_of_format(number: int, version: str, path: Path) -> None:
    """The same as an older format had it: without the tables and columns that came later."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name("whole.tunedesk")
    lay_ledger(version, whole)
    kept = content(whole)
    whole.unlink()
    database = Database.open(path)
    migrate(database, MIGRATIONS[:number])
    database.run("PRAGMA foreign_keys = OFF")
    with database.writing():
        for table in _tables(database):
            known = {row["name"] for row in database.rows(f"PRAGMA table_info({table})")}
            for columns in kept[table]:
                there = {name: value for name, value in columns.items() if name in known}
                database.insert(table, there)  # type: ignore[arg-type]
    database.close()


def content(path: Path) -> Content:
    """All that a ledger's file holds."""
    database = Database.open_read_only(path)
    try:
        return {
            table: [dict(row) for row in database.rows(f"SELECT * FROM {table} ORDER BY 1, 2")]
            for table in _tables(database)
        }
    finally:
        database.close()


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What SQLite says of each table's columns."""
    database = Database.open_read_only(path)
    try:
        return {
            table: [tuple(row) for row in database.rows(f"PRAGMA table_info({table})")]
            for table in _tables(database)
        }
    finally:
        database.close()


def _tables(database: Database) -> list[str]:
    named = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [row["name"] for row in database.rows(named)]
