"""The processes that train one job together: each takes its share of every batch.

An adapter's gradients are some 20 MB, so one sum over all of them a step is all it takes: every
process has the whole model, makes the same step with the same numbers, and stays equal to the bit
to the others. The first one alone writes and reports. Started by `torchrun`, which says in the
environment who is who; without it a process is alone, and nothing here costs anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import torch
from torch import distributed

from tunedesk.engine.compute_lock import ComputeLock
from tunedesk.engine.training.failure import PeerLostError
from tunedesk.engine.training.spec import MEETING_PREFIX

T = TypeVar("T")


class Group:
    """This process among those of its job. Every method but `share` is called by all of them.

    Raises PeerLostError where another one is gone.
    """

    def __init__(self, rank: int = 0, size: int = 1, local_rank: int = 0) -> None:
        self.rank = rank
        self.size = size
        self._local_rank = local_rank
        n_devices = torch.cuda.device_count() if size > 1 else 0
        # Two processes on one device cannot speak nccl to each other.
        self._is_on_cuda = n_devices > local_rank
        self.device = f"cuda:{local_rank}" if self._is_on_cuda else "auto"

    @property
    def is_first(self) -> bool:
        """True for the one that writes and reports."""
        return self.rank == 0

    def share(self, items: Sequence[T]) -> Sequence[T]:
        """What this process does of `items`; may be nothing."""
        return items if self.size == 1 else items[self.rank :: self.size]

    def sum(self, values: Sequence[float]) -> list[float]:
        """Each value summed over all processes, to the same bits everywhere."""
        if self.size == 1:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64, device=self._meeting_place)
        self._add_up(total)
        return [float(value) for value in total.tolist()]

    def any(self, flag: bool) -> bool:
        """True if it is so in one of the processes."""
        return flag if self.size == 1 else self.sum([float(flag)])[0] > 0

    def sum_gradients(self, gradients: Iterable[torch.Tensor]) -> None:
        """The gradients of all shares, added up in place, in every process."""
        if self.size == 1:
            return
        parts = list(gradients)
        total = torch.cat([part.flatten() for part in parts]).to(self._meeting_place)
        self._add_up(total)
        at = 0
        for part in parts:
            part.copy_(total[at : at + part.numel()].view_as(part))
            at += part.numel()

    @contextmanager
    def turn(self, lock: ComputeLock) -> Iterator[None]:
        """A turn at the cores for all processes of this machine together."""
        if self._local_rank > 0:
            self.any(False)  # the first one has the turn once it comes here too
            yield
            return
        with lock.turn():
            self.any(False)
            yield

    @property
    def _meeting_place(self) -> str:
        return self.device if self._is_on_cuda else "cpu"

    @staticmethod
    def _add_up(total: torch.Tensor) -> None:
        try:
            distributed.all_reduce(total)
        except RuntimeError as error:
            raise PeerLostError(f"{error}") from error


def join(job_folder: Path) -> Group:
    """Meets the others that `torchrun` started, if it was it that started this process.

    On one machine by a file in the job's folder, so that no port is open to the network.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return Group()
    group = Group(int(os.environ["RANK"]), size, int(os.environ["LOCAL_RANK"]))
    if group.device != "auto":
        torch.cuda.set_device(torch.device(group.device))
    backend = "gloo" if group.device == "auto" else "nccl"
    if os.environ["GROUP_WORLD_SIZE"] != "1":
        distributed.init_process_group(backend)
        return group
    file = job_folder.absolute() / f"{MEETING_PREFIX}{os.environ['TORCHELASTIC_RUN_ID']}-all"
    store = distributed.FileStore(str(file), size)  # type: ignore[attr-defined]
    distributed.init_process_group(backend, store=store, rank=group.rank, world_size=size)
    return group


def n_threads_each() -> int:
    """Threads for one of this machine's processes; torchrun itself would give each only one."""
    n_processes = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if n_processes == 1:
        return torch.get_num_threads()
    return max(1, (os.cpu_count() or 1) // n_processes)
