"""The command that starts training: one plain process, or as many as `torchrun` is told to."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from tunedesk.core.programs import module_command
from tunedesk.engine.launch import Launch
from tunedesk.engine.training.spec import MEETING_PREFIX

_MODULE = "tunedesk.engine.training"
_DEVICES = Path("/dev")


def trainer_command(launch: Launch, job_folder: Path) -> list[str]:
    """For this machine."""
    if not is_distributed(launch):
        return [*module_command(_MODULE), str(job_folder)]
    options = _options(launch, launch.node_rank, job_folder)
    return [*module_command(f"{_MODULE}.torchrun"), *options, str(job_folder)]


def command_elsewhere(launch: Launch, job_folder: Path) -> str:
    """What a person runs on each of the other machines; they all see the job's folder."""
    rank = None if launch.node_rank is None else "RANK"
    options = _options(launch, rank, job_folder)
    return " ".join(["python", "-m", "torch.distributed.run", *options, str(job_folder)])


def is_distributed(launch: Launch) -> bool:
    """True where more than one process trains."""
    return launch.nnodes > 1 or n_processes(launch) > 1


def n_processes(launch: Launch) -> int:
    """On this machine; 0 asks for one a CUDA device."""
    return launch.nproc_per_node or max(1, n_cuda_devices(os.environ))


def n_cuda_devices(environ: Mapping[str, str]) -> int:
    """Those that a trainer will see, counted without torch (2 s to import)."""
    visible = environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([name for name in visible.split(",") if name.strip()])
    return len(list(_DEVICES.glob("nvidia[0-9]*")))


def _options(launch: Launch, node_rank: int | str | None, job_folder: Path) -> list[str]:
    options = ["--nnodes", str(launch.nnodes), "--nproc-per-node", str(n_processes(launch))]
    return [*options, *_meeting(launch, node_rank, job_folder), "-m", _MODULE]


def _meeting(launch: Launch, node_rank: int | str | None, job_folder: Path) -> list[str]:
    """Where the processes meet.

    On one machine that is a file: by default it is a port open to the network, on which torchrun
    takes pickles from whoever sends them. More machines need the port, in a network of their own.
    """
    if launch.nnodes == 1:
        number = str(time.time_ns())
        file = job_folder / (MEETING_PREFIX + number)
        where = ["--rdzv-endpoint", str(file), "--rdzv-conf", "store_type=file"]
        return ["--rdzv-backend", "c10d", *where, "--rdzv-id", number]
    where = ["--rdzv-endpoint", launch.rdzv_endpoint or "localhost:29400"]
    if node_rank is None:  # the machines agree on who is which
        return ["--rdzv-backend", "c10d", *where]
    return ["--rdzv-backend", "static", *where, "--node-rank", str(node_rank)]
