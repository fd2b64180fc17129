"""The ledger's tables, release by release, and the way from one to the next.

A released entry of MIGRATIONS is never changed: a new release appends one. `user_version` of a
file is the number of entries that were applied to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.store.ledger_database import Database

APPLICATION_ID = 0x54444C47  # "TDLG": says in the file's header whose it is

Migration = Sequence[str]

_FIRST: Migration = (
    "CREATE TABLE project (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE datasets (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        path TEXT NOT NULL UNIQUE,
        n_rows INTEGER NOT NULL,
        opened_at_ms INTEGER,
        seed INTEGER NOT NULL,
        test_share REAL NOT NULL)""",
    """CREATE TABLE split_overrides (
        dataset_id INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,
        prompt_digest TEXT NOT NULL,
        side TEXT NOT NULL CHECK (side IN ('train', 'test', 'aside')),
        PRIMARY KEY (dataset_id, prompt_digest)) WITHOUT ROWID""",
    """CREATE TABLE snapshots (
        digest TEXT PRIMARY KEY,
        path TEXT NOT NULL,
        n_rows INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE uploads (
        digest TEXT NOT NULL REFERENCES snapshots,
        provider_id TEXT NOT NULL,
        file_id TEXT NOT NULL,
        PRIMARY KEY (digest, provider_id)) WITHOUT ROWID""",
    """CREATE TABLE jobs (
        local_id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        provider_id TEXT NOT NULL,
        base_model TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL,
        train_digest TEXT NOT NULL,
        n_train INTEGER NOT NULL,
        n_held_out INTEGER NOT NULL,
        held_out_digest TEXT,
        status TEXT NOT NULL,
        stage TEXT NOT NULL,
        remote_id TEXT,
        request TEXT NOT NULL,
        state TEXT,
        error TEXT,
        started_at_ms INTEGER,
        finished_at_ms INTEGER) WITHOUT ROWID""",
    """CREATE TABLE events (
        number INTEGER PRIMARY KEY,
        local_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
        event_key TEXT NOT NULL,
        created_at_s INTEGER NOT NULL,
        event TEXT NOT NULL,
        UNIQUE (local_id, event_key))""",
    """CREATE TABLE checkpoints (
        local_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
        id TEXT NOT NULL,
        step_number INTEGER NOT NULL,
        checkpoint TEXT NOT NULL,
        PRIMARY KEY (local_id, id)) WITHOUT ROWID""",
    """CREATE TABLE rounds (
        id TEXT PRIMARY KEY,
        created_at_ms INTEGER NOT NULL,
        messages TEXT NOT NULL,
        seed INTEGER NOT NULL,
        first TEXT NOT NULL,
        second TEXT NOT NULL,
        first_seat TEXT NOT NULL CHECK (first_seat IN ('A', 'B')),
        settings TEXT NOT NULL,
        source_digest TEXT,
        kind TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE answers (
        round_id TEXT NOT NULL REFERENCES rounds ON DELETE CASCADE,
        seat TEXT NOT NULL CHECK (seat IN ('A', 'B')),
        finish_reason TEXT,
        answer TEXT NOT NULL,
        PRIMARY KEY (round_id, seat)) WITHOUT ROWID""",
    """CREATE TABLE votes (
        round_id TEXT PRIMARY KEY REFERENCES rounds ON DELETE CASCADE,
        choice TEXT NOT NULL CHECK (choice IN ('A', 'B', 'tie', 'both_bad')),
        created_at_ms INTEGER NOT NULL,
        reasons TEXT NOT NULL,
        note TEXT NOT NULL) WITHOUT ROWID""",
)

_SECOND: Migration = (
    # A prompt is known by the first 8 bytes of its digest from here on.
    "UPDATE OR REPLACE split_overrides SET prompt_digest = substr(prompt_digest, 1, 16)",
    """CREATE TABLE row_tags (
        dataset_id INTEGER NOT NULL REFERENCES datasets ON DELETE CASCADE,
        prompt_digest TEXT NOT NULL,
        tags TEXT NOT NULL,
        PRIMARY KEY (dataset_id, prompt_digest)) WITHOUT ROWID""",
)

