"""E4 and E6 in the trainer: killed, out of disk, out of memory, a loss that is no number."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import pytest
from safetensors import SafetensorError

from tests.support.engine_jobs import preference_rows, sample_rows
from tests.support.file_faults import FaultyDisk
from tests.support.memory_limits import (
    give_no_more_memory,
    rows_of_which_one_is_long,
    seed_with_the_long_one_late,
)
from tests.support.tiny_model import make_tiny_model
from tests.support.training_run import Pause, digest, is_sound, last_word, lines, make_job, train
from tunedesk.engine.training import adapter_files, checkpoint
from tunedesk.engine.training.spec import EVENTS_FILE, EXIT_DISK_FULL, JOB_FILE, read_spec

pytestmark = [
    pytest.mark.engine,
    pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning"),  # peft's
]

_ROOT = Path(__file__).parents[2]
_N_KILLS = 50
_NATIVE_DEATHS = (-6, -11)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models"))


@pytest.mark.parametrize("seed", [20261124])
def test_a_trainer_killed_again_and_again_loses_nothing(
    base: Path, tmp_path: Path, seed: int
) -> None:
    command = [sys.executable, "-m", "tests.support.dying_trainers", str(tmp_path / "jobs")]
    command += [str(base), str(_N_KILLS), str(seed)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kills"] >= _N_KILLS
    assert set(told["digests"]) == {told["digests"][0]}
    assert told["lost"] == []
    assert told["torn"] == []


@pytest.fixture(scope="module")
def half_done(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job with one step of two done and saved."""
    folder = make_job(tmp_path_factory.mktemp("half") / "job", base, n_epochs=2)
    (folder / "train.jsonl").write_bytes(sample_rows(4))
    assert train(folder, Pause(folder, 1)) == 0
    return folder


