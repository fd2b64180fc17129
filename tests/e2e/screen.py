"""A screen of its own for a test: Xvfb, a session bus, the accessibility bus, a window manager."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")
_WINDOW_MANAGER_S = 30
NEEDED = ("Xvfb", "xdotool", "openbox", "dbus-daemon")


def missing_tools() -> list[str]:
    """Programs of NEEDED that are not on this machine."""
    return [tool for tool in NEEDED if shutil.which(tool) is None]


@contextmanager
def virtual_screen(folder: Path, size: str = "1440x900") -> Iterator[dict[str, str]]:
    """Yield the environment in which a desktop program finds this screen; take all down after."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        display = start_xvfb(started, size)
        environment = _environment(folder, display)
        environment["DBUS_SESSION_BUS_ADDRESS"] = _start_bus(started, environment)
        _start_quietly(started, [_launcher(), "--launch-immediately"], environment)
        _start_window_manager(started, environment)
        yield environment
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.communicate(timeout=10)


def _environment(folder: Path, display: str) -> dict[str, str]:
    runtime = folder / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    # With PYTHONPATH the app that is driven is the one that the tests import.
    wanted = ("PATH", "LANG", "VIRTUAL_ENV", "PYTHONPATH")
    kept = {k: v for k, v in os.environ.items() if k in wanted}
    return kept | {
        "HOME": str(folder),
        "DISPLAY": display,
        "XDG_RUNTIME_DIR": str(runtime),
        "QT_QPA_PLATFORM": "xcb",
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "LC_ALL": "C.UTF-8",
    }


def start_xvfb(started: list[subprocess.Popen[bytes]], size: str) -> str:
    """Start an X server, added to `started`; its display."""
    readable, writable = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(writable),
        "-screen",
        "0",
        f"{size}x24",
        "-nolisten",
        "tcp",
    ]
    process = subprocess.Popen(command, pass_fds=[writable], stderr=subprocess.DEVNULL)
    os.close(writable)
    started.append(process)
    with os.fdopen(readable) as pipe:
        return f":{pipe.readline().strip()}"


def _start_bus(started: list[subprocess.Popen[bytes]], environment: dict[str, str]) -> str:
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    started.append(process)
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


def _start_quietly(
    started: list[subprocess.Popen[bytes]], command: list[str], environment: dict[str, str]
) -> None:
    quiet = subprocess.DEVNULL
    started.append(subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet))


def _start_window_manager(
    started: list[subprocess.Popen[bytes]], environment: dict[str, str]
) -> None:
    """Without one no key closes a window. It is asked for until one answers."""
    end_s = time.monotonic() + _WINDOW_MANAGER_S
    _start_quietly(started, ["openbox"], environment)
    while not _manages(environment):
        assert time.monotonic() < end_s, "openbox does not manage the screen"
        if started[-1].poll() is not None:
            _start_quietly(started, ["openbox"], environment)
        time.sleep(0.05)


def _manages(environment: dict[str, str]) -> bool:
    asked = subprocess.run(["xdotool", "get_desktop"], env=environment, capture_output=True)
    return asked.returncode == 0


def _launcher() -> str:
    return next(path for path in _LAUNCHERS if Path(path).exists())
