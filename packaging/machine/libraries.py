"""System libraries and programs, which pip cannot bring: looked for, and installed by apt."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from machine.console import SetupError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from machine.console import Console


class Need(NamedTuple):
    """One thing the machine must have, and the Debian package that brings it.

    `probe` is a shared library's name, a program's name, or a path that starts with "/".
    """

    package: str
    probe: str
    essential: bool = True


WINDOW = (
    Need("libgl1", "libGL.so.1"),
    Need("libegl1", "libEGL.so.1"),
    Need("libxkbcommon0", "libxkbcommon.so.0"),
    Need("libdbus-1-3", "libdbus-1.so.3"),
    Need("libfontconfig1", "libfontconfig.so.1"),
    Need("libglib2.0-0", "libglib-2.0.so.0"),
    Need("libxcb-cursor0", "libxcb-cursor.so.0"),
    Need("libxkbcommon-x11-0", "libxkbcommon-x11.so.0"),
    Need("libxcb-icccm4", "libxcb-icccm.so.4"),
    Need("libxcb-keysyms1", "libxcb-keysyms.so.1"),
    Need("libxcb-shape0", "libxcb-shape.so.0"),
    Need("libwayland-cursor0", "libwayland-cursor.so.0", essential=False),
    Need("fonts-inter", "/usr/share/fonts/opentype/inter", essential=False),
    Need("libthai0", "libthai.so.0", essential=False),  # Qt asks it where Thai words end
    Need("fonts-thai-tlwg", "/usr/share/fonts/truetype/tlwg", essential=False),
)
TESTS = (
    Need("xvfb", "Xvfb"),
    Need("xauth", "xauth"),
    Need("openbox", "openbox"),
    Need("xdotool", "xdotool"),
    Need("dbus-daemon", "dbus-daemon"),
    Need("gnome-keyring", "gnome-keyring-daemon"),
    Need("at-spi2-core", "/usr/libexec/at-spi-bus-launcher"),
    Need("python3-pyatspi", "/usr/lib/python3/dist-packages/pyatspi"),
)


def ensure(console: Console, needs: Sequence[Need]) -> None:
    """Install what is missing, or say how. SetupError where the app could not start without it."""
    if not sys.platform.startswith("linux"):
        return
    absent = [need for need in needs if not is_there(need)]
    if not absent:
        return
    as_root = root_prefix()
    if shutil.which("apt-get") and as_root is not None:
        _install(console, absent, as_root)
    elif any(need.essential for need in absent):
        _refuse(absent)
    else:
        console.say("Not needed, but good to have: " + command_line(absent))


def is_there(need: Need) -> bool:
    """Whether the machine has it, by looking for the thing itself and not for a package's name."""
    if need.probe.startswith("/"):
        return Path(need.probe).exists()
    if ".so" not in need.probe:
        return shutil.which(need.probe) is not None
    try:
        ctypes.CDLL(need.probe)
    except OSError:
        return False
    return True


def root_prefix() -> list[str] | None:
    """The words before a command that needs root: none as root, `sudo -n` if allowed, else None."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    allowed = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
    return ["sudo", "-n"] if allowed.returncode == 0 else None


def command_line(needs: Sequence[Need]) -> str:
    """The one line that a person can paste on a Debian or Ubuntu machine."""
    names = " ".join(need.package for need in needs)
    return f"sudo apt-get install --no-install-recommends {names}"


def _install(console: Console, needs: Sequence[Need], as_root: list[str]) -> None:
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    packages = [need.package for need in needs]
    help_line = f"Read the lines above, then try it by hand: {command_line(needs)}"
    console.run("Asking apt what there is", [*apt, "update"], next_step=help_line)
    console.run(
        f"Installing system packages: {' '.join(packages)}",
        [*apt, "install", "--no-install-recommends", *packages],
        next_step=help_line,
    )


def _refuse(needs: Sequence[Need]) -> NoReturn:
    names = ", ".join(need.probe for need in needs if need.essential)
    what = f"This machine lacks system libraries that the window needs: {names}."
    if shutil.which("apt-get"):
        raise SetupError(what, f"Run this line, then start again:\n  {command_line(needs)}")
    raise SetupError(
        what,
        "Install the packages that bring them with your system's package manager "
        "(Debian calls them " + " ".join(need.package for need in needs) + "), then start again.",
    )
