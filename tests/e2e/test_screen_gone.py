"""The screen goes away under the running app, as it does at a log-out."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.app_run import home_with_model, processes_of, said, started_app
from tests.e2e.screen import missing_tools, start_xvfb
from tests.support.environment import base_model_folder

pytestmark = pytest.mark.e2e

_KEPT = ("PATH", "LANG", "VIRTUAL_ENV", "PYTHONPATH")


def _until(holds: Callable[[], object], timeout_s: float = 30) -> None:
    end_s = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end_s
        time.sleep(0.05)


def test_the_app_and_its_engine_end_with_the_screen(tmp_path: Path) -> None:
    assert "Xvfb" not in missing_tools(), "Xvfb missing; `make test` installs it"
    home, started = home_with_model(tmp_path, base_model_folder()), list[subprocess.Popen[bytes]]()
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    screen = {"DISPLAY": start_xvfb(started, "1024x700"), "QT_QPA_PLATFORM": "xcb"}
    try:
        environment = kept | screen | {"HOME": str(tmp_path), "TUNEDESK_HOME": str(home)}
        with started_app(environment, home / "app.log") as app:
            _until(lambda: any("tunedesk.engine" in one for one in processes_of(home)))
            started[0].kill()
            assert app.wait_closed() == 1
            _until(lambda: not processes_of(home))
            assert "Edits are in the journal." in said(home / "app.log")[-1]
    finally:
        started[0].kill()
        started[0].communicate(timeout=10)