@pytest.fixture(scope="module")
def whole(half_done: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Digest of that job done calmly."""
    folder = tmp_path_factory.mktemp("whole") / "job"
    shutil.copytree(half_done, folder)
    assert train(folder) == 0
    return digest(folder)


@contextmanager
def _plugged_in(disk: FaultyDisk) -> Iterator[None]:
    """The adapter is written in native code: there it is one call, which leaves a part of it."""
    sink = os.open(os.devnull, os.O_WRONLY)
    real = adapter_files.save_file

    def save_file(weights: Any, path: Path, **more: Any) -> None:
        real(weights, path, **more)
        try:
            os.write(sink, b"x")
        except OSError as error:
            os.truncate(path, 100)
            raise SafetensorError(f"I/O error: {error.strerror} (os error {error.errno})") from None

    try:
        with mock.patch.object(adapter_files, "save_file", save_file), disk.plugged_in():
            yield
    finally:
        os.close(sink)


def _n_calls(half_done: Path, folder: Path) -> int:
    shutil.copytree(half_done, folder)
    disk = FaultyDisk()
    with _plugged_in(disk):
        assert train(folder) == 0
    return disk.n_calls


@pytest.mark.parametrize(("code", "once"), [(errno.ENOSPC, False), (errno.EIO, True)])
def test_whichever_call_fails_the_last_checkpoint_is_intact(
    half_done: Path, whole: str, tmp_path: Path, code: int, once: bool
) -> None:
    n_calls = _n_calls(half_done, tmp_path / "calm")
    assert n_calls > 30
    for number in range(1, n_calls + 1):
        folder = tmp_path / str(number)
        shutil.copytree(half_done, folder)
        disk = FaultyDisk(number, code, once)
        with _plugged_in(disk):
            ended = _train_or_raise(folder)
        _expect_reason(folder, ended, code, once)
        if once:
            assert not list(folder.glob("*/.*.tmp")), "the half of it keeps the disk full"
        assert is_sound(folder / "checkpoints" / "step-1")
        assert checkpoint.newest(folder) is not None
        assert train(folder) == 0, f"call {number} ({disk.failed}) spoiled the job"
        assert digest(folder) == whole
        shutil.rmtree(folder)


def _train_or_raise(folder: Path) -> int:
    try:
        return train(folder)
    except OSError:
        return -1  # no line could be written, not even the first


def _expect_reason(folder: Path, ended: int, code: int, once: bool) -> None:
    if ended in (0, -1):
        return
    word = last_word(folder)
    if word.kind == "failed":
        assert word.data["code"] == ("disk_full" if code == errno.ENOSPC else "disk_error")
    else:
        assert code == errno.ENOSPC
        assert ended == EXIT_DISK_FULL


@pytest.mark.parametrize("kind", ["supervised", "dpo", "resumed"])
def test_a_loss_that_is_no_number_ends_the_job_with_words(
    base: Path, tmp_path: Path, kind: str
) -> None:
    folder = make_job(tmp_path / "job", base)
    if kind == "dpo":
        (folder / "train.jsonl").write_bytes(preference_rows(8))
        (folder / "valid.jsonl").write_bytes(preference_rows(3, skip=10))
        _change(folder, method="dpo")
    if kind == "resumed":
        train(folder, Pause(folder, 3))
    _change(folder, learning_rate=1e30)
    assert train(folder) == 1
    word = last_word(folder)
    assert word.data["code"] == "training_diverged"
    assert "A smaller learning_rate_multiplier usually helps" in word.data["message"]
    if kind == "resumed":
        assert is_sound(folder / "checkpoints" / "step-3")


def _change(folder: Path, **values: Any) -> None:
    spec = msgspec.structs.replace(read_spec(folder), **values)
    (folder / JOB_FILE).write_bytes(msgspec.json.encode(spec))


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit")
@pytest.mark.parametrize(
    ("method", "n_more_mib"), [("supervised", 0), ("supervised", 1), ("dpo", 0)]
)
def test_memory_that_runs_out_ends_the_trainer_with_words(
    base: Path, tmp_path: Path, method: str, n_more_mib: int
) -> None:
    """A real limit on a real process, set while it trains; one row needs more than the others."""
    folder = make_job(
        tmp_path / "job",
        base,
        batch_size=1,
        validation_file=None,
        method=method,
        seed=seed_with_the_long_one_late(),
    )
    (folder / "train.jsonl").write_bytes(rows_of_which_one_is_long(method))
    command = [sys.executable, "-m", "tunedesk.engine.training", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL) as trainer:
        _wait_for(folder, "step-1", trainer)
        give_no_more_memory(trainer.pid, n_more_mib)
        code = trainer.wait()
    if code not in _NATIVE_DEATHS:  # before a word could be said: the engine says it then
        assert code == 1
        assert last_word(folder).data["code"] == "out_of_memory", last_word(folder)


def _wait_for(folder: Path, key: str, trainer: subprocess.Popen[bytes]) -> None:
    """However slow the machine is: until it is said, or nobody is there to say it."""
    while not ((folder / EVENTS_FILE).exists() and any(line.key == key for line in lines(folder))):
        assert trainer.poll() is None, f"{key} was not reported"
        time.sleep(0.02)


_BROKEN = {
    "job.json garbage": (lambda job: (job / JOB_FILE).write_bytes(b"{]"), "job_damaged"),
    "no job.json": (lambda job: (job / JOB_FILE).unlink(), "file_missing"),
    "no rows": (lambda job: (job / "train.jsonl").unlink(), "file_missing"),
    "no base": (lambda job: _change(job, base_folder=str(job / "gone")), "model_not_found"),
    "no adapter": (lambda job: _change(job, start_adapter=str(job / "gone")), "model_not_found"),
}


@contextmanager
def _log_on_a_full_disk() -> Iterator[None]:
    """What goes to the job's log is lost, and says so."""
    log = Path("/dev/full").open("w", buffering=1)  # noqa: SIM115 - its close fails too
    with redirect_stderr(log):
        yield
    with suppress(OSError):
        log.close()


@pytest.mark.parametrize("name", _BROKEN)
def test_what_is_gone_is_named(base: Path, tmp_path: Path, name: str) -> None:
    folder = make_job(tmp_path / "job", base)
    break_it, code = _BROKEN[name]
    break_it(folder)
    with _log_on_a_full_disk():
        assert train(folder) == 1
    assert last_word(folder).data["code"] == code
