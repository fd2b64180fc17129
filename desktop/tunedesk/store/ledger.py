"""The project's memory: one SQLite file that holds everything but the rows themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.store.ledger_chats import ChatTables
from tunedesk.store.ledger_database import Database
from tunedesk.store.ledger_datasets import DatasetTables
from tunedesk.store.ledger_frozen import FrozenTables
from tunedesk.store.ledger_held_out import HeldOutTables
from tunedesk.store.ledger_jobs import JobTables
from tunedesk.store.ledger_kept import KeptTables
from tunedesk.store.ledger_ratings import RatingTables
from tunedesk.store.ledger_schema import MIGRATIONS, migrate, refuse_newer, version_of
from tunedesk.store.ledger_uploads import UploadTables
from tunedesk.store.records import ProjectSummary

LEDGER_NAME = "project.tunedesk"
"""The ledger's file name inside a project's folder."""


class ProjectPeek(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said of a project without opening it for work."""

    name: str
    summary: ProjectSummary


class Ledger(
    DatasetTables,
    UploadTables,
    JobTables,
    HeldOutTables,
    FrozenTables,
    KeptTables,
    ChatTables,
    RatingTables,
):
    """Jobs, events, checkpoints, conversations, votes, snapshots and what datasets there are.

    Blocking; used from one thread at a time, whichever that is. When a method returns, what it
    wrote is on the disk. Every method raises TunedeskError when the file cannot be read or
    written, and sqlite3.IntegrityError (a bug) when an id refers to nothing.
    """

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the file and bring it to this version's format, after a backup.

        Raises TunedeskError for a file of a newer Tunedesk or of another program, and when the
        file cannot be opened; it is then unchanged.
        """
        path = path.absolute()
        _make_folder(path)
        _refuse_unknown(path)
        database = Database.open(path)
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(database)

    @property
    def path(self) -> Path:
        """The ledger's file; its folder is the project's."""
        return self._database.path

    def close(self) -> None:
        """Fold the log into the file and let go of it. Closing twice is harmless."""
        self._database.close()

    def project_name(self) -> str:
        """The project's name; its folder's until one is set."""
        name = self.note("name")
        return name if name is not None else self.path.parent.name

    def set_project_name(self, name: str) -> None:
        """Store the project's name."""
        self.put_note("name", name)

    def summary(self) -> ProjectSummary:
        """Three counts for the list of projects."""
        return ProjectSummary(
            n_datasets=self._database.number("SELECT count(*) FROM datasets"),
            n_tuned_models=self.n_tuned_models(),
            n_votes=self.n_votes(),
        )


def _make_folder(path: Path) -> None:
    """Make the folder of a file that is about to be created. Raises TunedeskError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TunedeskError(
            "ledger.folder",
            "The project's folder cannot be made.",
            f"{path.parent}: {error.strerror}.",
            "Choose another folder.",
        ) from error


def peek(path: Path) -> ProjectPeek:
    """Name and counts of a project that may be open elsewhere; nothing in it is changed.

    Raises TunedeskError if there is none, or it is of a newer Tunedesk or another program.
    """
    database = Database.open_read_only(path.absolute())
    try:
        _known_version(database)
        ledger = Ledger(database)
        return ProjectPeek(name=ledger.project_name(), summary=ledger.summary())
    finally:
        database.close()


def _refuse_unknown(path: Path) -> None:
    """Look before touching: switching a file to WAL would already change it."""
    if not path.exists() or path.stat().st_size == 0:
        return
    database = Database.open_read_only(path)
    try:
        _known_version(database)
    finally:
        database.close()


def _known_version(database: Database) -> None:
    refuse_newer(database.path, version_of(database), len(MIGRATIONS))
