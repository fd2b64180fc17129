"""How much memory the system says is free for programs."""

from __future__ import annotations

from pathlib import Path

_MEMINFO = Path("/proc/meminfo")


def free_memory_bytes() -> int | None:
    """With what the system would take from its caches; None where it does not say (Linux does)."""
    try:
        lines = _MEMINFO.read_text().strip().split("\n")
        found = {name: rest.split()[0] for name, _, rest in (line.partition(":") for line in lines)}
        return int(found["MemAvailable"]) * 1024
    except (OSError, KeyError, ValueError, IndexError):
        return None
