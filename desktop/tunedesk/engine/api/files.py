"""POST and GET /files, GET and DELETE /files/{id}, GET /files/{id}/content."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse

from tunedesk.engine.api.expiry import lives_s_of_form
from tunedesk.engine.api.query import window_of
from tunedesk.engine.files import FileStore, file_object
from tunedesk.engine.multipart import Upload, receive
from tunedesk.engine.storage import Row
from tunedesk.engine.wire import ApiError, disk_error, list_object


def router(files: FileStore) -> APIRouter:
    """Uploads are streamed to disk and checked there."""
    routes = APIRouter()

    @routes.post("/files")
    async def create_file(request: Request) -> JSONResponse:
        scratch = files.scratch()
        try:
            kind = request.headers.get("content-type", "")
            upload = await receive(kind, request.stream(), scratch)
            row = await _taken_in(files, upload, scratch)
        finally:
            scratch.unlink(missing_ok=True)
        return JSONResponse(file_object(row))

    @routes.get("/files")
    async def list_files(request: Request) -> JSONResponse:
        window = window_of(request, 10_000, 10_000, ordered=True)
        rows, has_more = files.page(window, request.query_params.get("purpose"))
        return JSONResponse(list_object([file_object(row) for row in rows], has_more=has_more))

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


async def _taken_in(files: FileStore, upload: Upload, scratch: Path) -> Row:
    """Checks what came and keeps it. Raises ApiError 400, or 507 if the disk does not take it."""
    if upload.filename is None:
        raise ApiError(400, "Missing required parameter: 'file'.", param="file")
    if "purpose" not in upload.fields:
        raise ApiError(400, "Missing required parameter: 'purpose'.", param="purpose")
    purpose, lives_s = upload.fields["purpose"], lives_s_of_form(upload.fields)
    try:
        await asyncio.to_thread(files.settle, scratch, purpose)
        return files.add(scratch, filename=upload.filename, purpose=purpose, lives_s=lives_s)
    except OSError as error:
        raise disk_error(error, "The file") from error
