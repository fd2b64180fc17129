"""Training: ours beside TRL's SFTTrainer, and a whole job as a user of the API sees it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.packages import bench_python
from tests.bench.timing import Row
from tests.bench.training_side import ALPHA, RANK, SEED, sample
from tests.support.engine import MODEL_ID, models_folder, running_engine, wait_for_job
from tunedesk.assets import resource

_BASELINE = "TRL's SFTTrainer"
_GOAL_S = 60.0
_ROUNDS = 2
# As the engine starts its trainer; both sides get it.
_ENVIRONMENT = {"GOMP_SPINCOUNT": "20000", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


class _Side(NamedTuple):
    tokens_per_s: float
    held_out_loss: float
    peak_bytes: int


def training() -> list[Row]:
    """LoRA on the shipped sample: same tokens and targets, rank, batch and rate; bfloat16."""
    ours, trl = _sides()
    megabyte = 1e6
    return [
        Row("LoRA training", "tokens/s", ours.tokens_per_s, trl.tokens_per_s, _BASELINE),
        Row(
            "held-out loss after 3 epochs, in thousandths",
            "mnat",
            ours.held_out_loss * 1e3,
            trl.held_out_loss * 1e3,
            _BASELINE,
        ),
        Row(
            "peak memory of training",
            "MB",
            ours.peak_bytes / megabyte,
            trl.peak_bytes / megabyte,
            _BASELINE,
        ),
    ]


@cache
def _sides() -> tuple[_Side, _Side]:
    """Both in turn, more than once; the best epoch counts, since others may use the machine."""
    with tempfile.TemporaryDirectory(prefix="tunedesk-bench-") as name:
        folder = Path(name)
        told: dict[str, list[dict[str, Any]]] = {"ours": [], "trl": []}
        for _ in range(_ROUNDS):
            for which, found in told.items():
                found.append(_run(which, folder / which))
        ours, trl = (_side(found, folder / which) for which, found in told.items())
    return ours, trl


def _run(which: str, output: Path) -> dict[str, Any]:
    output.mkdir(exist_ok=True)
    command = [str(bench_python()), "-m", "tests.bench.training_side", which]
    done = subprocess.run(
        [*command, str(models_folder() / MODEL_ID), str(output)],
        check=True,
        stdout=subprocess.PIPE,
        env=os.environ | _ENVIRONMENT,
    )
    told: dict[str, Any] = json.loads(done.stdout.decode().strip().rpartition("\n")[2])
    return told


def _side(found: list[dict[str, Any]], adapter: Path) -> _Side:
    best_s = min(seconds for told in found for seconds in told["epochs_s"])
    peak_bytes = min(told["peak_bytes"] for told in found)
    return _Side(found[0]["tokens"] / best_s, _held_out_loss(adapter), peak_bytes)


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
