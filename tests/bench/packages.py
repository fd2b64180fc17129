"""What only the benchmarks need, in an environment of its own: TRL and llama.cpp's wheel.

It stands on the packages of .venv by a .pth file, so that both sides of a comparison run the same
torch. Run it as `python -m tests.bench.packages`, or call `bench_python`.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path("build/bench-venv")
CONSTRAINTS = Path("packaging/constraints.txt")
# Exact, since what they are compared with is pinned as well.
PACKAGES = ("trl==1.16.0", "xllamacpp==2026.10.11549")
_DONE = FOLDER / "tunedesk-bench.txt"


def bench_python() -> Path:
    """The interpreter that has them all; made at the first call (needs the network once).

    Raises subprocess.CalledProcessError if pip could not install them; its words are on stderr.
    """
    python = FOLDER / "bin" / "python"
    if not (_is_done() and python.exists()):
        _make(python)
    return python.absolute()


def _is_done() -> bool:
    return _DONE.is_file() and _DONE.read_text().split() == list(PACKAGES)


def _make(python: Path) -> None:
    command = [sys.executable, "-m", "venv", "--clear", str(FOLDER)]
    subprocess.run(command, check=True)
    _lean_on_our_packages()
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", str(CONSTRAINTS), *PACKAGES], check=True, stdout=sys.stderr)
    _DONE.write_text("\n".join(PACKAGES) + "\n")


def _lean_on_our_packages() -> None:
    """Only where this interpreter runs from an environment that has torch."""
    assert find_spec("torch"), "run the benchmarks with .venv's Python: make bench"
    target = next(FOLDER.glob("lib/python3*/site-packages"))
    ours = sysconfig.get_path("purelib")
    # A plain path would leave out the .pth files there, and with them tunedesk itself.
    (target / "tunedesk-venv.pth").write_text(f"import site; site.addsitedir({ours!r})\n")


if __name__ == "__main__":
    sys.stdout.write(f"{bench_python()}\n")
