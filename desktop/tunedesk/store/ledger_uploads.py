"""The ledger's part about what lies at providers: whole files, and those sent in part."""

from __future__ import annotations

from tunedesk.store.ledger_database import Tables, clean, columns_of, record_of
from tunedesk.store.records import PartUpload

_NESTED = frozenset({"part_ids"})


class UploadTables(Tables):
    """Uploads of snapshots. Part of `Ledger`."""

    def upload_of(self, digest: str, provider_id: str) -> str | None:
        """The provider's file id of a snapshot that was there when last seen."""
        row = self._database.row(
            "SELECT file_id FROM uploads WHERE digest = ? AND provider_id = ?",
            (digest, provider_id),
        )
        return None if row is None else str(row["file_id"])

    def set_upload(self, digest: str, provider_id: str, file_id: str | None) -> None:
        """Note an upload of a known snapshot, with which its parts are done; None forgets it (the
        provider lost the file)."""
        with self._database.writing():
            self._delete("part_uploads", digest, provider_id)
            self._delete("uploads", digest, provider_id)
            if file_id is not None:
                self._database.insert(
                    "uploads",
                    {"digest": digest, "provider_id": provider_id, "file_id": clean(file_id)},
                )

    def uploads_at(self, provider_id: str) -> dict[str, str]:
        """Digests of the snapshots at a provider, by file id."""
        rows = self._database.rows(
            "SELECT file_id, digest FROM uploads WHERE provider_id = ?", (provider_id,)
        )
        return {row["file_id"]: row["digest"] for row in rows}

    def forget_file(self, provider_id: str, file_id: str) -> None:
        """The file is gone from the provider."""
        with self._database.writing():
            self._database.run(
                "DELETE FROM uploads WHERE provider_id = ? AND file_id = ?",
                (provider_id, clean(file_id)),
            )

    def part_upload(self, digest: str, provider_id: str) -> PartUpload | None:
        """An upload that is under way, or was when the app ended."""
        row = self._database.row(
            "SELECT * FROM part_uploads WHERE digest = ? AND provider_id = ?",
            (digest, provider_id),
        )
        return None if row is None else record_of(PartUpload, row, _NESTED)

    def set_part_upload(self, record: PartUpload) -> None:
        """Note how far an upload is."""
        with self._database.writing():
            self._database.insert(
                "part_uploads", columns_of(record, _NESTED), verb="INSERT OR REPLACE"
            )

    def drop_part_upload(self, digest: str, provider_id: str) -> None:
        """Forget an upload that leads nowhere."""
        with self._database.writing():
            self._delete("part_uploads", digest, provider_id)

    def _delete(self, table: str, digest: str, provider_id: str) -> None:
        self._database.run(
            f"DELETE FROM {table} WHERE digest = ? AND provider_id = ?",  # noqa: S608  our own words
            (digest, provider_id),
        )
