"""The ledger's part about datasets, their split, and what was sent of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeVar

from tunedesk.store.ledger_database import Tables, clean, columns_of, packed, unpacked
from tunedesk.store.records import (
    DatasetRecord,
    DatasetSettings,
    RemovedDataset,
    SnapshotRecord,
    SplitSide,
)

T = TypeVar("T")

_PART = 5_000


class DatasetTables(Tables):
    """Datasets, split choices, snapshots. Part of `Ledger`."""

    # ---- datasets ------------------------------------------------------------------------------

    def add_dataset(
        self,
        name: str,
        path: Path,
        n_rows: int = 0,
        settings: DatasetSettings = DatasetSettings(),  # noqa: B008  frozen
    ) -> DatasetRecord:
        """Refer to a file. A path that is known already gives the record there is."""
        stored = self._stored(path)
        with self._database.writing():
            self._database.run(
                "INSERT OR IGNORE INTO datasets (name, path, n_rows, seed, test_share)"
                " VALUES (?, ?, ?, ?, ?)",
                (clean(name), stored, n_rows, settings.seed, settings.test_share),
            )
        number = self._database.number("SELECT id FROM datasets WHERE path = ?", (stored,))
        return self.dataset(number)

    def datasets(self) -> list[DatasetRecord]:
        """Every dataset, in the order they were added."""
        rows = self._database.rows(
            "SELECT id, name, path, n_rows, opened_at_ms FROM datasets ORDER BY id"
        )
        return [
            DatasetRecord(
                id=row["id"],
                name=row["name"],
                path=self._absolute(row["path"]),
                n_rows=row["n_rows"],
                opened_at_ms=row["opened_at_ms"],
            )
            for row in rows
        ]

    def dataset(self, dataset_id: int) -> DatasetRecord:
        """One dataset. Raises KeyError for an unknown id."""
        for record in self.datasets():
            if record.id == dataset_id:
                return record
        raise KeyError(dataset_id)

    def touch(self, dataset_id: int, n_rows: int, opened_at_ms: int) -> None:
        """Note that the dataset was open, and how many rows it held. KeyError if unknown."""
        self._update_dataset(
            dataset_id, "n_rows = ?, opened_at_ms = ?", (n_rows, opened_at_ms, dataset_id)
        )

    def move_dataset(self, dataset_id: int, path: Path) -> None:
        """The file is elsewhere now. KeyError if unknown."""
        self._update_dataset(dataset_id, "path = ?", (self._stored(path), dataset_id))

    def rename_dataset(self, dataset_id: int, name: str) -> None:
        """Call it otherwise in this project; the file keeps its name. KeyError if unknown."""
        self._update_dataset(dataset_id, "name = ?", (clean(name), dataset_id))

    def remove_dataset(self, dataset_id: int) -> RemovedDataset:
        """Forget the reference, split choices and tags; the file stays. KeyError if unknown."""
        removed = RemovedDataset(
            record=self.dataset(dataset_id),
            settings=self.dataset_settings(dataset_id),
            splits=self.split_overrides(dataset_id),
            tags=self.row_tags(dataset_id),
        )
        with self._database.writing():
            self._database.run("DELETE FROM datasets WHERE id = ?", (dataset_id,))
        return removed

    def bring_back_dataset(self, removed: RemovedDataset) -> DatasetRecord:
        """Undo `remove_dataset`: the same id, so that journal and backups are found again.

        A path that was added again meanwhile gives the record there is.
        """
        record, settings = removed.record, removed.settings
        stored = self._stored(record.path)
        with self._database.writing():
            cursor = self._database.run(
                "INSERT OR IGNORE INTO datasets"
                " (id, name, path, n_rows, opened_at_ms, seed, test_share)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    record.id,
                    record.name,
                    stored,
                    record.n_rows,
                    record.opened_at_ms,
                    settings.seed,
                    settings.test_share,
                ),
            )
            is_back = cursor.rowcount > 0
        number = self._database.number("SELECT id FROM datasets WHERE path = ?", (stored,))
        if is_back:
            self.set_splits(number, removed.splits.items())
            self.set_tags(number, removed.tags.items())
        return self.dataset(number)

    # ---- split ---------------------------------------------------------------------------------

    def dataset_settings(self, dataset_id: int) -> DatasetSettings:
        """Seed and test share. Raises KeyError for an unknown id."""
        row = self._database.row(
            "SELECT seed, test_share FROM datasets WHERE id = ?", (dataset_id,)
        )
        if row is None:
            raise KeyError(dataset_id)
        return DatasetSettings(seed=row["seed"], test_share=row["test_share"])

    def set_dataset_settings(self, dataset_id: int, settings: DatasetSettings) -> None:
        """Store seed and test share. Raises KeyError for an unknown id."""
        values = (settings.seed, settings.test_share, dataset_id)
        self._update_dataset(dataset_id, "seed = ?, test_share = ?", values)

    def split_overrides(self, dataset_id: int) -> dict[str, SplitSide]:
        """The person's own choices, by prompt digest."""
        rows = self._database.rows(
            "SELECT prompt_digest, side FROM split_overrides WHERE dataset_id = ?", (dataset_id,)
        )
        return {row["prompt_digest"]: row["side"] for row in rows}

    def set_split(self, dataset_id: int, prompt_digest: str, side: SplitSide | None) -> None:
        """Choose a side for all rows with this prompt; None gives it back to the seed."""
        self.set_splits(dataset_id, [(prompt_digest, side)])

    def set_splits(self, dataset_id: int, sides: Iterable[tuple[str, SplitSide | None]]) -> None:
        """Many choices by prompt digest, in one transaction."""
        with self._database.writing():
            for part in _parts(sides):
                self._delete_notes("split_overrides", dataset_id, part)
                self._database.run_many(
                    "INSERT OR REPLACE INTO split_overrides VALUES (?, ?, ?)",
                    [(dataset_id, digest, side) for digest, side in part if side is not None],
                )

    def _delete_notes(
        self, table: str, dataset_id: int, part: Sequence[tuple[str, object]]
    ) -> None:
        """Of prompts that have none any more."""
        self._database.run_many(
            f"DELETE FROM {table} WHERE dataset_id = ? AND prompt_digest = ?",  # noqa: S608
            [(dataset_id, digest) for digest, note in part if not note],
        )

    # ---- tags ----------------------------------------------------------------------------------

    def row_tags(self, dataset_id: int) -> dict[str, tuple[str, ...]]:
        """The person's tags, by prompt digest."""
        rows = self._database.rows(
            "SELECT prompt_digest, tags FROM row_tags WHERE dataset_id = ?", (dataset_id,)
        )
        return {row["prompt_digest"]: unpacked(row["tags"], tuple[str, ...]) for row in rows}

    def tags_of_prompts(self, prompt_digests: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The tags of these prompts in any dataset, sorted; prompts without one are left out."""
        sql = "SELECT tags FROM row_tags WHERE dataset_id = ? AND prompt_digest = ?"
        ids = [record.id for record in self.datasets()]
        found: dict[str, set[str]] = {}
        for digest in prompt_digests:
            for dataset_id in ids:
                for row in self._database.rows(sql, (dataset_id, digest)):
                    found.setdefault(digest, set()).update(unpacked(row["tags"], tuple[str, ...]))
        return {digest: tuple(sorted(names)) for digest, names in found.items()}

    def set_tags(self, dataset_id: int, tags: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        """Tags of all rows with these prompts, in one transaction; none forgets the prompt."""
        with self._database.writing():
            for part in _parts(tags):
                self._delete_notes("row_tags", dataset_id, part)
                self._database.run_many(
                    "INSERT OR REPLACE INTO row_tags VALUES (?, ?, ?)",
                    [(dataset_id, digest, packed(names)) for digest, names in part if names],
                )

    # ---- snapshots -----------------------------------------------------------------------------

    def add_snapshot(
        self, digest: str, path: Path, n_rows: int, dataset: str = ""
    ) -> SnapshotRecord:
        """Note a rendered file; the same digest again replaces where it lies and whose it is."""
        record = SnapshotRecord(digest=digest, path=path, n_rows=n_rows, dataset=dataset)
        with self._database.writing():
            self._database.run(
                "INSERT INTO snapshots (digest, path, n_rows, dataset)"
                " VALUES (:digest, :path, :n_rows, :dataset) ON CONFLICT (digest)"
                " DO UPDATE SET path = excluded.path, dataset = excluded.dataset",
                columns_of(record, without=("path",)) | {"path": self._stored(path)},
            )
        return record

    def snapshot(self, digest: str) -> SnapshotRecord | None:
        """The snapshot with this digest, None if there is none."""
        row = self._database.row("SELECT * FROM snapshots WHERE digest = ?", (digest,))
        if row is None:
            return None
        path = self._absolute(row["path"])
        return SnapshotRecord(
            digest=digest, path=path, n_rows=row["n_rows"], dataset=row["dataset"]
        )

    # ---- inner ---------------------------------------------------------------------------------

    def _update_dataset(
        self, dataset_id: int, assignment: str, values: tuple[str | int | float, ...]
    ) -> None:
        with self._database.writing():
            cursor = self._database.run(
                f"UPDATE datasets SET {assignment} WHERE id = ?",  # noqa: S608  our own words
                values,
            )
            if cursor.rowcount == 0:
                raise KeyError(dataset_id)

    def _folder(self) -> Path:
        return self._database.path.parent

    def _stored(self, path: Path) -> str:
        """Relative when inside the project. JSON, since a file name need not be valid Unicode."""
        absolute = path.absolute()
        if absolute.is_relative_to(self._folder()):
            return packed(absolute.relative_to(self._folder()).as_posix())
        return packed(str(absolute))

    def _absolute(self, stored: str) -> Path:
        return self._folder() / unpacked(stored, str)


def _parts(values: Iterable[T]) -> Iterator[list[T]]:
    """As many as one call of SQLite takes, so that other threads run in between."""
    rest = iter(values)
    while part := list(islice(rest, _PART)):
        yield part
