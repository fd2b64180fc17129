"""Python packages: the pinned set, with torch's CPU build where there is no NVIDIA device."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from machine.console import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from machine.console import Console

CONSTRAINTS = Path("packaging/constraints.txt")
# The editable install is built with these, without build isolation: so an edit of pyproject.toml
# needs no network as long as every package is there.
BUILD_TOOLS = ("hatchling", "editables")
NEEDED_BYTES = 2_500_000_000
# How pip says that no index has this build; the second where a constraint names the same package.
NOT_OFFERED = ("No matching distribution", "ResolutionImpossible")
NETWORK = (
    "Look at the network connection and start again: what came so far is kept. "
    "If it fails in the same way, remove .venv and start again."
)


class Packages:
    """Installs into one environment; paths are relative to the checkout, the working directory."""

    def __init__(self, console: Console, python: Path) -> None:
        self._console = console
        self._python = str(python)

    def install(self, extras: Iterable[str]) -> None:
        """Install Tunedesk as editable with these extras, everything at its pinned version."""
        self._check_space()
        self._pip("Installing the build tools", *BUILD_TOOLS)
        if self._torch_is_missing():
            self._install_torch()
        wanted = ",".join(sorted(extras))
        self._pip(
            f"Installing Tunedesk and what it stands on ({wanted})",
            "--no-build-isolation",
            "--editable",
            f".[{wanted}]",
        )

    def _check_space(self) -> None:
        free = shutil.disk_usage(".").free
        if self._torch_is_missing() and free < NEEDED_BYTES:
            raise SetupError(
                f"Tunedesk and its engine need {NEEDED_BYTES / 1e9:.1f} GB of disk, "
                f"and {free / 1e9:.1f} GB are free here.",
                "Make room, or move this checkout to a larger disk, and start again.",
            )

    def _torch_is_missing(self) -> bool:
        look = "from importlib.metadata import version; print(version('torch').split('+')[0])"
        told = subprocess.run(
            [self._python, "-c", look], capture_output=True, text=True, check=False
        )
        return told.stdout.strip() != pinned("torch")

    def _install_torch(self) -> None:
        version = pinned("torch")
        if not wants_cpu_build():
            self._pip(f"Installing torch {version} (several GB on Linux)", f"torch=={version}")
            return
        doing = f"Installing torch {version}, CPU build (190 MB)"
        offered, output = self._console.attempt(doing, self._command(f"torch=={version}+cpu"))
        if offered:
            return
        if not any(words in output for words in NOT_OFFERED):
            raise SetupError(f"{doing}: this step failed.", NETWORK, output)
        self._install_torch_by_uv(version)

    def _install_torch_by_uv(self, version: str) -> None:
        """uv knows by itself where the CPU builds are, so that no address stands in this tree."""
        self._console.say("  pip knows no CPU build here; uv does.")
        self._pip("Installing uv", "uv")
        command = [self._python, "-m", "uv", "pip", "install", "--python", self._python]
        command += ["--torch-backend=cpu", "-c", str(CONSTRAINTS), f"torch=={version}"]
        offered, _ = self._console.attempt(f"Installing torch {version} by uv, CPU build", command)
        if offered:
            return
        self._console.say(
            "  No CPU build of torch can be had here. The ordinary one works as well on this "
            "machine, but brings several GB of CUDA packages that it will not use."
        )
        self._pip(f"Installing torch {version} (several GB)", f"torch=={version}")

    def _pip(self, doing: str, *arguments: str) -> None:
        self._console.run(doing, self._command(*arguments), next_step=NETWORK)

    def _command(self, *arguments: str) -> list[str]:
        pip = [self._python, "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
        pip += ["--disable-pip-version-check", "-c", str(CONSTRAINTS)]
        return [*pip, *arguments]


def forget_half_installed(venv: Path) -> None:
    """Let pip install again what it was installing when it was ended: that has no RECORD yet."""
    for noted in venv.glob("lib/python3*/site-packages/*.dist-info"):
        if not (noted / "RECORD").exists():
            shutil.rmtree(noted)


def pinned(name: str) -> str:
    """The version that the constraints give for this package."""
    found = re.search(rf"^{re.escape(name)}==(\S+)$", CONSTRAINTS.read_text("utf-8"), re.MULTILINE)
    if not found:
        raise LookupError(f"{CONSTRAINTS} has no line {name}==VERSION")
    return found[1]


def wants_cpu_build() -> bool:
    """True on Linux without an NVIDIA device: there the default build of torch is the CUDA one."""
    if not sys.platform.startswith("linux"):
        return False
    has_device = any(Path("/dev").glob("nvidia[0-9]*"))
    return not has_device and not Path("/usr/lib/wsl/lib/nvidia-smi").exists()
