"""One job's turn at the trainer: what it is told, what it says, how it ends."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import msgspec

from tunedesk.core.auto import n_steps
from tunedesk.engine.files import FileStore
from tunedesk.engine.job_spec import chosen, make_spec, needs_likelihood
from tunedesk.engine.jobs import JobStore
from tunedesk.engine.launch import Launch
from tunedesk.engine.models import Catalogue, Servable, tuned_name
from tunedesk.engine.results import write_results
from tunedesk.engine.storage import Row
from tunedesk.engine.trainer import Trainer
from tunedesk.engine.trainer_command import command_elsewhere
from tunedesk.engine.training.spec import (
    JOB_FILE,
    MICRO_BATCH_TOKENS,
    JobSpec,
    Line,
    checkpoint_folder,
    read_spec,
)
from tunedesk.engine.wire import now_s

MAX_RESTARTS = 2
_LEAST_MICRO_BATCH_TOKENS = 256


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What every turn needs of the engine."""

    jobs: JobStore
    files: FileStore
    catalogue: Catalogue
    jobs_folder: Path
    lock_folder: Path
    launch: Launch


class Turn:
    """From `running` until the trainer is gone: done, failed, paused, cancelled or put back."""

    def __init__(self, stage: Stage, job: Row, model: Servable) -> None:
        self._stage = stage
        self._jobs = stage.jobs
        self._job = job
        self._model = model
        self.job_id: str = job["id"]
        self._folder = stage.jobs_folder / self.job_id
        self._name = tuned_name(model.base_id, job["suffix"], self.job_id)
        self._trainer: Trainer | None = None
        self._first_step: tuple[int, float] | None = None
        self._failure: Line | None = None

    async def take(self) -> None:
        """Trains. Raises OSError if the job's folder cannot be written or nothing be started."""
        self._prepare()
        self._trainer = await Trainer.start(self._folder, self._stage.launch)
        await self._catch_up(self._trainer)
        async for line in self._trainer.lines():
            if not self._jobs.is_over(self.job_id):
                self._hear(line)
        if not self._jobs.is_over(self.job_id):
            self._end(self._trainer)

    async def _catch_up(self, trainer: Trainer) -> None:
        """With what was asked while the process was being made."""
        status = self._jobs.get(self.job_id)["status"]
        if status == "pausing":
            trainer.ask_to_pause()
        elif status != "running":
            await trainer.kill()

    def ask_to_pause(self) -> None:
        """The trainer saves at its next step and ends."""
        if self._trainer is not None:
            self._trainer.ask_to_pause()

    async def kill(self) -> None:
        """Ends the trainer now; the turn ends with it."""
        if self._trainer is not None:
            await self._trainer.kill()

    def _prepare(self) -> None:
        numbers = chosen(self._job)
        spec = make_spec(
            self._job,
            self._model,
            numbers,
            lock_folder=str(self._stage.lock_folder),
            micro_batch_tokens=self._micro_batch_tokens(),
        )
        self._write(msgspec.structs.replace(spec, run_name=self._name))
        self._jobs.update(
            self.job_id, status="running", hyperparameters=msgspec.to_builtins(numbers)
        )
        self._say("started", "Fine-tuning job started")
        n_rows, steps = self._job["n_rows"], n_steps(self._job["n_rows"], numbers)
        text = f"{n_rows} examples, {numbers.n_epochs} epochs of batches of {numbers.batch_size}"
        self._say("plan", f"{text}: {steps} steps")
        self._say_more()

    def _say_more(self) -> None:
        if needs_likelihood(self._job, self._model):
            text = "This model was not tuned before: the likelihood of the preferred answers is"
            text += " added to the loss, since preferences alone make such a model collapse"
            self._say("likelihood", text)
        if self._stage.launch.nnodes > 1:
            command = command_elsewhere(self._stage.launch, self._folder)
            self._say("elsewhere", f"Training begins when each other machine runs: {command}")

    def _micro_batch_tokens(self) -> int:
        """As in the turn before, in which memory may have run out."""
        with contextlib.suppress(OSError, msgspec.DecodeError):
            return read_spec(self._folder).micro_batch_tokens
        return MICRO_BATCH_TOKENS

    def _write(self, spec: JobSpec) -> None:
        (self._folder / JOB_FILE).write_bytes(msgspec.json.encode(spec))

    def _hear(self, line: Line) -> None:
        if line.kind == "event":
            self._hear_event(line)
        elif line.kind == "checkpoint":
            self._hear_checkpoint(line)
        elif line.kind == "finished":
            self._succeed(line)
        elif line.kind == "failed":
            self._failure = self._failure or line

    def _hear_event(self, line: Line) -> None:
        is_new = self._jobs.add_event(self.job_id, line)
        if not is_new or line.type != "metrics":
            return
        step, total, now = line.data["step"], line.data["total_steps"], time.monotonic()
        if self._first_step is None:
            self._first_step = (step, now)
            return
        first, at_s = self._first_step
        left_s = (now - at_s) / max(1, step - first) * (total - step)
        self._jobs.update(self.job_id, estimated_finish=now_s() + round(left_s))

    def _hear_checkpoint(self, line: Line) -> None:
        """Each of these may be repeated, so a kill between them loses nothing."""
        name = f"{self._name}:ckpt-step-{line.step}"
        self._register(line, name, "checkpoint")
        self._jobs.add_checkpoint(self.job_id, line, name)
        text = f"Checkpoint created at step {line.step} with Snapshot ID: {name}"
        self._say(line.key, text)

    def _succeed(self, line: Line) -> None:
        self._register(line, self._name, "tuned")
        self._jobs.update(
            self.job_id,
            status="succeeded",
            fine_tuned_model=self._name,
            trained_tokens=line.data["trained_tokens"],
            finished_at=now_s(),
            estimated_finish=None,
            result_files=self._results(),
        )
        self._say("model", f"New fine-tuned model created: {self._name}")
        self._say("succeeded", "The job has successfully completed")

    def _results(self) -> list[str]:
        try:
            return [write_results(self._stage.files, self._jobs.events(self.job_id))]
        except OSError as error:
            text = f"The file of results could not be written: {error}. The events hold the same"
            self._say("no-results", text, level="warn")
            return []

    def _register(self, line: Line, name: str, kind: str) -> None:
        folder = checkpoint_folder(self._folder, line.step)
        row: Row = {"id": name, "job_id": self.job_id, "created_at": line.at_s, "kind": kind}
        self._stage.catalogue.add({**row, "base": self._model.base_id, "folder": str(folder)})

    def _end(self, trainer: Trainer) -> None:
        failure = self._failure.data if self._failure else None
        if failure is not None and failure["code"] != "out_of_memory":
            fail(self._jobs, self.job_id, **failure)
        elif self._jobs.get(self.job_id)["status"] == "pausing":
            rest(self._jobs, self.job_id)
        elif trainer.ran_out_of_disk:
            text = "The disk is full: training cannot go on. The last checkpoint is intact."
            fail(self._jobs, self.job_id, "disk_full", text)
        elif failure is not None:
            self._again_in_less_memory("out_of_memory", "ended, since memory ran out")
        elif trainer.may_have_lacked_memory:
            code = "out_of_memory" if trainer.ran_out_of_memory else "trainer_died"
            self._again_in_less_memory(code, trainer.end())
        else:
            self._again_or_fail("trainer_died", trainer.end(), "")

    def _again_in_less_memory(self, code: str, how: str) -> None:
        tokens = max(_LEAST_MICRO_BATCH_TOKENS, self._micro_batch_tokens() // 2)
        with contextlib.suppress(OSError, msgspec.DecodeError):
            spec = read_spec(self._folder)
            self._write(msgspec.structs.replace(spec, micro_batch_tokens=tokens))
        more = f", with parts of {tokens} tokens, which take less memory"
        self._again_or_fail(code, how, more)

    def _again_or_fail(self, code: str, how: str, more: str) -> None:
        restarts = self._jobs.get(self.job_id)["restarts"]
        if restarts >= MAX_RESTARTS:
            text = f"The training process {how}, {restarts + 1} times."
            fail(self._jobs, self.job_id, code, text)
            return
        self._jobs.update(self.job_id, status="queued", restarts=restarts + 1)
        text = f"The training process {how}; it goes on from the last checkpoint{more}"
        self._say(f"restart-{time.time_ns()}", text, level="warn")

    def _say(self, key: str, text: str, *, level: str = "info") -> None:
        self._jobs.say(self.job_id, key, text, level)


def fail(jobs: JobStore, job_id: str, code: str, message: str, param: str | None = None) -> None:
    """Ends a job with its reason, unless it is over already."""
    if jobs.is_over(job_id):
        return
    error = {"code": code, "message": message, "param": param}
    jobs.say(job_id, "failed", message, level="error")
    jobs.update(job_id, status="failed", error=error, finished_at=now_s(), estimated_finish=None)


def rest(jobs: JobStore, job_id: str) -> None:
    """Puts a job to rest; what it has is on disk."""
    jobs.update(job_id, status="paused", estimated_finish=None)
    jobs.say(job_id, f"paused-{time.time_ns()}", "The job is paused; its memory is free")
