"""The training loop: plain, restartable, one step at a time.

Everything that happens is a function of the job and the step: batch order of (seed, epoch), rate
of the step, no dropout. A run that was paused or killed and resumed gives the same adapter as one
that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import torch

from tunedesk.engine.compute_lock import ComputeLock
from tunedesk.engine.template import ChatTemplate
from tunedesk.engine.training import checkpoint
from tunedesk.engine.training.adamw import AdamW
from tunedesk.engine.training.course import load, read_template
from tunedesk.engine.training.distributed import Group, n_threads_each
from tunedesk.engine.training.failure import TrainingError
from tunedesk.engine.training.report import Report, Sample
from tunedesk.engine.training.rows import batches
from tunedesk.engine.training.samples import Sampler, read_prompts
from tunedesk.engine.training.schedule import rate_at
from tunedesk.engine.training.spec import JobSpec
from tunedesk.engine.training.threads import OthersLoad, ThreadChooser
from tunedesk.engine.training.tracking import Tracker

_CLIP_NORM = 1.0
_LEAST_JUDGED = 8  # rows in one turn
SAVE_EVERY_S = 30.0  # what a kill may cost at most, however long an epoch is


class PausedError(Exception):
    """The run was asked to rest, and everything is on disk."""


class Run:
    """One job from its rows to its chosen checkpoint.

    `is_pause_asked` is looked at between steps; `clock` in seconds decides when to save, and
    `work_clock`, in seconds of the processor, how much is asked meanwhile.
    """

    def __init__(
        self,
        job_folder: Path,
        spec: JobSpec,
        report: Report,
        *,
        group: Group | None = None,
        is_pause_asked: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
        work_clock: Callable[[], float] = time.process_time,
    ) -> None:
        others = OthersLoad()  # looks at the time it takes to load all this
        self._folder = job_folder
        self._spec = spec
        self._report = report
        self._group = group or Group()
        self._is_pause_asked = is_pause_asked
        self._clock = clock
        self._lock = ComputeLock(Path(spec.lock_folder))
        self._resumable = checkpoint.newest(job_folder)
        self._state = self._resumable.state if self._resumable else checkpoint.State()
        template = read_template(spec)
        course = load(
            job_folder, spec, template, report, self._group, self._turn, self._state.dtype
        )
        self._lesson = course.lesson
        self._trainee = course.trainee
        self._state.dtype = self._trainee.dtype_name
        self._optimiser = AdamW(self._trainee)
        alone = self._group.size == 1
        most = n_threads_each()
        least = 1 if self._trainee.is_steady else most
        self._threads = ThreadChooser(most, others if alone else lambda: 0.0, least)
        self._steps_per_epoch = math.ceil(len(self._lesson.train) / spec.batch_size)
        self._total_steps = self._steps_per_epoch * spec.n_epochs
        self._sample = self._sampler(template, work_clock)
        self._order: tuple[int, list[list[Any]]] = (-1, [])
        self._saved_at_s = self._clock()
        untold = msgspec.structs.replace(spec, integrations=[])
        self._tracker = Tracker(spec if self._group.is_first else untold, report)

    def _sampler(self, template: ChatTemplate, clock: Callable[[], float]) -> Sampler:
        name = self._spec.validation_file or self._spec.training_file
        prompts = read_prompts(self._folder / name, template)
        return Sampler(self._trainee, template, prompts, self._own_turn, self._report, clock)

    def finish(self) -> None:
        """Trains what is left to train, then reports which checkpoint is the model.

        Raises PausedError if it was asked to rest, TrainingError if it cannot go on.
        """
        try:
            self._begin()
            while self._state.step < self._total_steps:
                self._advance()
        finally:
            self._tracker.finish()
            self._lock.close()
        self._report.finished(self._choose(), self._state.trained_tokens)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """The cores for one part of the work beside the steps; all processes together."""
        with self._group.turn(self._lock):
            torch.set_num_threads(self._threads.calm())
            yield

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        """The same for what the first process does alone."""
        with self._lock.turn():
            torch.set_num_threads(self._threads.calm())
            yield

    def _begin(self) -> None:
        self._rest_if_asked()
        if self._spec.start_adapter:
            from safetensors.torch import load_file

            file = Path(self._spec.start_adapter) / checkpoint.ADAPTER_FILE
            self._trainee.load_adapter(load_file(file))
        self._lesson.begin()
        if self._resumable is None:
            self._look_before()
        else:
            self._take_up(self._resumable)
            self._resumable = None

    def _take_up(self, resumable: checkpoint.Resumable) -> None:
        self._trainee.load_adapter(resumable.adapter)
        resumable.restore(self._optimiser)
        for step, metrics in self._state.metrics.items():  # may have been lost with the process
            self._report.checkpoint(step, metrics, self._state.samples.get(step, ()))

    def _look_before(self) -> None:
        self._rest_if_asked()
        if self._lesson.held_out:
            self._report.held_out_before(self._total_steps, self._judge())
        self._rest_if_asked()
        if samples := self._samples(always=True):
            self._report.samples_before(samples)

    def _rest_if_asked(self) -> None:
        if self._group.any(self._is_pause_asked()):
            self._report.paused(self._state.step)
            raise PausedError

    def _advance(self) -> None:
        epoch, place = divmod(self._state.step, self._steps_per_epoch)
        metrics = self._learn(self._batches(epoch)[place])
        is_epoch_over = place + 1 == self._steps_per_epoch
        if is_epoch_over and self._lesson.held_out:
            metrics |= self._judge()
        self._report.step(self._state.step, self._total_steps, metrics)
        self._tracker.step(self._state.step, metrics)
        if is_epoch_over:
            is_last = self._state.step == self._total_steps
            # What preferences do to a model shows in its answers alone.
            self._keep(metrics, self._samples(always=is_last or self._spec.method == "dpo"))
        elif self._group.is_first and self._clock() - self._saved_at_s >= SAVE_EVERY_S:
            self._save(checkpoint.keep_to_resume)
        if self._state.step < self._total_steps:
            self._rest_between(metrics, is_kept=is_epoch_over)

    def _rest_between(self, metrics: dict[str, float], *, is_kept: bool) -> None:
        if self._group.any(self._is_pause_asked()):
            if not is_kept:
                self._keep(metrics, [])
            self._report.paused(self._state.step)
            raise PausedError

    def _batches(self, epoch: int) -> list[list[Any]]:
        if self._order[0] != epoch:
            spec = self._spec
            self._order = (epoch, batches(self._lesson.train, spec.batch_size, spec.seed, epoch))
        return self._order[1]

    def _learn(self, batch: Sequence[Any]) -> dict[str, float]:
        self._state.step += 1
        n_tokens = sum(self._lesson.n_tokens(item) for item in batch)
        with self._group.turn(self._lock):
            n_threads, started_s = self._threads.next(), time.monotonic()
            torch.set_num_threads(n_threads)
            metrics = self._update(batch)
            self._threads.observe(n_threads, time.monotonic() - started_s, n_tokens)
        self._state.trained_tokens += n_tokens
        return metrics

    def _update(self, batch: Sequence[Any]) -> dict[str, float]:
        sums = self._group.sum(self._lesson.learn(self._group.share(batch), batch))
        self._group.sum_gradients(self._trainee.gradients())
        metrics = self._lesson.metrics(sums, "train")
        rate = rate_at(self._state.step, self._total_steps, self._spec.learning_rate)
        norm = self._optimiser.step(rate, _CLIP_NORM)
        self._require_finite(metrics["train_loss"], norm)
        return metrics

    def _require_finite(self, loss: float, gradient_norm: float) -> None:
        if math.isfinite(loss) and math.isfinite(gradient_norm):
            return
        raise TrainingError(
            "training_diverged",
            f"The loss stopped being a number at step {self._state.step} of {self._total_steps}. "
            "A smaller learning_rate_multiplier usually helps.",
        )

    def _judge(self) -> dict[str, float]:
        held_out = self._lesson.held_out
        size = max(self._spec.batch_size, _LEAST_JUDGED) * self._group.size
        total: list[float] | None = None
        for at in range(0, len(held_out), size):
            with self._turn():
                sums = self._lesson.judge(self._group.share(held_out[at : at + size]))
            total = [a + b for a, b in zip(total, sums, strict=True)] if total else sums
        return self._lesson.metrics(self._group.sum(total or []), "full_valid")

    def _samples(self, *, always: bool) -> list[Sample]:
        return self._sample(always=always) if self._group.is_first else []

    def _keep(self, metrics: dict[str, float], samples: list[Sample]) -> None:
        step = self._state.step
        self._state.metrics[step] = metrics
        if samples:
            self._state.samples[step] = samples
        if self._group.is_first:
            self._save(checkpoint.keep)
        self._report.checkpoint(step, metrics, samples)

    def _save(self, save: Callable[..., None]) -> None:
        save(self._folder, self._trainee, self._optimiser, self._state)
        self._saved_at_s = self._clock()

    def _choose(self) -> int:
        """The epoch with the lowest held-out loss, or the last one where none was held out."""
        if not self._lesson.held_out:
            return self._total_steps
        losses = {
            step: metrics["full_valid_loss"]
            for step, metrics in self._state.metrics.items()
            if step % self._steps_per_epoch == 0  # others are where the run was paused
        }
        best = min(losses, key=losses.__getitem__)
        text = f"The model is the checkpoint of step {best} (epoch {best // self._steps_per_epoch}"
        text += f" of {self._spec.n_epochs}): its held-out loss {losses[best]:.3f} is the lowest"
        self._report.message("chosen", text)
        return best
