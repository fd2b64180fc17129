"""POST and GET /fine_tuning/jobs; one job, its events and checkpoints; cancel, pause, resume."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from tunedesk.engine.api.job_request import CreateJob
from tunedesk.engine.api.query import metadata_filter, window_of
from tunedesk.engine.files import FileStore
from tunedesk.engine.job_objects import checkpoint_object, event_object, job_object
from tunedesk.engine.jobs import JobStore
from tunedesk.engine.models import Catalogue
from tunedesk.engine.runner import Runner
from tunedesk.engine.storage import Row
from tunedesk.engine.wire import ApiError, decode, list_object

_MOST = 1000


def router(jobs: JobStore, runner: Runner, catalogue: Catalogue, files: FileStore) -> APIRouter:
    """A job is stored before it is answered; its files are copied, so they may be deleted."""
    routes = APIRouter(prefix="/fine_tuning/jobs")

    @routes.post("")
    async def create_job(request: Request) -> JSONResponse:
        body = decode(await request.body(), CreateJob)
        catalogue.servable(body.model)
        values = body.columns()
        for param in ("training_file", "validation_file"):
            if values[param] is not None:
                _require_for_training(files.get(values[param], param), param)
        return _answer(jobs, runner.submit(values))

    @routes.get("")
    async def list_jobs(request: Request) -> JSONResponse:
        window = window_of(request, 20, _MOST)
        rows, has_more = jobs.page(window, metadata=metadata_filter(request))
        return JSONResponse(list_object([_shown(jobs, row) for row in rows], has_more=has_more))

    @routes.get("/{job_id}")
    async def get_job(job_id: str) -> JSONResponse:
        return _answer(jobs, jobs.get(job_id))

    _add_lists(routes, jobs)
    _add_actions(routes, jobs, runner)
    return routes


def _add_lists(routes: APIRouter, jobs: JobStore) -> None:
    @routes.get("/{job_id}/events")
    async def list_events(request: Request, job_id: str) -> JSONResponse:
        jobs.get(job_id)
        rows, has_more = jobs.events_page(job_id, window_of(request, 20, _MOST))
        return JSONResponse(list_object([event_object(row) for row in rows], has_more=has_more))

    @routes.get("/{job_id}/checkpoints")
    async def list_checkpoints(request: Request, job_id: str) -> JSONResponse:
        jobs.get(job_id)
        rows, has_more = jobs.checkpoints_page(job_id, window_of(request, 10, _MOST))
        data = [checkpoint_object(row) for row in rows]
        return JSONResponse(list_object(data, has_more=has_more))


def _add_actions(routes: APIRouter, jobs: JobStore, runner: Runner) -> None:
    """A body is ignored: OpenAI's client sends none, Azure wants one."""

    @routes.post("/{job_id}/cancel")
    async def cancel_job(job_id: str) -> JSONResponse:
        return _answer(jobs, await runner.cancel(job_id))

    @routes.post("/{job_id}/pause")
    async def pause_job(job_id: str) -> JSONResponse:
        return _answer(jobs, await runner.pause(job_id))

    @routes.post("/{job_id}/resume")
    async def resume_job(job_id: str) -> JSONResponse:
        return _answer(jobs, await runner.resume(job_id))


def _answer(jobs: JobStore, row: Row) -> JSONResponse:
    return JSONResponse(_shown(jobs, row))


def _shown(jobs: JobStore, row: Row) -> dict[str, Any]:
    return job_object(row, jobs.queue_position(row["id"]))


def _require_for_training(file: Row, param: str) -> None:
    if file["purpose"] != "fine-tune":
        text = f"File '{file['id']}' has the purpose '{file['purpose']}' and cannot be used for "
        text += "fine-tuning. Upload it with the purpose 'fine-tune'."
        raise ApiError(400, text, param=param, code="invalid_file_purpose")
