"""Training: ours beside TRL's SFTTrainer, and a whole job as a user of the API sees it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.packages import bench_python
from tests.bench.timing import Row
from tests.bench.training_side import ALPHA, N_EPOCHS, RANK, SEED, TOLD, sample
from tests.support.engine import MODEL_ID, models_folder, running_engine, wait_for_job
from tunedesk.assets import resource

_GOAL_S = 60.0
# As the engine starts its trainer; both sides get it.
_ENVIRONMENT = {"GOMP_SPINCOUNT": "20000", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


class _Side:
    """One side's process, and the best that it told."""

    def __init__(self, which: str, folder: Path) -> None:
        self.adapter = folder / which
        self.adapter.mkdir()
        command = [str(bench_python()), "-m", "tests.bench.training_side", which]
        command += [str(models_folder() / MODEL_ID), str(self.adapter)]
        pipe = subprocess.PIPE
        environment = os.environ | _ENVIRONMENT
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment, text=True
        )
        self._told: list[dict[str, float]] = []

    def epoch(self) -> None:
        """One epoch; the other side waits meanwhile, and costs nothing."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith(TOLD):
                self._told.append(json.loads(line.removeprefix(TOLD)))
                return
        raise RuntimeError(f"{self.adapter.name} ended with code {self._process.wait()}")

    def end(self) -> None:
        """Waits until the adapter is saved."""
        self._process.communicate()

    def best(self, unit: str) -> float:
        """Tokens per second of `unit`, "wall_s" or "cpu_s", in the best epoch."""
        return max(told["tokens"] / told[unit] for told in self._told)

    @property
    def peak_bytes(self) -> float:
        return max(told["peak_bytes"] for told in self._told)


def training() -> list[Row]:
    """LoRA on the shipped sample: same tokens and targets, rank, batch and rate; bfloat16.

    Epoch by epoch in turn, and the best epoch counts, since others may use the machine.
    """
    with tempfile.TemporaryDirectory(prefix="tunedesk-bench-") as name:
        ours, trl = sides = [_Side(which, Path(name)) for which in ("ours", "trl")]
        for _ in range(N_EPOCHS):
            for side in sides:
                side.epoch()
        for side in sides:
            side.end()
        loss, trl_loss = (_held_out_loss(side.adapter) for side in sides)
    return [
        _row("LoRA training", "tokens/s", ours.best("wall_s"), trl.best("wall_s")),
        _row("LoRA training", "tokens/CPU s", ours.best("cpu_s"), trl.best("cpu_s")),
        _row("held-out loss after 3 epochs", "mnat", loss * 1e3, trl_loss * 1e3),
        _row("peak memory of training", "MB", ours.peak_bytes / 1e6, trl.peak_bytes / 1e6),
    ]


def _row(name: str, unit: str, ours: float, trl: float) -> Row:
    return Row(name, unit, ours, trl, "TRL's SFTTrainer")


def _held_out_loss(adapter: Path) -> float:
    """Of a saved adapter, in float32; one judge for both sides."""
    from safetensors.torch import load_file

    from tunedesk.engine.template import ChatTemplate
    from tunedesk.engine.training.model import Trainee
    from tunedesk.engine.training.rows import Row as TrainingRow

    base = models_folder() / MODEL_ID
    trainee = Trainee(base, rank=RANK, alpha=ALPHA, seed=SEED, pad_id=0, dtype="float32")
    trainee.load_adapter(load_file(adapter / "adapter_model.safetensors"))
    rows = [TrainingRow(row) for row in sample(ChatTemplate(base), "marv-heldout.jsonl")]
    return trainee.judge(rows).loss


def whole_job() -> Row:
    """The sample's 44 rows at auto settings: seconds from `jobs.create` to `succeeded`."""
    return Row("sample job, created to succeeded", "s", asyncio.run(_job_s()), _GOAL_S, "the goal")


async def _job_s() -> float:
    async with running_engine() as running:
        files = []
        for name in ("marv-train.jsonl", "marv-heldout.jsonl"):
            data = (name, resource("samples", name).read_bytes())
            files.append(await running.client.files.create(file=data, purpose="fine-tune"))
        started_s = time.monotonic()
        job = await running.client.fine_tuning.jobs.create(
            model=MODEL_ID, training_file=files[0].id, validation_file=files[1].id, seed=SEED
        )
        done = await wait_for_job(running.client, job.id)
        assert done.status == "succeeded", done.error
        return time.monotonic() - started_s


MEASURES: tuple[Callable[[], Row | list[Row]], ...] = (training, whole_job)
