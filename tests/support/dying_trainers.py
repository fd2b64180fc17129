"""Trainers that are killed at random moments, again and again, until their jobs are done.

Run as `python -m tests.support.dying_trainers FOLDER BASE KILLS SEED` from the repository's root;
prints one JSON object. torch is imported once, in a parent that never computes, so that a fork of
it is as good as a new process and takes a moment. A run dies by what it has worked, not by the
clock, so that it comes as far on a busy machine as on a quiet one.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

import torch

import tunedesk.engine.training.loop  # noqa: F401 - for the forks
from tests.support.training_run import digest, is_sound, last_word, lines, make_job, train

_SHORTEST_S = 0.05


def main(folder: Path, base: Path, n_kills: int, seed: int) -> dict[str, Any]:
    """Digests of all jobs (the first one calm), steps at which a run was taken up, what broke."""
    dice = random.Random(seed)
    calm = make_job(folder / "calm", base, n_epochs=4)
    _, calm_s = _train(calm)
    told: dict[str, Any] = {"digests": [digest(calm)], "kills": 0, "lost": [], "torn": []}
    while told["kills"] < n_kills:
        job = make_job(folder / str(len(told["digests"])), base, n_epochs=4)
        while not _is_done(job):
            _kill_once(job, dice.uniform(_SHORTEST_S, calm_s), told)
        told["digests"].append(digest(job))
    return told


def _kill_once(job: Path, work_s: float, told: dict[str, Any]) -> None:
    saved = _saved(job)
    n_before = len(lines(job)) if (job / "events.jsonl").exists() else 0
    was_killed, _ = _train(job, work_s)
    told["kills"] += was_killed
    steps = [line.data["step"] for line in lines(job)[n_before:] if line.type == "metrics"]
    if steps and steps[0] != saved + 1 and saved:
        told["lost"].append([saved, steps[0]])
    for folder in job.glob("checkpoints/step-*"):
        if not is_sound(folder):
            told["torn"].append(str(folder))


def _saved(job: Path) -> int:
    """The last step that a run can go on from."""
    found = [path.parent.name for path in job.glob("*/step-*/optimiser.safetensors")]
    return max((int(name.removeprefix("step-")) for name in found), default=0)


def _is_done(job: Path) -> bool:
    return (job / "events.jsonl").exists() and any(line.kind == "finished" for line in lines(job))


def _train(job: Path, work_s: float = 0.0) -> tuple[bool, float]:
    """Whether it was killed, and the seconds of the processor that it used; 0 for a whole run."""
    pid = os.fork()
    if pid == 0:
        _train_and_exit(job, work_s)
    _, status, used = os.wait4(pid, 0)
    was_killed = os.waitstatus_to_exitcode(status) == -signal.SIGPROF
    if not was_killed:
        assert last_word(job).kind == "finished", last_word(job)
    return was_killed, used.ru_utime + used.ru_stime


def _train_and_exit(job: Path, work_s: float) -> NoReturn:
    os.dup2(os.open(job / "trainer.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
    torch.set_num_threads(1)
    signal.setitimer(signal.ITIMER_PROF, work_s)  # nobody handles it: the end, as by SIGKILL
    os._exit(train(job))


if __name__ == "__main__":
    _folder, _base, _n_kills, _seed = sys.argv[1:]
    sys.stdout.write(json.dumps(main(Path(_folder), Path(_base), int(_n_kills), int(_seed))))
