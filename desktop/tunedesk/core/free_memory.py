"""How much memory the system lets this program and its children have."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_OWN_GROUPS = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")


def free_memory_bytes() -> int | None:
    """With what the system would take from its caches, and no more than the limits of the control
    groups and of the shell leave; None where it does not say (Linux does)."""
    free = _free_of_system()
    if free is None:
        return None
    return max(0, min([free, *_left_in_groups(), *_limits_of_process()]))


def _free_of_system() -> int | None:
    try:
        lines = _MEMINFO.read_text().strip().split("\n")
        found = {name: rest.split()[0] for name, _, rest in (line.partition(":") for line in lines)}
        return int(found["MemAvailable"]) * 1024
    except (OSError, KeyError, ValueError, IndexError):
        return None


def _left_in_groups() -> Iterator[int]:
    """What each limited control group around this process has left: services, containers and
    sandboxes are held by them. Of either version; in a container its own group is the root."""
    try:
        lines = _OWN_GROUPS.read_text().strip().split("\n")
    except OSError:
        return
    for line in lines:
        _, _, rest = line.partition(":")
        kinds, _, path = rest.partition(":")
        if not kinds:
            names = ("memory.max", "memory.current", "inactive_file")
            yield from _left(_GROUPS, path, names)
        elif "memory" in kinds.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            yield from _left(_GROUPS / "memory", path, names)


def _left(root: Path, path: str, names: tuple[str, str, str]) -> Iterator[int]:
    """Of a group and those around it. `names`: of the files of its limit and its use, and of what
    in its statistics can be had back."""
    group = root / path.strip("/")
    for folder in (one for one in (group, *group.parents) if one.is_relative_to(root)):
        try:
            limit, used = (int((folder / name).read_text()) for name in names[:2])
            lines = (folder / "memory.stat").read_text().strip().split("\n")
            yield limit - used + int(dict(line.split() for line in lines)[names[2]])
        except (OSError, ValueError, KeyError):  # no limit ("max"), or not seen from in here
            continue


def _limits_of_process() -> Iterator[int]:
    """What any one process may have at most, as after `ulimit -v`."""
    if sys.platform == "win32":
        return
    import resource

    for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        limit, _ = resource.getrlimit(kind)
        if limit != resource.RLIM_INFINITY:
            yield limit
