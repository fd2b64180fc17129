"""Uploads: a large file that comes in parts, kept on disk until it is completed.

Nothing is held in memory, so an upload outlives the engine. Part ids are ours and the only names
in the folder; a part that belongs to no pending upload is removed.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tunedesk.engine.files import FileStore, file_object, plain_name
from tunedesk.engine.storage import Database, Row
from tunedesk.engine.wire import ApiError, disk_error, new_id, now_s

MAX_PART_BYTES = 64 * 2**20
MAX_UPLOAD_BYTES = 8 * 2**30
MAX_PARTS = 10_000
LIFE_S = 3600

_CHUNK_BYTES = 2**20


class NewUpload(msgspec.Struct, frozen=True, kw_only=True):
    """What is announced. `lives_s`: how long the finished file is kept; None for ever."""

    n_bytes: int
    filename: str
    mime_type: str
    purpose: str
    lives_s: int | None


class UploadStore:
    """Uploads and their parts. `clock` tells Unix seconds."""

    def __init__(
        self, database: Database, folder: Path, files: FileStore, clock: Callable[[], int] = now_s
    ) -> None:
        self._database = database
        self._folder = folder
        self._files = files
        self._clock = clock
        self._turn = asyncio.Lock()
        self._completing: str | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.expire()
        self._drop_strays()

    def create(self, new: NewUpload) -> Row:
        """Announces an upload; it has an hour."""
        created = self._clock()
        row: Row = {
            "id": new_id("upload_"),
            "bytes": new.n_bytes,
            "created_at": created,
            "expires_at": created + LIFE_S,
            "filename": plain_name(new.filename),
            "mime_type": new.mime_type,
            "purpose": new.purpose,
            "lives_s": new.lives_s,
            "status": "pending",
            "file": None,
        }
        self._database.insert("uploads", row)
        return row

    def get(self, upload_id: str) -> Row:
        """Raises ApiError 404 for an unknown id."""
        self.expire()
        row = self._database.row("SELECT * FROM uploads WHERE id = ?", upload_id)
        if row is None:
            raise ApiError(404, f"No such Upload object: {upload_id}", param="upload_id")
        return row

    def pending(self, upload_id: str) -> Row:
        """One that is still open. Raises ApiError 404, or 400 for one that is over."""
        row = self.get(upload_id)
        if row["status"] != "pending":
            text = f"The upload {upload_id} is {row['status']} and takes nothing more; "
            text += "create a new one."
            raise ApiError(400, text, param="upload_id", code="upload_not_pending")
        return row

    def scratch(self) -> Path:
        """A path to stream a part to, before it is added."""
        return self._folder / (new_id("part-") + ".tmp")

    def add_part(self, upload_id: str, scratch: Path) -> Row:
        """Takes a streamed part in. Raises ApiError 400 beyond the bounds or if it is too late."""
        self.pending(upload_id)
        n_bytes = scratch.stat().st_size
        self._require_room(upload_id, n_bytes)
        part: Row = {
            "id": new_id("part_"),
            "upload_id": upload_id,
            "bytes": n_bytes,
            "created_at": self._clock(),
        }
        kept = scratch.replace(self._folder / part["id"])
        try:
            self._database.insert("parts", part)
        except sqlite3.Error:
            kept.unlink(missing_ok=True)
            raise
        return part

    async def complete(self, upload_id: str, part_ids: Sequence[str], md5: str | None) -> Row:
        """Joins the parts in this order into a File. The same request again gets the same answer.

        Raises ApiError 400 if they are not the announced bytes; the upload stays open then.
        """
        async with self._turn:
            row = self.get(upload_id)
            if row["status"] == "completed" and row["part_ids"] == list(part_ids):
                return row
            self.pending(upload_id)
            paths = self._paths(row, part_ids)
            self._completing = upload_id
            try:
                await self._take_in(row, paths, part_ids, md5)
            finally:
                self._completing = None
        return self.get(upload_id)

    async def cancel(self, upload_id: str) -> Row:
        """Gives an upload up. Raises ApiError 404, or 400 for one that is over otherwise."""
        async with self._turn:
            if self.get(upload_id)["status"] != "cancelled":
                self.pending(upload_id)
                self._end(upload_id, "cancelled")
        return self.get(upload_id)

    def expire(self) -> None:
        """Ends what was not completed within its hour."""
        sql = "SELECT id FROM uploads WHERE status = 'pending' AND expires_at <= ?"
        for row in self._database.rows(sql, self._clock()):
            if row["id"] != self._completing:
                self._end(row["id"], "expired")

    def _require_room(self, upload_id: str, n_bytes: int) -> None:
        if n_bytes > MAX_PART_BYTES:
            text = f"A part has at most {MAX_PART_BYTES} bytes, this one has {n_bytes}."
            raise ApiError(400, text, param="data", code="part_too_large")
        sql = "SELECT count(*) AS n, coalesce(sum(bytes), 0) AS b FROM parts WHERE upload_id = ?"
        there = self._database.row(sql, upload_id)
        assert there is not None
        if there["n"] >= MAX_PARTS or there["b"] + n_bytes > MAX_UPLOAD_BYTES:
            text = f"An upload has at most {MAX_PARTS} parts and {MAX_UPLOAD_BYTES} bytes in all."
            raise ApiError(400, text, param="data", code="upload_too_large")

    def _paths(self, row: Row, part_ids: Sequence[str]) -> list[Path]:
        """Where the parts are, if together they have the announced size."""
        sql = "SELECT id, bytes FROM parts WHERE upload_id = ?"
        sizes = {part["id"]: part["bytes"] for part in self._database.rows(sql, row["id"])}
        if len(set(part_ids)) < len(part_ids) or not sizes.keys() >= set(part_ids):
            text = f"'part_ids' names a part twice, or one that is not of upload {row['id']}."
            raise ApiError(400, text, param="part_ids", code="invalid_part")
        n_bytes = sum(sizes[part_id] for part_id in part_ids)
        if n_bytes != row["bytes"]:
            text = f"The parts have {n_bytes} bytes together, the upload was announced with "
            raise ApiError(400, f"{text}{row['bytes']}.", param="part_ids", code="bytes_mismatch")
        return [self._folder / part_id for part_id in part_ids]

    async def _take_in(
        self, row: Row, paths: list[Path], part_ids: Sequence[str], md5: str | None
    ) -> None:
        scratch = self._files.scratch()
        try:
            digest = await asyncio.to_thread(_join, paths, scratch)
            if md5 is not None and digest != md5.lower():
                text = f"The uploaded bytes have the md5 {digest}, not {md5}."
                raise ApiError(400, text, param="md5", code="md5_mismatch")
            await asyncio.to_thread(self._files.settle, scratch, row["purpose"])
            self._finish(row, scratch, list(part_ids))
        except OSError as error:
            raise disk_error(error, "The file") from error
        finally:
            scratch.unlink(missing_ok=True)

    def _finish(self, row: Row, scratch: Path, part_ids: list[str]) -> None:
        with self._database.together():
            made = self._files.add(
                scratch,
                filename=row["filename"],
                purpose=row["purpose"],
                lives_s=row["lives_s"],
            )
            values = {"file": file_object(made), "part_ids": part_ids}
            self._database.update("uploads", row["id"], {**values, "status": "completed"})
        self._drop_parts(row["id"])

    def _end(self, upload_id: str, status: str) -> None:
        self._database.update("uploads", upload_id, {"status": status})
        self._drop_parts(upload_id)

    def _drop_parts(self, upload_id: str) -> None:
        for part in self._database.rows("SELECT id FROM parts WHERE upload_id = ?", upload_id):
            (self._folder / part["id"]).unlink(missing_ok=True)

    def _drop_strays(self) -> None:
        sql = "SELECT p.id FROM parts p JOIN uploads u ON u.id = upload_id WHERE status = 'pending'"
        kept = {row["id"] for row in self._database.rows(sql)}
        for path in self._folder.iterdir():
            if path.name not in kept:
                path.unlink()


def upload_object(row: Row) -> dict[str, Any]:
    """A row as OpenAI's Upload object."""
    same = "id bytes created_at expires_at filename purpose status file"
    return {"object": "upload", **{key: row[key] for key in same.split()}}


def part_object(row: Row) -> dict[str, Any]:
    """A row as OpenAI's UploadPart object."""
    same = {key: row[key] for key in ("id", "created_at", "upload_id")}
    return {"object": "upload.part", **same}


def _join(paths: Sequence[Path], target: Path) -> str:
    """Writes one behind the other, through to the disk; returns the md5 in hexadecimal."""
    digest = hashlib.md5(usedforsecurity=False)
    with target.open("xb") as sink:
        for path in paths:
            with path.open("rb") as source:
                while chunk := source.read(_CHUNK_BYTES):
                    digest.update(chunk)
                    sink.write(chunk)
        sink.flush()
        os.fsync(sink.fileno())
    return digest.hexdigest()
