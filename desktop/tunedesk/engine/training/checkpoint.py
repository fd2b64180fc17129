"""Checkpoints: the adapter in PEFT's layout, and in the newest what resuming needs.

`checkpoints/step-N` is a model and stays; `resume/step-N` is only there to go on from, and goes
when there is a newer one of either kind. A folder is written under a temporary name, synced, then
renamed: it is there whole or not at all. Only safetensors and JSON, never pickle.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from tunedesk.engine.training.adamw import AdamW
from tunedesk.engine.training.model import Trainee
from tunedesk.engine.training.report import Sample
from tunedesk.engine.training.spec import CHECKPOINTS_FOLDER, checkpoint_folder

ADAPTER_FILE = "adapter_model.safetensors"
RESUME_FOLDER = "resume"
_OPTIMISER_FILE = "optimiser.safetensors"
_STATE_FILE = "state.json"


class State(msgspec.Struct):
    """How far a run is. `metrics` and `samples` are those of all checkpoints so far, by step.

    `dtype` is the type it computes in (None: unknown, from an older version).
    """

    step: int = 0
    trained_tokens: int = 0
    metrics: dict[int, dict[str, float]] = {}
    samples: dict[int, list[Sample]] = {}
    dtype: str | None = None


class Resumable:
    """What a run goes on from."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError, msgspec.DecodeError or SafetensorError if something is damaged."""
        self.state = msgspec.json.decode((folder / _STATE_FILE).read_bytes(), type=State)
        self.adapter = load_file(folder / ADAPTER_FILE)
        self._optimiser = load_file(folder / _OPTIMISER_FILE)

    def restore(self, optimiser: AdamW) -> None:
        """Gives the optimiser its moments. Raises KeyError if one is missing."""
        optimiser.restore(self.state.step, self._optimiser)


def newest(job_folder: Path) -> Resumable | None:
    """The last checkpoint that can be resumed from, or None.

    A damaged one is passed over: what it held is trained again, to the same bits.
    """
    for folder in sorted(_points(job_folder), key=_step_of, reverse=True):
        try:
            return Resumable(folder)
        except (OSError, msgspec.DecodeError, SafetensorError):
            continue
    return None


def sweep(job_folder: Path) -> None:
    """Removes what a kill or a power cut left half-written."""
    for parent in (CHECKPOINTS_FOLDER, RESUME_FOLDER):
        for scratch in (job_folder / parent).glob(".*.tmp"):
            shutil.rmtree(scratch, ignore_errors=True)


def keep(job_folder: Path, trainee: Trainee, optimiser: AdamW, state: State) -> None:
    """Writes the checkpoint of `state.step`, a model from now on. Raises OSError.

    Whatever fails, the last good checkpoint is as it was.
    """
    target = checkpoint_folder(job_folder, state.step)
    _write(target, trainee, optimiser, state)
    _forget_older(job_folder, target)


def keep_to_resume(job_folder: Path, trainee: Trainee, optimiser: AdamW, state: State) -> None:
    """The same between the epochs, for no one but a run that goes on."""
    target = job_folder / RESUME_FOLDER / f"step-{state.step}"
    _write(target, trainee, optimiser, state)
    _forget_older(job_folder, target)


def write_lasting(path: Path, data: bytes) -> None:
    """Writes a file and waits for the disk. Raises OSError."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY, 0o600)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def replace_lasting(scratch: Path, target: Path) -> None:
    """Gives what was written its name, for good. Raises OSError."""
    os.replace(scratch, target)  # noqa: PTH105 - the call that the tests of faults let fail
    _sync(target.parent)


_BINARY = getattr(os, "O_BINARY", 0)


def _write(target: Path, trainee: Trainee, optimiser: AdamW, state: State) -> None:
    target.parent.mkdir(exist_ok=True)
    scratch = target.with_name(f".{target.name}.tmp")
    shutil.rmtree(scratch, ignore_errors=True)
    try:
        _fill(scratch, trainee, optimiser, state)
        shutil.rmtree(target, ignore_errors=True)
        replace_lasting(scratch, target)
    except BaseException:  # on a full disk the half of it would keep the reason from being told
        shutil.rmtree(scratch, ignore_errors=True)
        raise


def _fill(scratch: Path, trainee: Trainee, optimiser: AdamW, state: State) -> None:
    trainee.save_adapter(scratch)
    for path in scratch.iterdir():
        _sync(path)
    write_lasting(scratch / _OPTIMISER_FILE, save(optimiser.moments()))
    write_lasting(scratch / _STATE_FILE, msgspec.json.encode(state))
    _sync(scratch)


def _forget_older(job_folder: Path, newest: Path) -> None:
    """Older models keep their adapter only; older places to resume from go."""
    for folder in list(_points(job_folder)):
        if folder == newest:
            continue
        if folder.parent.name == RESUME_FOLDER:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):  # it is only room that is lost
                (folder / _OPTIMISER_FILE).unlink()


def _points(job_folder: Path) -> Iterator[Path]:
    for parent in (CHECKPOINTS_FOLDER, RESUME_FOLDER):
        for path in (job_folder / parent).glob(f"step-*/{_OPTIMISER_FILE}"):
            yield path.parent


def _step_of(folder: Path) -> int:
    return int(folder.name.removeprefix("step-"))


def _sync(path: Path) -> None:
    if os.name != "posix" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
