"""POST and GET /fine_tuning/jobs, one job, its events, its checkpoints, cancel."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from tunedesk.engine.api.query import limit_of, metadata_filter
from tunedesk.engine.jobs import JobStore, WireHyperparameters, job_object
from tunedesk.engine.models import Catalogue
from tunedesk.engine.runner import Runner
from tunedesk.engine.wire import ApiError, decode, page

_MAX_SEED = 2**31 - 1


class _MethodBody(msgspec.Struct, frozen=True):
    hyperparameters: WireHyperparameters | None = None


class _Method(msgspec.Struct, frozen=True):
    type: str
    supervised: _MethodBody | None = None


class _CreateJob(msgspec.Struct, frozen=True):
    model: str
    training_file: str
    validation_file: str | None = None
    suffix: str | None = None
    seed: int | None = None
    metadata: dict[str, str] | None = None
    integrations: list[dict[str, Any]] | None = None
    method: _Method | None = None
    hyperparameters: WireHyperparameters | None = None


def router(jobs: JobStore, runner: Runner, catalogue: Catalogue) -> APIRouter:
    """A job is stored before it is answered; its files are copied, so they may be deleted."""
    routes = APIRouter(prefix="/fine_tuning/jobs")

    @routes.post("")
    async def create_job(request: Request) -> JSONResponse:
        body = decode(await request.body(), _CreateJob)
        catalogue.servable(body.model)
        return JSONResponse(job_object(runner.submit(_checked(body))))

    @routes.get("")
    async def list_jobs(request: Request) -> JSONResponse:
        wanted = metadata_filter(request).items()
        rows = [row for row in jobs.all() if wanted <= (row["metadata"] or {}).items()]
        if request.query_params.get("metadata") == "null":
            rows = [row for row in rows if not row["metadata"]]
        shown = [job_object(row) for row in rows]
        return JSONResponse(_page(request, shown, 20))

    @routes.get("/{job_id}")
    async def get_job(job_id: str) -> JSONResponse:
        return JSONResponse(job_object(jobs.get(job_id)))

    @routes.get("/{job_id}/events")
    async def list_events(request: Request, job_id: str) -> JSONResponse:
        jobs.get(job_id)
        return JSONResponse(_page(request, jobs.events(job_id), 20, most=1000))

    @routes.get("/{job_id}/checkpoints")
    async def list_checkpoints(request: Request, job_id: str) -> JSONResponse:
        jobs.get(job_id)
        return JSONResponse(_page(request, jobs.checkpoints(job_id), 10))

    @routes.post("/{job_id}/cancel")
    async def cancel_job(job_id: str) -> JSONResponse:
        return JSONResponse(job_object(await runner.cancel(job_id)))

    return routes


def _page(
    request: Request, shown: list[dict[str, Any]], default: int, most: int = 100
) -> dict[str, Any]:
    limit = limit_of(request, default, most)
    return page(shown, after=request.query_params.get("after"), limit=limit)


def _checked(body: _CreateJob) -> dict[str, Any]:
    """The columns of a new job. Raises ApiError 400 for what OpenAI refuses too."""
    if body.suffix is not None and not 1 <= len(body.suffix) <= 64:
        raise ApiError(400, "Invalid 'suffix': 1 to 64 characters.", param="suffix")
    if body.seed is not None and not 0 <= body.seed <= _MAX_SEED:
        raise ApiError(400, f"Invalid 'seed': 0 to {_MAX_SEED}.", param="seed")
    _check_metadata(body.metadata)
    return {
        "model": body.model,
        "training_file": body.training_file,
        "validation_file": body.validation_file,
        "suffix": body.suffix,
        "seed": secrets.randbelow(_MAX_SEED) if body.seed is None else body.seed,
        "hyperparameters": _hyperparameters(body),
        "method": {"type": "supervised"},
        "integrations": body.integrations or [],
        "metadata": body.metadata,
    }


def _check_metadata(metadata: dict[str, str] | None) -> None:
    pairs = metadata or {}
    if len(pairs) > 16:
        raise ApiError(400, "Invalid 'metadata': at most 16 pairs.", param="metadata")
    for key, value in pairs.items():
        if len(key) > 64 or len(value) > 512:
            message = "Invalid 'metadata': keys have at most 64 characters, values 512."
            raise ApiError(400, message, param="metadata")


def _hyperparameters(body: _CreateJob) -> dict[str, Any]:
    """From `method`, or from the old top-level place."""
    method = body.method
    if method is not None and method.type != "supervised":
        message = f"The method '{method.type}' is not served yet; use 'supervised'."
        raise ApiError(400, message, param="method.type", code="unsupported_method")
    if method is not None and method.supervised and method.supervised.hyperparameters:
        place = "method.supervised.hyperparameters"
        return method.supervised.hyperparameters.checked(place)
    return (body.hyperparameters or WireHyperparameters()).checked("hyperparameters")