_THIRD: Migration = (
    """CREATE TABLE part_uploads (
        digest TEXT NOT NULL REFERENCES snapshots,
        provider_id TEXT NOT NULL,
        upload_id TEXT NOT NULL,
        part_bytes INTEGER NOT NULL,
        expires_at_ms INTEGER NOT NULL,
        part_ids TEXT NOT NULL,
        PRIMARY KEY (digest, provider_id)) WITHOUT ROWID""",
)

_FOURTH: Migration = (
    """CREATE TABLE frozen_models (
        provider_id TEXT NOT NULL,
        model TEXT NOT NULL,
        label TEXT NOT NULL,
        provider TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL,
        PRIMARY KEY (provider_id, model)) WITHOUT ROWID""",
    """CREATE TABLE frozen_answers (
        provider_id TEXT NOT NULL,
        model TEXT NOT NULL,
        prompt_digest TEXT NOT NULL,
        messages TEXT NOT NULL,
        reference TEXT NOT NULL,
        settings TEXT NOT NULL,
        asked_at_ms INTEGER NOT NULL,
        answer TEXT,
        problem TEXT NOT NULL,
        PRIMARY KEY (provider_id, model, prompt_digest),
        FOREIGN KEY (provider_id, model) REFERENCES frozen_models ON DELETE CASCADE
        ) WITHOUT ROWID""",
)

_FIFTH: Migration = (  # whose rows a snapshot holds, for people
    "ALTER TABLE snapshots ADD COLUMN dataset TEXT NOT NULL DEFAULT ''",
)

_SIXTH: Migration = (  # what the row answers that a prompt came from
    "ALTER TABLE rounds ADD COLUMN reference TEXT NOT NULL DEFAULT ''",
)

_SEVENTH: Migration = (  # rounds asked ahead of time, changed votes, edited winners
    "ALTER TABLE rounds ADD COLUMN repeats TEXT REFERENCES rounds ON DELETE CASCADE",
    "ALTER TABLE rounds ADD COLUMN ended TEXT CHECK (ended IN ('identical', 'abandoned'))",
    "CREATE INDEX rounds_by_source ON rounds (source_digest)",
    """CREATE TABLE asks (
        round_id TEXT NOT NULL REFERENCES rounds ON DELETE CASCADE,
        seat TEXT NOT NULL CHECK (seat IN ('A', 'B')),
        asked_at_ms INTEGER NOT NULL,
        PRIMARY KEY (round_id, seat)) WITHOUT ROWID""",
    """CREATE TABLE vote_changes (
        number INTEGER PRIMARY KEY,
        round_id TEXT NOT NULL REFERENCES votes ON DELETE CASCADE,
        choice TEXT NOT NULL CHECK (choice IN ('A', 'B', 'tie', 'both_bad')),
        created_at_ms INTEGER NOT NULL,
        reasons TEXT NOT NULL,
        note TEXT NOT NULL)""",
    """CREATE TABLE edits (
        round_id TEXT PRIMARY KEY REFERENCES votes ON DELETE CASCADE,
        text TEXT NOT NULL,
        dataset_id INTEGER NOT NULL,
        created_at_ms INTEGER NOT NULL) WITHOUT ROWID""",
)

_EIGHTH: Migration = (  # checkpoints: those that are kept, and answers asked for by hand
    """CREATE TABLE kept_checkpoints (
        local_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
        model TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (local_id, model)) WITHOUT ROWID""",
    """CREATE TABLE asked_samples (
        local_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
        model TEXT NOT NULL,
        prompt TEXT NOT NULL,
        answer TEXT NOT NULL,
        PRIMARY KEY (local_id, model, prompt)) WITHOUT ROWID""",
)

_NINTH: Migration = (  # that a checkpoint is asked by hand is written down first: it may be billed
    """CREATE TABLE sample_asks (
        local_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
        model TEXT NOT NULL,
        prompt TEXT NOT NULL,
        asked_at_ms INTEGER NOT NULL,
        PRIMARY KEY (local_id, model, prompt)) WITHOUT ROWID""",
)

