"""The engine's database: older files are carried over, after a copy was made of them."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.support.engine import running_engine
from tunedesk.core.errors import TunedeskError
from tunedesk.engine.schema import SCHEMA_VERSION, backup_path
from tunedesk.engine.storage import Database

MUSEUM = Path(__file__).parent / "museum"


def _old_database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript((MUSEUM / "engine-version-1.sql").read_text(encoding="utf-8"))


def _version(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.engine
@pytest.mark.anyio
async def test_an_engine_goes_on_with_the_data_of_the_first_release(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    _old_database(path)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "file-old").write_bytes(b"{}\n")
    async with running_engine(tmp_path) as engine:
        job = await engine.client.fine_tuning.jobs.retrieve("ftjob-old")
        assert (job.status, job.seed, job.metadata) == ("succeeded", 7, {"k": "v"})
        assert (await engine.client.files.content("file-old")).content == b"{}\n"
        events = (await engine.client.fine_tuning.jobs.list_events("ftjob-old")).data
        assert [event.id for event in events] == ["ftevent-old"]
        kept = (await engine.client.fine_tuning.jobs.checkpoints.list("ftjob-old")).data[0]
        assert kept.metrics.train_loss == 1.5
        assert kept.model_extra == {"samples": []}
        upload = await engine.client.uploads.create(
            bytes=3, filename="b.jsonl", mime_type="text/jsonl", purpose="fine-tune"
        )
        assert upload.status == "pending"
    assert _version(path) == SCHEMA_VERSION


def test_the_old_file_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    _old_database(path)
    Database(path).close()
    backup = backup_path(path, 1)
    assert _version(backup) == 1
    assert backup.stat().st_mode & 0o077 == 0
    with contextlib.closing(sqlite3.connect(backup)) as database:
        assert database.execute("SELECT id FROM jobs").fetchall() == [("ftjob-old",)]
        assert "uploads" not in {
            row[0] for row in database.execute("SELECT name FROM sqlite_master")
        }


def test_a_new_file_needs_no_copy(tmp_path: Path) -> None:
    Database(tmp_path / "engine.db").close()
    assert _version(tmp_path / "engine.db") == SCHEMA_VERSION
    assert not list(tmp_path.glob("*.backup"))


def test_a_step_that_fails_leaves_the_old_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    _old_database(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE parts (in_the_way INTEGER)")
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError):
            Database(path)
    with contextlib.closing(sqlite3.connect(path)) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(checkpoints)")]
        assert "samples" not in columns
        database.execute("DROP TABLE parts")
    assert _version(path) == 1
    Database(path).close()
    assert _version(path) == SCHEMA_VERSION


def test_a_newer_file_is_left_alone_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(TunedeskError, match="was written by a newer Tunedesk"):
        Database(path)
    assert _version(path) == SCHEMA_VERSION + 1


def test_together_is_all_or_nothing(tmp_path: Path) -> None:
    with contextlib.closing(Database(tmp_path / "engine.db")) as database:
        row = {"created_at": 1, "base": "b", "folder": "f", "kind": "tuned", "job_id": "j"}
        with pytest.raises(RuntimeError), database.together():
            database.insert("tuned", {"id": "one", **row})
            raise RuntimeError
        assert database.rows("SELECT * FROM tuned") == []
        with database.together():
            database.insert("tuned", {"id": "two", **row})
        assert len(database.rows("SELECT * FROM tuned")) == 1


def test_what_could_not_be_written_as_a_whole_leaves_room_for_the_next(tmp_path: Path) -> None:
    with contextlib.closing(Database(tmp_path / "engine.db")) as database:
        stray = {"id": "p", "upload_id": "gone", "bytes": 1, "created_at": 1}
        with pytest.raises(sqlite3.IntegrityError), database.together():
            database.rows("PRAGMA defer_foreign_keys = ON")  # only the last step will fail
            database.insert("parts", stray)
        with database.together():
            assert database.rows("SELECT * FROM parts") == []
