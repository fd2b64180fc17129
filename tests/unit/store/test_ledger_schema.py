"""D10 in small: formats go up with a backup, never down, and strangers are left alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tunedesk.core.errors import TunedeskError
from tunedesk.store.ledger import Ledger, peek
from tunedesk.store.ledger_database import Database
from tunedesk.store.ledger_schema import MIGRATIONS, migrate, version_of

_NEXT = ("CREATE TABLE notes (text TEXT)", "INSERT INTO notes VALUES ('from version 2')")
_FAILING = ("CREATE TABLE half (x)", "CREATE TABLE half (x)")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "project.tunedesk"
    ledger = Ledger.open(path)
    ledger.set_project_name("Marv")
    ledger.close()
    return path


def files(path: Path) -> list[str]:
    return sorted(p.name for p in path.parent.iterdir())


def test_a_new_ledger_has_the_newest_format_and_no_backup(path: Path) -> None:
    database = Database.open(path)
    assert version_of(database) == len(MIGRATIONS)
    for name, expected in (("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 2)):
        row = database.row(f"PRAGMA {name}")
        assert row is not None
        assert row[0] == expected
    database.close()
    Ledger.open(path).close()
    assert files(path) == ["project.tunedesk"]


def test_an_older_ledger_is_backed_up_and_brought_up(path: Path) -> None:
    database = Database.open(path)
    migrate(database, [*MIGRATIONS, _NEXT])
    assert version_of(database) == len(MIGRATIONS) + 1
    assert [row["text"] for row in database.rows("SELECT text FROM notes")] == ["from version 2"]
    migrate(database, [*MIGRATIONS, _NEXT])  # nothing more to do
    database.close()

    backup = path.with_name(f"project.tunedesk.v{len(MIGRATIONS)}.backup")
    assert files(path) == ["project.tunedesk", backup.name]
    old = Ledger.open(backup)
    assert old.project_name() == "Marv"
    old.close()


def test_a_backup_is_never_overwritten(path: Path) -> None:
    backup = path.with_name(f"project.tunedesk.v{len(MIGRATIONS)}.backup")
    backup.write_bytes(b"the only copy of something")
    database = Database.open(path)
    migrate(database, [*MIGRATIONS, _NEXT])
    database.close()
    assert backup.read_bytes() == b"the only copy of something"
    assert len(files(path)) == 3


def test_a_step_that_fails_leaves_the_older_format_whole(path: Path) -> None:
    database = Database.open(path)
    with pytest.raises(TunedeskError, match="half"):
        migrate(database, [*MIGRATIONS, _FAILING])
    assert version_of(database) == len(MIGRATIONS)
    database.close()
    ledger = Ledger.open(path)
    assert ledger.project_name() == "Marv"
    ledger.close()


def test_a_newer_ledger_is_refused_with_a_sentence_and_left_as_it_is(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = path.read_bytes()
    for attempt in (Ledger.open, peek):
        with pytest.raises(TunedeskError, match="newer Tunedesk") as caught:
            attempt(path)
        assert caught.value.code == "ledger.newer"
        assert "Update Tunedesk" in caught.value.next_step
    assert path.read_bytes() == before


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "project.tunedesk"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(TunedeskError, match="not a Tunedesk project"):
        Ledger.open(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "project.tunedesk"
    path.write_bytes(b"Dear diary, " * 1000)
    with pytest.raises(TunedeskError) as caught:
        Ledger.open(path)
    assert caught.value.code == "ledger.not_a_ledger"
    assert path.read_bytes() == b"Dear diary, " * 1000


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TunedeskError, match="folder cannot be made"):
        Ledger.open(tmp_path / "file" / "project.tunedesk")


def test_choices_of_the_first_format_are_still_known_by_the_shorter_digest(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "project.tunedesk")
    migrate(database, MIGRATIONS[:1])
    with database.writing():
        database.run(
            "INSERT INTO datasets (id, name, path, n_rows, seed, test_share)"
            " VALUES (1, 'a', '\"a.jsonl\"', 1, 0, 0.1)"
        )
        database.run("INSERT INTO split_overrides VALUES (1, ?, 'aside')", ("ab" * 32,))
    database.close()
    ledger = Ledger.open(tmp_path / "project.tunedesk")
    assert ledger.split_overrides(1) == {"ab" * 8: "aside"}
    ledger.set_split(1, "ab" * 8, None)
    assert ledger.split_overrides(1) == {}
    ledger.close()
