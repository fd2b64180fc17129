"""The training loop: plain, restartable, one step at a time.

Everything that happens is a function of the job and the step: batch order of (seed, epoch), rate
of the step, no dropout. A run that was killed and resumed gives the same adapter as one that was
not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from tunedesk.engine.compute_lock import ComputeLock
from tunedesk.engine.template import ChatTemplate
from tunedesk.engine.training import checkpoint
from tunedesk.engine.training.model import Outcome, Trainee
from tunedesk.engine.training.report import Report
from tunedesk.engine.training.rows import Row, batches, read_rows
from tunedesk.engine.training.schedule import rate_at
from tunedesk.engine.training.spec import JobSpec
from tunedesk.engine.training.threads import OthersLoad, ThreadChooser

_CLIP_NORM = 1.0


class TrainingError(Exception):
    """The job cannot be done; `code` and `param` go into the job's error."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


class Run:
    """One job from its rows to its chosen checkpoint."""

    def __init__(self, job_folder: Path, spec: JobSpec, report: Report) -> None:
        others = OthersLoad()  # looks at the time it takes to load all this
        self._folder = job_folder
        self._spec = spec
        self._report = report
        base = Path(spec.base_folder)
        template = ChatTemplate(base)
        self._train = self._rows(template, spec.training_file)
        self._held_out = self._rows(template, spec.validation_file) if spec.validation_file else []
        self._trainee = Trainee(
            base,
            rank=spec.lora_rank,
            alpha=spec.lora_alpha,
            seed=spec.seed,
            pad_id=template.pad_id,
        )
        parameters = list(self._trainee.named.values())
        self._optimiser = torch.optim.AdamW(parameters, lr=spec.learning_rate, weight_decay=0.0)
        self._lock = ComputeLock(Path(spec.lock_folder))
        self._threads = ThreadChooser(torch.get_num_threads(), others)
        self._steps_per_epoch = math.ceil(len(self._train) / spec.batch_size)
        self._total_steps = self._steps_per_epoch * spec.n_epochs
        self._step = 0
        self._trained_tokens = 0
        self._metrics: dict[int, dict[str, float]] = {}

    def _rows(self, template: ChatTemplate, name: str) -> list[Row]:
        path = self._folder / name
        rows = read_rows(path, template, self._spec.max_row_tokens, self._report)
        if not rows:
            param = "training_file" if name == self._spec.training_file else "validation_file"
            raise TrainingError("nothing_to_learn", "No example has anything to learn.", param)
        return rows

    def finish(self) -> None:
        """Trains what is left to train, then reports which checkpoint is the model."""
        first_epoch = self._begin()
        for epoch in range(first_epoch, self._spec.n_epochs):
            self._epoch(epoch)
        self._report.finished(self._choose(), self._trained_tokens)

    def _begin(self) -> int:
        resumable = checkpoint.newest(self._folder)
        if resumable is None:
            self._start_fresh()
            return 0
        self._trainee.load_adapter(resumable.adapter)
        resumable.restore(self._trainee.named, self._optimiser)
        self._step = resumable.step
        self._trained_tokens = resumable.trained_tokens
        self._metrics = resumable.metrics
        for step, metrics in self._metrics.items():  # may have been lost with the last process
            self._report.checkpoint(step, metrics)
        return resumable.epoch

    def _start_fresh(self) -> None:
        if self._spec.start_adapter:
            from safetensors.torch import load_file

            file = Path(self._spec.start_adapter) / checkpoint.ADAPTER_FILE
            self._trainee.load_adapter(load_file(file))
        if self._held_out:
            self._report.held_out_before(self._total_steps, self._judge())

    def _epoch(self, epoch: int) -> None:
        parts = batches(self._train, self._spec.batch_size, self._spec.seed, epoch)
        for batch in parts[:-1]:
            metrics = self._learn(batch)
            self._report.step(self._step, self._total_steps, metrics)
        metrics = self._learn(parts[-1])
        if self._held_out:
            metrics |= self._judge()
        self._report.step(self._step, self._total_steps, metrics)
        self._keep(epoch + 1, metrics)

    def _learn(self, batch: Sequence[Row]) -> dict[str, float]:
        self._step += 1
        for group in self._optimiser.param_groups:
            group["lr"] = rate_at(self._step, self._total_steps, self._spec.learning_rate)
        n_tokens = sum(len(row.tokens) for row in batch)
        with self._lock.turn():
            n_threads, started_s = self._threads.next(), time.monotonic()
            torch.set_num_threads(n_threads)
            outcome = self._update(batch)
            self._threads.observe(n_threads, time.monotonic() - started_s, n_tokens)
        self._trained_tokens += n_tokens
        return {"train_loss": outcome.loss, "train_mean_token_accuracy": outcome.accuracy}

    def _update(self, batch: Sequence[Row]) -> Outcome:
        outcome = self._trainee.learn(batch)
        norm = torch.nn.utils.clip_grad_norm_(self._trainee.named.values(), _CLIP_NORM)
        self._require_finite(outcome, float(norm))
        self._optimiser.step()
        self._optimiser.zero_grad()
        return outcome

    def _require_finite(self, outcome: Outcome, gradient_norm: float) -> None:
        if math.isfinite(outcome.loss) and math.isfinite(gradient_norm):
            return
        raise TrainingError(
            "training_diverged",
            f"The loss stopped being a number at step {self._step} of {self._total_steps}. "
            "A smaller learning_rate_multiplier usually helps.",
        )

    def _judge(self) -> dict[str, float]:
        total = Outcome()
        size = max(self._spec.batch_size, 8)
        for at in range(0, len(self._held_out), size):
            with self._lock.turn():
                torch.set_num_threads(self._threads.calm())
                total.add(self._trainee.judge(self._held_out[at : at + size]))
        return {
            "full_valid_loss": total.loss,
            "full_valid_mean_token_accuracy": total.accuracy,
        }

    def _keep(self, epochs_done: int, metrics: dict[str, float]) -> None:
        self._metrics[self._step] = metrics
        state: dict[str, Any] = {
            "step": self._step,
            "epoch": epochs_done,
            "trained_tokens": self._trained_tokens,
            "metrics": self._metrics,
        }
        trainee = self._trainee
        checkpoint.save(self._folder, trainee.model, trainee.named, self._optimiser, state)
        self._report.checkpoint(self._step, metrics)

    def _choose(self) -> int:
        """The checkpoint with the lowest held-out loss, or the last one where none was held out."""
        last = max(self._metrics)
        if not self._held_out:
            return last
        best = min(self._metrics, key=lambda step: self._metrics[step]["full_valid_loss"])
        epoch, loss = best // self._steps_per_epoch, self._metrics[best]["full_valid_loss"]
        text = f"The model is the checkpoint of step {best} (epoch {epoch} of"
        text += f" {self._spec.n_epochs}): its held-out loss {loss:.3f} is the lowest"
        self._report.message("chosen", text)
        return best
