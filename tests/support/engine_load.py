"""What the generator process of an engine under test is doing, by the kernel's own count."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tests.support.engine import EngineUnderTest, processes_below

_LOOK_S = 0.02
_CALM_S = 0.4
_NOISE_S = 0.002  # a process that waits still wakes now and then


def generator_pid(engine: EngineUnderTest) -> int | None:
    """The living generator, if there is one."""
    below = processes_below(engine.pid).items()
    found = (pid for pid, command in below if "tunedesk.engine.generation" in command)
    return next(found, None)


async def cpu_until_idle_s(engine: EngineUnderTest) -> float:
    """Seconds of CPU that the generator spends from now until it does nothing any more."""
    first = last = generator_cpu_s(engine)
    calm_since_s = time.monotonic()
    while time.monotonic() - calm_since_s < _CALM_S:
        await asyncio.sleep(_LOOK_S)
        now = generator_cpu_s(engine)
        if now - last > _NOISE_S:
            last, calm_since_s = now, time.monotonic()
    return last - first


def generator_cpu_s(engine: EngineUnderTest) -> float:
    """Seconds of CPU that the generator has spent since it began."""
    pid = generator_pid(engine)
    assert pid is not None
    threads = (Path("/proc") / str(pid) / "task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9
