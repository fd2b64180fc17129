"""Whether this computer has the disk and the memory that a fine-tune on it takes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

from tunedesk.core.auto import MEASURED_BILLIONS
from tunedesk.core.free_memory import free_memory_bytes
from tunedesk.core.model_size import billions_in
from tunedesk.services.train.training_types import ReadyCheck

# Measured with the shipped model at the engine's own rank: peaks of 1.1 GB (short rows, batch 4)
# to 1.41 GB (full batches, rows of 2,000 tokens), since no pass takes more than 2,048 tokens.
_PROGRAM_BYTES = 500_000_000
_BYTES_A_BILLION = 6_700_000_000
_ADAPTER_BYTES = 19_600_000  # a checkpoint
_MOMENTS_BYTES = 39_200_000  # and what the newest needs to be gone on with


class Room(NamedTuple):
    """What is free here; None where the system does not say. `folder` is the engine's."""

    folder: Path
    disk_bytes: int | None
    memory_bytes: int | None


class Need(NamedTuple):
    """What a job takes at most; `memory_bytes` is None for a model whose size is not known."""

    disk_bytes: int
    memory_bytes: int | None


def look_around(folder: Path) -> Room:
    """As it is now. Blocking."""
    there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    try:
        disk_bytes = shutil.disk_usage(there).free
    except OSError:
        return Room(folder, None, free_memory_bytes())
    return Room(folder, disk_bytes, free_memory_bytes())


def need_of(model: str, n_epochs: int, rows_bytes: int) -> Need:
    """A checkpoint an epoch, two of them with the optimiser while one is written, and the rows.

    An adapter grows with the root of the model's size, or a little slower.
    """
    billions = billions_in(model)
    times_larger = 1.0 if billions is None else max(1.0, billions / MEASURED_BILLIONS)
    adapters = (n_epochs + 1) * _ADAPTER_BYTES + 2 * _MOMENTS_BYTES
    memory = None if billions is None else _PROGRAM_BYTES + round(billions * _BYTES_A_BILLION)
    return Need(round(adapters * times_larger**0.55) + rows_bytes, memory)


def room_check(name: str, room: Room, need: Need) -> ReadyCheck:
    """One line: what is free, or first of all what is too little."""
    disk, memory = room.disk_bytes, room.memory_bytes
    if disk is not None and disk < need.disk_bytes:
        args: dict[str, str | int] = {"free_bytes": disk, "needed_bytes": need.disk_bytes}
        args["folder"] = str(room.folder)
        return ReadyCheck(code="disk", level="error", args=args)
    if memory is not None and need.memory_bytes is not None and memory < need.memory_bytes:
        lacking: dict[str, str | int] = {"free_bytes": memory, "needed_bytes": need.memory_bytes}
        return ReadyCheck(code="memory", level="error", args=lacking)
    free = {"memory_bytes": memory, "disk_bytes": disk}
    told: dict[str, str | int] = {
        field: n_bytes for field, n_bytes in free.items() if n_bytes is not None
    }
    if len(told) < len(free):
        return ReadyCheck(code="provider_ready", level="ok", args={"name": name})
    return ReadyCheck(code="engine_ready", level="ok", args=told)
