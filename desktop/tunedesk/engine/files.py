"""Uploaded files: bytes in a folder under their id, the rest in the database."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunedesk.engine.storage import Database, Row
from tunedesk.engine.wire import ApiError, new_id, now_s

PURPOSES = frozenset(
    {"fine-tune", "fine-tune-results", "assistants", "batch", "vision", "user_data", "evals"}
)
_FIRST_LINE_LIMIT_BYTES = 64 * 2**20


class FileStore:
    """Files live in `folder`; a name from outside never becomes part of a path."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.glob("*.part"):
            left_over.unlink()

    def scratch(self) -> Path:
        """A path to stream an upload to, before it is added."""
        return self._folder / (new_id("upload-") + ".part")

    def add(self, scratch: Path, *, filename: str, purpose: str, lives_s: int | None) -> Row:
        """Takes the streamed bytes in. Raises ApiError 400, and drops them, if they are no JSONL.

        `lives_s` seconds from now the file expires; None keeps it until deleted.
        """
        try:
            _require_purpose(purpose)
            if purpose == "fine-tune":
                _require_jsonl(scratch)
            created = now_s()
            row: Row = {
                "id": new_id("file-"),
                "bytes": scratch.stat().st_size,
                "created_at": created,
                "expires_at": None if lives_s is None else created + lives_s,
                "filename": _plain_name(filename),
                "purpose": purpose,
                "status": "processed",
                "status_details": None,
            }
            scratch.replace(self._folder / row["id"])
        finally:
            scratch.unlink(missing_ok=True)
        self._database.insert("files", row)
        return row

    def all(self, purpose: str | None, *, oldest_first: bool) -> list[Row]:
        """All files, or those of one purpose."""
        self._drop_expired()
        order = "ASC" if oldest_first else "DESC"
        sql = f"SELECT * FROM files WHERE ? IS NULL OR purpose = ? ORDER BY seq {order}"  # noqa: S608
        return self._database.rows(sql, purpose, purpose)

    def get(self, file_id: str, param: str = "id") -> Row:
        """Raises ApiError 404 for an unknown id."""
        self._drop_expired()
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

    def _drop_expired(self) -> None:
        sql = "SELECT id FROM files WHERE expires_at <= ?"
        for row in self._database.rows(sql, now_s()):
            self._database.delete("files", row["id"])
            (self._folder / row["id"]).unlink(missing_ok=True)


def file_object(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as OpenAI's File object."""
    shown = {key: value for key, value in row.items() if key != "seq"}
    return {"object": "file", **shown}


def _require_purpose(purpose: str) -> None:
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
        raise ApiError(
            400,
            "Expected file to have JSONL format, where every line is a JSON dictionary. "
            'Line 1 is not a dictionary (HINT: line starts with: "{...").',
            param="file",
        )


def _plain_name(filename: str) -> str:
    return filename.replace("\\", "/").rsplit("/", 1)[-1][:255] or "file.jsonl"
