"""Where the workers will compute, found without importing torch (2 s, and not in this process)."""

from __future__ import annotations

import importlib.util
import platform
import sys
from functools import cache
from pathlib import Path
from typing import Literal

Device = Literal["cuda", "mps", "cpu"]

_CUDA_LIBRARIES = ("libtorch_cuda.so", "libc10_cuda.so", "torch_cuda.dll", "c10_cuda.dll")


@cache
def expected_device() -> Device:
    """What torch will choose: CUDA where a card, its driver and a CUDA build of torch are there."""
    if _has_cuda_card() and _torch_knows_cuda():
        return "cuda"
    is_apple_silicon = sys.platform == "darwin" and platform.machine() == "arm64"
    return "mps" if is_apple_silicon else "cpu"


def _has_cuda_card() -> bool:
    if sys.platform == "win32":
        return (Path("C:/Windows/System32") / "nvcuda.dll").exists()
    # /dev/dxg is how a card of the Windows host is seen below WSL.
    return any(Path("/dev").glob("nvidia[0-9]*")) or Path("/dev/dxg").exists()


def _torch_knows_cuda() -> bool:
    found = importlib.util.find_spec("torch")  # looks, imports nothing
    if found is None or found.origin is None:
        return False
    libraries = Path(found.origin).parent / "lib"
    return any((libraries / name).exists() for name in _CUDA_LIBRARIES)
