"""The HTTP face: one module a group of routes, put together here."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import msgspec
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse

from tunedesk.engine.api import chat, files, jobs, models, preview, uploads
from tunedesk.engine.api.refused import refusal
from tunedesk.engine.api.sweep import sweeping
from tunedesk.engine.files import FileStore
from tunedesk.engine.generation.client import Generator
from tunedesk.engine.jobs import JobStore
from tunedesk.engine.models import Catalogue
from tunedesk.engine.runner import Runner
from tunedesk.engine.uploads import UploadStore
from tunedesk.engine.wire import ApiError, disk_error, error_body

_LOG = logging.getLogger(__name__)


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the routes work with."""

    files: FileStore
    uploads: UploadStore
    jobs: JobStore
    catalogue: Catalogue
    runner: Runner
    generator: Generator


def build_app(parts: Parts) -> FastAPI:
    """All routes under /v1. No documentation pages: they would answer without a token's purpose.

    No redirects either: they would send a request on without its body or its token.
    """
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(parts),
    )
    for router in (
        models.router(parts.catalogue),
        files.router(parts.files),
        uploads.router(parts.uploads),
        jobs.router(parts.jobs, parts.runner, parts.catalogue, parts.files),
        chat.router(parts.catalogue, parts.generator),
        preview.router(parts.catalogue),
    ):
        app.include_router(router, prefix="/v1")
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(sqlite3.OperationalError, _full_disk)
    app.add_exception_handler(Exception, _own_fault)
    return app


def _lifespan(parts: Parts) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        parts.runner.start()
        try:
            async with sweeping(parts.files.drop_expired, parts.uploads.expire):
                yield
        finally:
            await parts.runner.stop()
            await parts.generator.stop()

    return lifespan


async def _api_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ApiError)
    return JSONResponse(error.body(), error.status)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    refused = refusal(request.url.path) if error.status_code in (404, 405) else None
    if refused is not None:
        return await _api_error(request, refused)
    if error.status_code == 404:
        text = f"Invalid URL ({request.method} {request.url.path})"
    else:
        text = f"{error.detail} ({request.method} {request.url.path})"
    code = "unknown_url" if error.status_code == 404 else None
    body = error_body(text, "invalid_request_error", None, code)
    return JSONResponse(body, error.status_code, headers=error.headers)


async def _gone(_: Request, error: Exception) -> JSONResponse:
    """Nobody reads this; without it a client that hangs up would look like a fault of ours."""
    text = "The client closed the connection."
    return JSONResponse(error_body(text, "invalid_request_error", None, "client_gone"), 499)


async def _full_disk(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, sqlite3.OperationalError)
    _LOG.error("%s %s: %s", request.method, request.url.path, error)
    return await _api_error(request, disk_error(error, "The change"))


async def _own_fault(_: Request, error: Exception) -> JSONResponse:
    text = f"The engine made a mistake: {type(error).__name__}. Its log says more."
    return JSONResponse(error_body(text, "server_error", None, "internal_error"), 500)
