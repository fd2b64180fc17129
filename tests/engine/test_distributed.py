"""Several processes train one job as one would; and none of them is left behind."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import is_alive, listening_tcp, processes_below
from tests.support.engine_jobs import preference_rows, sample_rows
from tests.support.tiny_model import make_tiny_model
from tests.support.training_run import Pause, curve, digest, last_word, lines, make_job, train
from tunedesk.engine.launch import Launch
from tunedesk.engine.trainer import Trainer
from tunedesk.engine.trainer_command import command_elsewhere, n_cuda_devices, trainer_command
from tunedesk.engine.training.dtype_memory import remember
from tunedesk.engine.training.spec import Line

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

_TWO = Launch(nproc_per_node=2)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Computed in float32: a batch that is cut in another place rounds otherwise in bfloat16."""
    folder = make_tiny_model(tmp_path_factory.mktemp("models"))
    (folder.parent / "locks").mkdir()
    remember(folder.parent / "locks", folder, "float32")
    return folder


async def _follow(folder: Path, launch: Launch) -> list[Line]:
    trainer = await Trainer.start(folder, launch)
    return [line async for line in trainer.lines()]


@pytest.mark.parametrize("method", ["supervised", "dpo"])
async def test_two_processes_give_the_curve_of_one(base: Path, tmp_path: Path, method: str) -> None:
    """Nine rows in batches of four: the last batch is smaller than the group."""
    jobs = [_job(tmp_path / name, base, method) for name in ("one", "two")]
    assert await asyncio.to_thread(train, jobs[0]) == 0
    told = await _follow(jobs[1], _TWO)
    assert told[-1].kind == "finished", (jobs[1] / "trainer.log").read_text()
    one, two = curve(jobs[0]), curve(jobs[1])
    assert len(one) == 9
    assert one == pytest.approx(two, abs=1e-3)
    assert _held_out(jobs[0]) == pytest.approx(_held_out(jobs[1]), abs=1e-3)
    assert [line.key for line in told].count("step-1") == 1


def _job(folder: Path, base: Path, method: str) -> Path:
    make_job(folder, base, method=method, learning_rate=3e-3)
    is_dpo = method == "dpo"
    (folder / "train.jsonl").write_bytes(preference_rows(9) if is_dpo else sample_rows(9))
    if is_dpo:
        (folder / "valid.jsonl").write_bytes(preference_rows(3, skip=10))
    return folder


def _held_out(folder: Path) -> list[float]:
    told = lines(folder)
    return [line.data["full_valid_loss"] for line in told if "full_valid_loss" in line.data]


async def test_two_processes_pause_together_and_go_on(base: Path, tmp_path: Path) -> None:
    calm, job = (make_job(tmp_path / name, base, n_epochs=25) for name in ("calm", "job"))
    await _follow(calm, _TWO)
    trainer = await Trainer.start(job, _TWO)
    told = []
    async for line in trainer.lines():
        told.append(line)
        if line.key == "step-2":
            trainer.ask_to_pause()
    assert told[-1].kind == "paused"
    assert 2 <= told[-1].step < 50
    assert (await _follow(job, _TWO))[-1].kind == "finished"
    assert digest(job) == digest(calm)


async def test_where_one_process_is_killed_all_end_and_none_blames_the_job(
    base: Path, tmp_path: Path
) -> None:
    job = make_job(tmp_path / "job", base, n_epochs=50)
    trainer = await Trainer.start(job, _TWO)
    below: dict[int, str] = {}
    async for line in trainer.lines():
        assert line.kind != "failed"
        if line.key == "step-2":
            below = _ranks()
            os.kill(max(below), signal.SIGKILL)
    assert len(below) == 2
    assert not [pid for pid in below if is_alive(pid)]


def _ranks() -> dict[int, str]:
    found = processes_below(os.getpid()).items()
    return {
        pid: command
        for pid, command in found
        if "tunedesk.engine.training " in command and "torchrun" not in command
    }


_PARENT = """
import asyncio, sys
from pathlib import Path
from tunedesk.engine.launch import Launch
from tunedesk.engine.trainer import Trainer

async def live(job):
    trainer = await Trainer.start(job, Launch(nproc_per_node=2))
    async for line in trainer.lines():
        print(line.key, flush=True)

asyncio.run(live(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("seed", [20261125])
def test_no_process_outlives_its_killed_engine(base: Path, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    for number, wait_for in enumerate(["", "step-1"]):
        job = make_job(tmp_path / str(number), base, n_epochs=50)
        command = [sys.executable, "-c", _PARENT, str(job)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as engine:
            assert engine.stdout is not None
            while wait_for and engine.stdout.readline().strip() != wait_for:
                pass
            time.sleep(dice.uniform(0.1, 1.5))  # where in its life it dies is the test's dice
            below = processes_below(engine.pid)
            engine.kill()
        killed_s = time.monotonic()
        assert below
        while alive := [below[pid] for pid in below if is_alive(pid)]:
            assert time.monotonic() - killed_s < 2, alive
            time.sleep(0.02)


_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no number": ({"learning_rate": 1e30}, "training_diverged"),
    "no base": ({"base_folder": "gone"}, "model_not_found"),
}


@pytest.mark.parametrize("name", _FAULTS)
async def test_a_failure_is_told_as_by_one(base: Path, tmp_path: Path, name: str) -> None:
    values, code = _FAULTS[name]
    job = make_job(tmp_path / "job", base, **values)
    await _follow(job, _TWO)
    assert last_word(job).data["code"] == code


async def test_no_port_is_open_to_the_network(base: Path, tmp_path: Path) -> None:
    trainer = await Trainer.start(make_job(tmp_path / "job", base, n_epochs=50), _TWO)
    open_ports: list[str] = []
    async for line in trainer.lines():
        if line.key == "step-1":
            open_ports = [port for p in processes_below(os.getpid()) for port in listening_tcp(p)]
            await trainer.kill()
    assert open_ports, "the processes speak to each other"
    assert all(port.startswith("0100007F:") for port in open_ports)


async def test_one_process_goes_on_with_what_two_began(base: Path, tmp_path: Path) -> None:
    job = _job(tmp_path / "job", base, "supervised")
    assert await asyncio.to_thread(train, job, Pause(job, 4)) == 0
    assert (await _follow(job, _TWO))[-1].kind == "finished"


def test_one_plain_process_needs_no_torchrun(tmp_path: Path) -> None:
    assert trainer_command(Launch(), tmp_path)[1:] == [
        "-m",
        "tunedesk.engine.training",
        str(tmp_path),
    ]


def test_the_options_are_passed_through(tmp_path: Path) -> None:
    launch = Launch(nproc_per_node=4, nnodes=2, rdzv_endpoint="box:29400", node_rank=0)
    command = " ".join(trainer_command(launch, tmp_path))
    assert "tunedesk.engine.training.torchrun --nnodes 2 --nproc-per-node 4" in command
    assert "--rdzv-backend static --rdzv-endpoint box:29400 --node-rank 0" in command
    elsewhere = command_elsewhere(launch, tmp_path)
    assert elsewhere.startswith("python -m torch.distributed.run --nnodes 2 --nproc-per-node 4")
    assert elsewhere.endswith(f"--node-rank RANK -m tunedesk.engine.training {tmp_path}")


def test_cuda_devices_are_counted_without_torch() -> None:
    assert n_cuda_devices({"CUDA_VISIBLE_DEVICES": "0,2,3"}) == 3
    assert n_cuda_devices({"CUDA_VISIBLE_DEVICES": ""}) == 0
