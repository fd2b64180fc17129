"""POST /uploads, /uploads/{id}/parts, /uploads/{id}/complete, /uploads/{id}/cancel."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from tunedesk.engine.api.expiry import ExpiresAfter
from tunedesk.engine.files import require_purpose
from tunedesk.engine.multipart import receive
from tunedesk.engine.uploads import (
    MAX_UPLOAD_BYTES,
    NewUpload,
    UploadStore,
    part_object,
    upload_object,
)
from tunedesk.engine.wire import ApiError, decode


class _CreateUpload(msgspec.Struct, frozen=True):
    bytes: int
    filename: str
    mime_type: str
    purpose: str
    expires_after: ExpiresAfter | None = None


class _CompleteUpload(msgspec.Struct, frozen=True):
    part_ids: list[str]
    md5: str | None = None


def router(uploads: UploadStore) -> APIRouter:
    """Parts are streamed to disk; joining them is done beside the event loop."""
    routes = APIRouter(prefix="/uploads")

    @routes.post("")
    async def create_upload(request: Request) -> JSONResponse:
        new = _new(decode(await request.body(), _CreateUpload))
        return JSONResponse(upload_object(uploads.create(new)))

    @routes.post("/{upload_id}/parts")
    async def add_part(request: Request, upload_id: str) -> JSONResponse:
        uploads.pending(upload_id)
        scratch = uploads.scratch()
        try:
            kind = request.headers.get("content-type", "")
            part = await receive(kind, request.stream(), scratch, field="data")
            if part.filename is None:
                raise ApiError(400, "Missing required parameter: 'data'.", param="data")
            row = uploads.add_part(upload_id, scratch)
        finally:
            scratch.unlink(missing_ok=True)
        return JSONResponse(part_object(row))

    @routes.post("/{upload_id}/complete")
    async def complete_upload(request: Request, upload_id: str) -> JSONResponse:
        body = decode(await request.body(), _CompleteUpload)
        row = await uploads.complete(upload_id, body.part_ids, body.md5)
        return JSONResponse(upload_object(row))

    @routes.post("/{upload_id}/cancel")
    async def cancel_upload(upload_id: str) -> JSONResponse:
        return JSONResponse(upload_object(await uploads.cancel(upload_id)))

    return routes


def _new(body: _CreateUpload) -> NewUpload:
    """Raises ApiError 400 for what is out of bounds."""
    if not 1 <= body.bytes <= MAX_UPLOAD_BYTES:
        text = f"Invalid value for 'bytes': {body.bytes} is not between 1 and {MAX_UPLOAD_BYTES}."
        raise ApiError(400, text, param="bytes")
    require_purpose(body.purpose)
    return NewUpload(
        n_bytes=body.bytes,
        filename=body.filename,
        mime_type=body.mime_type[:255],
        purpose=body.purpose,
        lives_s=None if body.expires_after is None else body.expires_after.lives_s(),
    )
