"""The HTTP face: one module a group of routes, put together here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import msgspec
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from tunedesk.engine.api import chat, files, jobs, models
from tunedesk.engine.files import FileStore
from tunedesk.engine.generation.client import Generator
from tunedesk.engine.jobs import JobStore
from tunedesk.engine.models import Catalogue
from tunedesk.engine.runner import Runner
from tunedesk.engine.wire import ApiError, error_body


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What the routes work with."""

    files: FileStore
    jobs: JobStore
    catalogue: Catalogue
    runner: Runner
    generator: Generator


def build_app(parts: Parts) -> FastAPI:
    """All routes under /v1. No documentation pages: they would answer without a token's purpose."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan(parts))
    app.include_router(models.router(parts.catalogue), prefix="/v1")
    app.include_router(files.router(parts.files), prefix="/v1")
    app.include_router(jobs.router(parts.jobs, parts.runner, parts.catalogue), prefix="/v1")
    app.include_router(chat.router(parts.catalogue, parts.generator), prefix="/v1")
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _own_fault)
    return app


def _lifespan(parts: Parts) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        parts.runner.start()
        try:
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
    if error.status_code == 404:
        text = f"Invalid URL ({request.method} {request.url.path})"
    else:
        text = f"{error.detail} ({request.method} {request.url.path})"
    code = "unknown_url" if error.status_code == 404 else None
    body = error_body(text, "invalid_request_error", None, code)
    return JSONResponse(body, error.status_code, headers=error.headers)


async def _own_fault(_: Request, error: Exception) -> JSONResponse:
    text = f"The engine made a mistake: {type(error).__name__}. Its log says more."
    return JSONResponse(error_body(text, "server_error", None, "internal_error"), 500)