_TENTH: Migration = (  # conversations of one to four panes, with their branches
    """CREATE TABLE chats (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        created_at_ms INTEGER NOT NULL,
        changed_at_ms INTEGER NOT NULL,
        panes TEXT NOT NULL,
        tools TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE chat_turns (
        chat_id TEXT NOT NULL REFERENCES chats ON DELETE CASCADE,
        id INTEGER NOT NULL,
        pane INTEGER NOT NULL,
        parent INTEGER NOT NULL,
        role TEXT NOT NULL CHECK (role IN ('user', 'tool', 'assistant')),
        text TEXT NOT NULL,
        prompt INTEGER NOT NULL,
        label TEXT NOT NULL,
        answer TEXT,
        problem TEXT NOT NULL,
        PRIMARY KEY (chat_id, id)) WITHOUT ROWID""",
)

_ELEVENTH: Migration = (  # answers of one model alone, and what they are worth
    """CREATE TABLE ratings (
        id TEXT PRIMARY KEY,
        created_at_ms INTEGER NOT NULL,
        contender TEXT NOT NULL,
        prompt_digest TEXT NOT NULL,
        messages TEXT NOT NULL,
        reference TEXT NOT NULL,
        answer TEXT NOT NULL,
        stars INTEGER CHECK (stars BETWEEN 1 AND 5),
        passed INTEGER CHECK (passed IN (0, 1)),
        note TEXT NOT NULL,
        rated_at_ms INTEGER) WITHOUT ROWID""",
)

MIGRATIONS: Sequence[Migration] = (
    _FIRST,
    _SECOND,
    _THIRD,
    _FOURTH,
    _FIFTH,
    _SIXTH,
    _SEVENTH,
    _EIGHTH,
    _NINTH,
    _TENTH,
    _ELEVENTH,
)


def version_of(database: Database) -> int:
    """How many migrations the file has had; 0 for a new one.

    Raises TunedeskError for an SQLite file of another program.
    """
    version = database.number("PRAGMA user_version")
    owner = database.number("PRAGMA application_id")
    n_tables = database.number("SELECT count(*) FROM sqlite_schema")
    if owner != APPLICATION_ID and (version or n_tables):
        raise _foreign(database.path)
    return version


def migrate(database: Database, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring the file to the newest version, after a backup if it held anything.

    Each step is one transaction: a crash leaves a whole older version, which the next start goes
    on from. Raises TunedeskError for a file from a newer Tunedesk.
    """
    version = version_of(database)
    refuse_newer(database.path, version, len(migrations))
    if 0 < version < len(migrations):
        database.back_up_to(_backup_path(database.path, version))
    while version < len(migrations):
        version = _step(database, migrations)


def refuse_newer(path: Path, version: int, known: int = len(MIGRATIONS)) -> None:
    """Raises TunedeskError when the file was written by a newer Tunedesk."""
    if version > known:
        raise TunedeskError(
            "ledger.newer",
            "This project was made by a newer Tunedesk.",
            f"{path} has format {version}; this Tunedesk knows formats up to {known}. "
            "Nothing was changed.",
            "Update Tunedesk, or open the backup beside the file with this one.",
        )


def _step(database: Database, migrations: Sequence[Migration]) -> int:
    with database.writing():
        # Asked again under the lock: another window may have been quicker.
        version = database.number("PRAGMA user_version")
        if version < len(migrations):
            for statement in migrations[version]:
                database.run(statement)
            version += 1
            database.run(f"PRAGMA user_version = {version}")
            database.run(f"PRAGMA application_id = {APPLICATION_ID}")
    return version


def _backup_path(path: Path, version: int) -> Path:
    """A name not yet taken: an earlier backup is never overwritten."""
    candidate = path.with_name(f"{path.name}.v{version}.backup")
    number = 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}.v{version}-{number}.backup")
    return candidate


def _foreign(path: Path) -> TunedeskError:
    return TunedeskError(
        "ledger.foreign",
        "This is not a Tunedesk project.",
        f"{path} is a database of another program. Nothing was changed.",
        "Choose another folder.",
    )
