"""POST and GET /files, GET and DELETE /files/{id}, GET /files/{id}/content."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse

from tunedesk.engine.api.query import limit_of
from tunedesk.engine.files import FileStore, file_object
from tunedesk.engine.multipart import Upload, receive
from tunedesk.engine.wire import ApiError, page

_SHORTEST_LIFE_S = 3600
_LONGEST_LIFE_S = 2_592_000


def router(files: FileStore) -> APIRouter:
    """Uploads are streamed to disk and checked there."""
    routes = APIRouter()

    @routes.post("/files")
    async def create_file(request: Request) -> JSONResponse:
        scratch = files.scratch()
        try:
            kind = request.headers.get("content-type", "")
            upload = await receive(kind, request.stream(), scratch)
            purpose, lives_s = _fields(upload)
            row = await asyncio.to_thread(
                files.add,
                scratch,
                filename=upload.filename or "file.jsonl",
                purpose=purpose,
                lives_s=lives_s,
            )
        finally:
            scratch.unlink(missing_ok=True)
        return JSONResponse(file_object(row))

    @routes.get("/files")
    async def list_files(request: Request) -> JSONResponse:
        query = request.query_params
        rows = files.all(query.get("purpose"), oldest_first=query.get("order") == "asc")
        shown = [file_object(row) for row in rows]
        limit = limit_of(request, 10_000, 10_000)
        return JSONResponse(page(shown, after=query.get("after"), limit=limit))

    @routes.get("/files/{file_id}")
    async def get_file(file_id: str) -> JSONResponse:
        return JSONResponse(file_object(files.get(file_id)))

    @routes.get("/files/{file_id}/content")
    async def get_content(file_id: str) -> FileResponse:
        return FileResponse(files.path(file_id), media_type="application/octet-stream")

    @routes.delete("/files/{file_id}")
    async def delete_file(file_id: str) -> JSONResponse:
        files.delete(file_id)
        return JSONResponse({"id": file_id, "object": "file", "deleted": True})

    return routes


def _fields(upload: Upload) -> tuple[str, int | None]:
    if upload.filename is None:
        raise ApiError(400, "Missing required parameter: 'file'.", param="file")
    if "purpose" not in upload.fields:
        raise ApiError(400, "Missing required parameter: 'purpose'.", param="purpose")
    return upload.fields["purpose"], _life_s(upload)


def _life_s(upload: Upload) -> int | None:
    text = upload.fields.get("expires_after[seconds]")
    if text is None:
        return None
    if not text.isdecimal() or not _SHORTEST_LIFE_S <= int(text[:9]) <= _LONGEST_LIFE_S:
        message = f"Invalid value for 'expires_after.seconds': {text} is not between"
        message += f" {_SHORTEST_LIFE_S} and {_LONGEST_LIFE_S}."
        raise ApiError(400, message, param="expires_after.seconds")
    return int(text)
