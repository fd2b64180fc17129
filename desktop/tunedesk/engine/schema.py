"""The tables of the engine's database, and how an older file becomes one of today.

A new file goes through the same steps as an old one, so there is one description of each table.
Every step is one transaction: a kill leaves the file as it was before.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from tunedesk.core.errors import TunedeskError

_FIRST = """
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
"""
_SECOND = """
ALTER TABLE checkpoints ADD COLUMN samples TEXT;
ALTER TABLE tuned ADD COLUMN digest TEXT;
ALTER TABLE tuned ADD COLUMN size_bytes INTEGER;
CREATE TABLE uploads (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, filename TEXT NOT NULL,
  mime_type TEXT NOT NULL, purpose TEXT NOT NULL, lives_s INTEGER, status TEXT NOT NULL,
  part_ids TEXT, file TEXT);
CREATE TABLE parts (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  upload_id TEXT NOT NULL REFERENCES uploads (id), bytes INTEGER NOT NULL,
  created_at INTEGER NOT NULL);
CREATE INDEX parts_of_upload ON parts (upload_id);
CREATE INDEX uploads_by_status ON uploads (status);
CREATE INDEX events_of_job ON events (job_id, seq);
CREATE INDEX jobs_by_status ON jobs (status, seq);
"""
_STEPS = (_FIRST, _SECOND)
SCHEMA_VERSION = len(_STEPS)


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Adds what later versions have; an older file is copied first, beside itself.

    Raises TunedeskError for a file of a newer version, sqlite3.Error if the file is damaged.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > SCHEMA_VERSION:
        raise TunedeskError(
            "data_newer",
            "The engine was not started.",
            f"{path} was written by a newer Tunedesk.",
            "Update Tunedesk, or name another folder with --data.",
        )
    if 0 < version < SCHEMA_VERSION:
        _keep_a_copy(connection, path, version)
    for number in range(version, SCHEMA_VERSION):
        _take_step(connection, number)


def backup_path(path: Path, version: int) -> Path:
    """Where the copy made before leaving `version` lies."""
    return path.with_name(f"{path.name}.version-{version}.backup")


def _take_step(connection: sqlite3.Connection, number: int) -> None:
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE; {_STEPS[number]} PRAGMA user_version = {number + 1}; COMMIT;"
        )
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _keep_a_copy(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Whole or not there at all; one of an earlier attempt says the same and is replaced."""
    target = backup_path(path, version)
    scratch = target.with_name(target.name + ".part")
    scratch.unlink(missing_ok=True)
    os.close(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with contextlib.closing(sqlite3.connect(scratch)) as copy:
        connection.backup(copy)
    scratch.replace(target)
