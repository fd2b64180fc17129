"""Uploaded files: bytes in a folder under their id, the rest in the database."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunedesk.engine.paging import Condition, Window, page_of
from tunedesk.engine.storage import Database, Row
from tunedesk.engine.wire import ApiError, new_id, now_s

PURPOSES = frozenset({"fine-tune", "assistants", "batch", "vision", "user_data", "evals"})
_FIRST_LINE_LIMIT_BYTES = 64 * 2**20


class FileStore:
    """Files live in `folder`; a name from outside never becomes part of a path."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        known = {row["id"] for row in database.rows("SELECT id FROM files")}
        for left_over in folder.iterdir():
            if left_over.name not in known:
                left_over.unlink()

    def scratch(self) -> Path:
        """A path to stream an upload to, before it is added."""
        return self._folder / (new_id("upload-") + ".part")

    def settle(self, scratch: Path, purpose: str) -> None:
        """Checks streamed bytes and writes them through to the disk; callable on any thread.

        Raises ApiError 400 for an unknown purpose or what is no JSONL though it should be.
        """
        require_purpose(purpose)
        if purpose == "fine-tune":
            _require_jsonl(scratch)
        with scratch.open("rb+") as stream:
            os.fsync(stream.fileno())

    def add(self, scratch: Path, *, filename: str, purpose: str, lives_s: int | None) -> Row:
        """Takes bytes in. `lives_s` seconds from now the file expires; None keeps it."""
        created = now_s()
        row: Row = {
            "id": new_id("file-"),
            "bytes": scratch.stat().st_size,
            "created_at": created,
            "expires_at": None if lives_s is None else created + lives_s,
            "filename": plain_name(filename),
            "purpose": purpose,
            "status": "processed",
            "status_details": None,
        }
        kept = scratch.replace(self._folder / row["id"])
        try:
            self._database.insert("files", row)
        except sqlite3.Error:
            kept.unlink(missing_ok=True)
            raise
        return row

    def page(self, window: Window, purpose: str | None) -> tuple[list[Row], bool]:
        """A page of all files, or of those of one purpose. Raises ApiError 400: unknown `after`."""
        self.drop_expired()
        wanted = [] if purpose is None else [Condition("purpose = ?", (purpose,))]
        return page_of(self._database, "files", window, *wanted)

    def get(self, file_id: str, param: str = "id") -> Row:
        """Raises ApiError 404 for an unknown id."""
        self.drop_expired()
        row = self._database.row("SELECT * FROM files WHERE id = ?", file_id)
        if row is None:
            raise ApiError(404, f"No such File object: {file_id}", param=param)
        return row

    def path(self, file_id: str, param: str = "id") -> Path:
        """Where the bytes are. Raises ApiError 404 for an unknown id."""
        return self._folder / str(self.get(file_id, param)["id"])

    def delete(self, file_id: str) -> None:
        """Removes row and bytes. Raises ApiError 404 for an unknown id."""
        path = self.path(file_id)
        self._database.delete("files", file_id)
        path.unlink(missing_ok=True)

    def drop_expired(self) -> None:
        """Removes what has lived its time."""
        sql = "SELECT id FROM files WHERE expires_at <= ?"
        for row in self._database.rows(sql, now_s()):
            self._database.delete("files", row["id"])
            (self._folder / row["id"]).unlink(missing_ok=True)


def file_object(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as OpenAI's File object."""
    shown = {key: value for key, value in row.items() if key != "seq"}
    return {"object": "file", **shown}


def require_purpose(purpose: str) -> None:
    """Raises ApiError 400 for a purpose that OpenAI does not know."""
    if purpose not in PURPOSES:
        wanted = ", ".join(f"'{name}'" for name in sorted(PURPOSES))
        message = f"'{purpose}' is not one of [{wanted}] - 'purpose'"
        raise ApiError(400, message, param="purpose")


def _require_jsonl(path: Path) -> None:
    with path.open("rb") as stream:
        first = stream.readline(_FIRST_LINE_LIMIT_BYTES)
    try:
        is_object = isinstance(json.loads(first.decode("utf-8-sig")), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        begins = first.decode("utf-8", "replace").strip()[:1]
        text = "Expected file to have JSONL format, where every line is a JSON dictionary. "
        text += f'Line 1 is not a dictionary (HINT: line starts with: "{begins}...").'
        raise ApiError(400, text, param="file")


def plain_name(filename: str) -> str:
    """The last part of a name from outside, whatever system it is from; never empty."""
    name = filename.replace("\\", "/").rsplit("/", 1)[-1][:255]
    return "file.jsonl" if name in ("", ".", "..") else name
