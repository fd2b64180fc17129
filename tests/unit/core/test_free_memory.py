"""What is free to a program that the system, its control groups and the shell hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tunedesk.core import free_memory
from tunedesk.core.free_memory import free_memory_bytes

GB = 2**30


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system with 8 GB free and no limits, in files."""
    (tmp_path / "meminfo").write_text(f"MemTotal: 1 kB\nMemAvailable: {8 * GB // 1024} kB\n")
    (tmp_path / "own").write_text("0::/\n")
    monkeypatch.setattr(free_memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(free_memory, "_OWN_GROUPS", tmp_path / "own")
    monkeypatch.setattr(free_memory, "_GROUPS", tmp_path / "groups")
    return tmp_path


def group(folder: Path, limit: object, used: int, cached: int, *, is_old: bool = False) -> None:
    """A control group's files; `is_old`: of the first version."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    names = names if is_old else ("memory.max", "memory.current", "inactive_file")
    (folder / names[0]).write_text(f"{limit}\n")
    (folder / names[1]).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon {used - cached}\n{names[2]} {cached}\n")


def test_without_limits_it_is_what_the_system_says(system: Path) -> None:
    assert free_memory_bytes() == 8 * GB
    (system / "meminfo").write_text("MemTotal: 1 kB\n")
    assert free_memory_bytes() is None


def test_the_narrowest_group_counts_and_its_cache_can_be_had_back(system: Path) -> None:
    (system / "own").write_text("0::/user.slice/app.scope\n")
    group(system / "groups/user.slice", 3 * GB, 2 * GB, GB // 2)
    group(system / "groups/user.slice/app.scope", "max", GB, 0)
    assert free_memory_bytes() == GB * 3 // 2


def test_groups_of_the_first_version_count_as_well(system: Path) -> None:
    (system / "own").write_text("5:cpu:/\n4:memory:/docker/1\n0::/\n")
    group(system / "groups/memory", 2**63 - 4096, GB, 0, is_old=True)
    group(system / "groups/memory/docker/1", GB, GB + 5, 0, is_old=True)
    assert free_memory_bytes() == 0


def test_in_a_container_its_own_group_is_the_root(system: Path) -> None:
    (system / "own").write_text("0::/host/path/that/is/not/seen\n")
    group(system / "groups", 2 * GB, GB, 0)
    assert free_memory_bytes() == GB


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_a_limit_of_the_shell_counts() -> None:
    code = "from tunedesk.core.free_memory import free_memory_bytes; print(free_memory_bytes())"
    shell = [f"ulimit -v 500000; exec {sys.executable} -c '{code}'"]
    told = subprocess.run(
        ["sh", "-c", *shell], env=dict(os.environ), capture_output=True, check=True
    ).stdout
    assert 0 < int(told) <= 500_000 * 1024
