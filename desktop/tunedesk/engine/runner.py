"""Moves jobs along: check the files, wait for a turn, train in a child process, one at a time.

The rule for a job that was interrupted: if the engine stopped, it goes on from where it was last
saved at the next start; if the trainer alone died, it goes on at once, up to `MAX_RESTARTS`
times, then the job fails with the reason. Whatever goes wrong with one job, the next has its turn.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import shutil
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from tunedesk.core.jobs import TERMINAL_STATUSES
from tunedesk.engine.dataset_check import DatasetError, check_dataset
from tunedesk.engine.files import FileStore
from tunedesk.engine.generation.client import Generator
from tunedesk.engine.job_spec import HELD_OUT_FILE, TRAIN_FILE
from tunedesk.engine.jobs import JobStore, new_job_id
from tunedesk.engine.launch import Launch
from tunedesk.engine.linking import link_or_copy
from tunedesk.engine.models import Catalogue, Servable
from tunedesk.engine.reserve import Reserve
from tunedesk.engine.storage import Row
from tunedesk.engine.turn import MAX_RESTARTS, Stage, Turn, fail, rest
from tunedesk.engine.wire import ApiError, disk_error, now_s

__all__ = ["MAX_RESTARTS", "Runner"]

_log = logging.getLogger(__name__)
_RETRY_S = 1.0
_WAITING = frozenset({"validating_files", "queued"})


class Runner:
    """The queue. `start` and `stop` bracket its life; everything runs on the event loop."""

    def __init__(
        self,
        jobs: JobStore,
        files: FileStore,
        catalogue: Catalogue,
        jobs_folder: Path,
        lock_folder: Path,
        generator: Generator,
        reserve: Reserve,
        launch: Launch | None = None,
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._folder = jobs_folder
        self._generator = generator
        self._reserve = reserve
        self._stage = Stage(
            jobs=jobs,
            files=files,
            catalogue=catalogue,
            jobs_folder=jobs_folder,
            lock_folder=lock_folder,
            launch=launch or Launch(),
        )
        self._unchecked = asyncio.Event()
        self._trainable = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._turn: Turn | None = None

    def start(self) -> None:
        """Takes up what was left, and waits for more."""
        for job in self._jobs.with_status("running"):
            self._put_back(job)
        for job in self._jobs.with_status("pausing"):
            rest(self._jobs, job["id"])
        self._tasks = [
            asyncio.create_task(self._check_forever(), name="job-checks"),
            asyncio.create_task(self._train_forever(), name="job-training"),
        ]

    async def stop(self) -> None:
        """Ends the trainer; its job goes on at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._turn is not None:
            await self._turn.kill()

    def submit(self, values: Row) -> Row:
        """Stores a new job with its own copy of the files, whole or not at all.

        Raises ApiError for unknown files, 507 if the disk does not take it.
        """
        copies = {TRAIN_FILE: self._files.path(values["training_file"], "training_file")}
        message = f"Validating training file: {values['training_file']}"
        if held_out := values["validation_file"]:
            copies[HELD_OUT_FILE] = self._files.path(held_out, "validation_file")
            message += f" and validation file: {held_out}"
        job_id = new_job_id()
        folder = self.folder(job_id)
        try:
            _link_all(copies, folder)
            job = self._jobs.create(job_id, values, message)
        except (OSError, sqlite3.Error) as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise disk_error(error, "The job") from error
        self._unchecked.set()
        return job

    async def cancel(self, job_id: str) -> Row:
        """Ends a job now. Raises ApiError 404, or 400 for one that is over already."""
        self._require_living(job_id)
        self._jobs.update(job_id, status="cancelled", finished_at=now_s(), estimated_finish=None)
        self._jobs.say(job_id, "cancelled", "The job was cancelled")
        if self._turn is not None and self._turn.job_id == job_id:
            await self._turn.kill()
        return self._jobs.get(job_id)

    async def pause(self, job_id: str) -> Row:
        """Puts a job to rest: at once if it waits, else at its next step; its memory is freed.

        Raises ApiError 404, or 400 for one that is over or resting already.
        """
        status = self._require_living(job_id)["status"]
        if status in _WAITING:
            rest(self._jobs, job_id)
        elif status == "running":
            self._jobs.update(job_id, status="pausing", estimated_finish=None)
            text = "The job is being paused: it saves its work at the next step"
            self._jobs.say(job_id, f"pausing-{time.time_ns()}", text)
            if self._turn is not None and self._turn.job_id == job_id:
                self._turn.ask_to_pause()
        else:
            text = f"Job is already {status}: {job_id}"
            raise ApiError(400, text, code="job_already_paused")
        return self._jobs.get(job_id)

    async def resume(self, job_id: str) -> Row:
        """Puts a paused job back into the queue; it goes on from the step it was paused at.

        Raises ApiError 404, or 400 for one that is not paused.
        """
        status = self._require_living(job_id)["status"]
        if status != "paused":
            text = f"Job is not paused, its status is '{status}': {job_id}"
            raise ApiError(400, text, code="job_not_paused")
        self._jobs.update(job_id, status="queued", restarts=0)
        key = f"resumed-{time.time_ns()}"
        self._jobs.say(job_id, key, f"The job goes on{self._behind(job_id)}")
        self._trainable.set()
        return self._jobs.get(job_id)

    def folder(self, job_id: str) -> Path:
        """The job's own folder."""
        return self._folder / job_id

    def _require_living(self, job_id: str) -> Row:
        job = self._jobs.get(job_id)
        if job["status"] in TERMINAL_STATUSES:
            text = f"Job has already completed with status '{job['status']}': {job_id}"
            raise ApiError(400, text, code="job_already_terminal")
        return job

    def _put_back(self, job: Row) -> None:
        key = f"put-back-{time.time_ns()}"
        self._jobs.update(job["id"], status="queued", estimated_finish=None)
        text = "The engine stopped while this job was running; it goes on from its last"
        self._jobs.say(job["id"], key, f"{text} checkpoint", level="warn")

    async def _check_forever(self) -> None:
        while True:
            self._unchecked.clear()
            for job in self._jobs.with_status("validating_files"):
                await self._surely(job, self._check)
            await self._unchecked.wait()

    async def _check(self, job: Row) -> None:
        folder = self.folder(job["id"])
        try:
            n_rows = await _checked(folder / TRAIN_FILE, "training_file", job)
            if job["validation_file"]:
                await _checked(folder / HELD_OUT_FILE, "validation_file", job)
        except DatasetError as error:
            fail(self._jobs, job["id"], error.code, str(error), error.param)
        except OSError as error:
            text = f"The job's copy of its file cannot be read: {error}"
            fail(self._jobs, job["id"], "file_unreadable", text)
        else:
            self._queue(job["id"], n_rows)

    def _queue(self, job_id: str, n_rows: int) -> None:
        """Unless it was paused or cancelled meanwhile; that it was checked is kept."""
        self._jobs.update(job_id, n_rows=n_rows)
        if self._jobs.get(job_id)["status"] != "validating_files":
            return
        self._jobs.update(job_id, status="queued")
        text = "Files validated, moving job to queued state"
        self._jobs.say(job_id, "queued", text + self._behind(job_id))
        self._trainable.set()

    def _behind(self, job_id: str) -> str:
        """ ", behind 2 other jobs", or nothing."""
        n_running = len(self._jobs.with_status("running", "pausing"))
        n_ahead = (self._jobs.queue_position(job_id) or 1) - 1 + n_running
        if not n_ahead:
            return ""
        return f"; {n_ahead} {'job is' if n_ahead == 1 else 'jobs are'} ahead of it"

    async def _train_forever(self) -> None:
        while True:
            self._trainable.clear()
            queued = self._jobs.with_status("queued")
            if queued:
                await self._surely(queued[0], self._train)
            else:
                await self._trainable.wait()

    async def _train(self, job: Row) -> None:
        if job["n_rows"] is None:  # paused before its files were checked
            await self._check(job)
            return
        self._reserve.keep()
        model = await self._model(job)
        if model is None or self._jobs.get(job["id"])["status"] != "queued":
            return
        self._turn = Turn(self._stage, job, model)
        await self._turn.take()
        self._turn = None
        if self._jobs.get(job["id"])["status"] == "succeeded":
            await self._generator.warm(model.base_folder)

    async def _model(self, job: Row) -> Servable | None:
        """What the job starts from; without it the job fails."""
        await self._stage.catalogue.settle()
        try:
            return self._stage.catalogue.servable(job["model"])
        except ApiError as error:
            fail(self._jobs, job["id"], error.code or "model_not_found", error.message, "model")
            return None

    async def _surely(self, job: Row, work: Callable[[Row], Awaitable[None]]) -> None:
        """Whatever happens in one job's work stays with that job."""
        try:
            await work(job)
        except Exception as error:
            _log.exception("job %s", job["id"])
            await self._give_up(job["id"], error)

    async def _give_up(self, job_id: str, error: Exception) -> None:
        turn, self._turn = self._turn, None
        if turn is not None:
            await turn.kill()
        code, text = _named(error)
        while True:
            try:
                fail(self._jobs, job_id, code, text)
                return
            except sqlite3.Error:  # a full disk, most likely: the reason must not get lost
                if not self._reserve.spend():
                    await asyncio.sleep(_RETRY_S)


def _named(error: Exception) -> tuple[str, str]:
    """A code and a text for the person."""
    if _is_of_a_full_disk(error):
        return "disk_full", "The disk is full. Free some space and start the job again."
    text = f"{type(error).__name__}: {error}"
    if isinstance(error, sqlite3.OperationalError):
        return "disk_error", f"The engine's database could not be written: {text}"
    if isinstance(error, OSError):
        return "disk_error", f"The job's folder cannot be used: {text}"
    return "internal_error", f"The engine made a mistake: {text}"


def _is_of_a_full_disk(error: Exception) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


async def _checked(path: Path, param: str, job: Row) -> int:
    method = job["method"]["type"]
    if method == "supervised":
        return await asyncio.to_thread(check_dataset, path, param)
    return await asyncio.to_thread(check_dataset, path, param, method=method)


def _link_all(copies: Mapping[str, Path], folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, source in copies.items():
        link_or_copy(source, folder / name)  # it keeps its data though the upload be deleted
