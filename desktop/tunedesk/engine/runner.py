"""Moves jobs along: check the files, wait for a turn, train in a child process, one at a time.

The rule for a job that was interrupted: if the engine stopped, it goes on from its last
checkpoint at the next start; if the trainer alone died, it goes on at once, up to
`MAX_RESTARTS` times, then the job fails with the reason.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from pathlib import Path

import msgspec

from tunedesk.core.auto import BASE_LEARNING_RATE, n_steps, resolve
from tunedesk.core.jobs import TERMINAL_STATUSES, Hyperparameters
from tunedesk.engine.dataset_check import DatasetError, check_dataset
from tunedesk.engine.files import FileStore
from tunedesk.engine.generation.client import Generator
from tunedesk.engine.jobs import JobStore
from tunedesk.engine.models import Catalogue, tuned_name
from tunedesk.engine.results import write_results
from tunedesk.engine.storage import Row
from tunedesk.engine.trainer import Trainer
from tunedesk.engine.training.spec import JOB_FILE, JobSpec, Line, checkpoint_folder
from tunedesk.engine.wire import ApiError, now_s

MAX_RESTARTS = 2
_TRAIN_FILE = "train.jsonl"
_HELD_OUT_FILE = "valid.jsonl"


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
    ) -> None:
        self._jobs = jobs
        self._files = files
        self._catalogue = catalogue
        self._folder = jobs_folder
        self._lock_folder = lock_folder
        self._generator = generator
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._trainer: Trainer | None = None
        self._running_id: str | None = None

    def start(self) -> None:
        """Takes up what was left, and waits for more."""
        for job in self._jobs.with_status("running"):
            self._put_back(job)
        self._tasks = [
            asyncio.create_task(self._check_forever(), name="job-checks"),
            asyncio.create_task(self._train_forever(), name="job-training"),
        ]

    async def stop(self) -> None:
        """Ends the trainer; its job goes on at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._trainer is not None:
            await self._trainer.kill()

    def submit(self, values: Row) -> Row:
        """Stores a new job with its own copy of the files. Raises ApiError for unknown files."""
        train = self._files.path(values["training_file"], "training_file")
        held_out = values["validation_file"]
        held_out_path = held_out and self._files.path(held_out, "validation_file")
        job = self._jobs.create(values)
        folder = self.folder(job["id"])
        folder.mkdir(parents=True)
        _link(train, folder / _TRAIN_FILE)
        message = f"Validating training file: {values['training_file']}"
        if held_out_path:
            _link(held_out_path, folder / _HELD_OUT_FILE)
            message += f" and validation file: {held_out}"
        self._jobs.say(job["id"], "validating", message)
        self._wake.set()
        return job

    async def cancel(self, job_id: str) -> Row:
        """Ends a job now. Raises ApiError 404, or 400 for one that is over already."""
        job = self._jobs.get(job_id)
        if job["status"] in TERMINAL_STATUSES:
            text = f"Job has already completed with status '{job['status']}': {job_id}"
            raise ApiError(400, text, code="job_already_terminal")
        self._jobs.update(job_id, status="cancelled", finished_at=now_s(), estimated_finish=None)
        self._jobs.say(job_id, "cancelled", "The job was cancelled")
        if self._running_id == job_id and self._trainer is not None:
            await self._trainer.kill()
        return self._jobs.get(job_id)

    def folder(self, job_id: str) -> Path:
        """The job's own folder."""
        return self._folder / job_id

    def _put_back(self, job: Row) -> None:
        key = f"put-back-{time.time_ns()}"
        self._jobs.update(job["id"], status="queued", estimated_finish=None)
        text = "The engine stopped while this job was running; it goes on from its last"
        self._jobs.say(job["id"], key, f"{text} checkpoint", level="warn")

    async def _check_forever(self) -> None:
        while True:
            for job in self._jobs.with_status("validating_files"):
                await self._check(job)
            self._wake.clear()
            if not self._jobs.with_status("validating_files"):
                await self._wake.wait()

    async def _check(self, job: Row) -> None:
        folder = self.folder(job["id"])
        try:
            n_rows = await asyncio.to_thread(check_dataset, folder / _TRAIN_FILE, "training_file")
            if job["validation_file"]:
                path = folder / _HELD_OUT_FILE
                await asyncio.to_thread(check_dataset, path, "validation_file")
        except DatasetError as error:
            self._fail(job["id"], error.code, str(error), error.param)
        except OSError as error:
            self._fail(job["id"], "file_unreadable", f"The file cannot be read: {error}")
        else:
            self._queue(job["id"], n_rows)

    def _queue(self, job_id: str, n_rows: int) -> None:
        if self._jobs.is_over(job_id):
            return
        self._jobs.update(job_id, status="queued", n_rows=n_rows)
        self._jobs.say(job_id, "queued", "Files validated, moving job to queued state")
        self._wake.set()

    async def _train_forever(self) -> None:
        while True:
            queued = self._jobs.with_status("queued")
            if queued:
                await self._train(queued[0])
            else:
                await asyncio.sleep(0.1)

    async def _train(self, job: Row) -> None:
        job_id = job["id"]
        try:
            self._prepare(job)
        except ApiError as error:
            self._fail(job_id, error.code or "model_not_found", error.message, "model")
            return
        except OSError as error:
            self._fail(job_id, "disk_error", f"The job's folder cannot be written: {error}")
            return
        started_s = time.monotonic()
        self._running_id = job_id
        trainer = await Trainer.start(self.folder(job_id))
        self._trainer = trainer
        if self._jobs.is_over(job_id):  # cancelled while the process was being made
            await trainer.kill()
        async for line in trainer.lines():
            if not self._jobs.is_over(job_id):
                self._take(job_id, line, started_s)
        self._running_id, self._trainer = None, None
        if not self._jobs.is_over(job_id):
            self._restart_or_fail(job_id, trainer.end())
        elif self._jobs.get(job_id)["status"] == "succeeded":
            await self._generator.warm(self._catalogue.servable(job["model"]).base_folder)

    def _prepare(self, job: Row) -> None:
        model = self._catalogue.servable(job["model"])
        asked = msgspec.convert(job["hyperparameters"], Hyperparameters)
        chosen = resolve(asked, job["n_rows"])
        spec = JobSpec(
            base_folder=str(model.base_folder),
            start_adapter=None if model.adapter is None else str(model.adapter),
            validation_file=_HELD_OUT_FILE if job["validation_file"] else None,
            n_epochs=chosen.n_epochs,
            batch_size=chosen.batch_size,
            learning_rate=BASE_LEARNING_RATE * chosen.learning_rate_multiplier,
            seed=job["seed"],
            lock_folder=str(self._lock_folder),
        )
        (self.folder(job["id"]) / JOB_FILE).write_bytes(msgspec.json.encode(spec))
        numbers = msgspec.to_builtins(chosen)
        self._jobs.update(job["id"], status="running", hyperparameters=numbers)
        self._jobs.say(job["id"], "started", "Fine-tuning job started")
        steps = n_steps(job["n_rows"], chosen)
        text = f"{job['n_rows']} examples, {chosen.n_epochs} epochs of batches of"
        self._jobs.say(job["id"], "plan", f"{text} {chosen.batch_size}: {steps} steps")

    def _take(self, job_id: str, line: Line, started_s: float) -> None:
        if line.kind == "event":
            self._take_event(job_id, line, started_s)
        elif line.kind == "checkpoint":
            self._take_checkpoint(job_id, line)
        elif line.kind == "finished":
            self._succeed(job_id, line)
        else:
            self._fail(job_id, line.data["code"], line.data["message"], line.data["param"])

    def _take_event(self, job_id: str, line: Line, started_s: float) -> None:
        is_new = self._jobs.add_event(job_id, line)
        step, total = line.data.get("step", 0), line.data.get("total_steps", 0)
        if is_new and step > 0:
            left_s = (time.monotonic() - started_s) / step * (total - step)
            self._jobs.update(job_id, estimated_finish=now_s() + round(left_s))

    def _take_checkpoint(self, job_id: str, line: Line) -> None:
        name = f"{self._tuned_name(job_id)}:ckpt-step-{line.step}"
        if self._jobs.add_checkpoint(job_id, line, name):
            self._register(job_id, line, name, "checkpoint")
            text = f"Checkpoint created at step {line.step} with Snapshot ID: {name}"
            self._jobs.say(job_id, line.key, text)

    def _succeed(self, job_id: str, line: Line) -> None:
        name = self._tuned_name(job_id)
        self._register(job_id, line, name, "tuned")
        results = write_results(self._files, self._jobs.events(job_id))
        self._jobs.say(job_id, "model", f"New fine-tuned model created: {name}")
        self._jobs.say(job_id, "succeeded", "The job has successfully completed")
        self._jobs.update(
            job_id,
            status="succeeded",
            fine_tuned_model=name,
            trained_tokens=line.data["trained_tokens"],
            finished_at=now_s(),
            estimated_finish=None,
            result_files=[results],
        )

    def _register(self, job_id: str, line: Line, name: str, kind: str) -> None:
        base = self._catalogue.servable(self._jobs.get(job_id)["model"]).base_id
        folder = checkpoint_folder(self.folder(job_id), line.step)
        row: Row = {"id": name, "job_id": job_id, "created_at": line.at_s, "base": base}
        self._catalogue.add({**row, "folder": str(folder), "kind": kind})

    def _tuned_name(self, job_id: str) -> str:
        job = self._jobs.get(job_id)
        base = self._catalogue.servable(job["model"]).base_id
        return tuned_name(base, job["suffix"], job_id)

    def _restart_or_fail(self, job_id: str, how: str) -> None:
        restarts = self._jobs.get(job_id)["restarts"]
        if restarts >= MAX_RESTARTS:
            self._fail(job_id, "trainer_died", f"The training process {how}, {restarts + 1} times.")
            return
        self._jobs.update(job_id, status="queued", restarts=restarts + 1)
        text = f"The training process {how}; it goes on from the last checkpoint"
        self._jobs.say(job_id, f"restart-{restarts + 1}", text, level="warn")

    def _fail(self, job_id: str, code: str, message: str, param: str | None = None) -> None:
        if self._jobs.is_over(job_id):
            return
        error = {"code": code, "message": message, "param": param}
        self._jobs.say(job_id, "failed", message, level="error")
        self._jobs.update(
            job_id, status="failed", error=error, finished_at=now_s(), estimated_finish=None
        )


def _link(source: Path, target: Path) -> None:
    """The job keeps its data though the upload be deleted; a hard link costs nothing."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
