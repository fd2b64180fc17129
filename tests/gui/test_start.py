"""The way to the first paint: nothing heavy on it, and nothing left after closing at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.environment import base_model_folder

_HEAVY = ("openai", "httpx2", "keyring", "tiktoken", "numpy", "pyqtgraph", "torch", "pygments")

_PROGRAM = """
import sys
from PySide6.QtCore import QEvent, QObject, QTimer
from tunedesk.app import start
from tunedesk.app.desk import Desk

class AtFirstPaint(QObject):
    def __init__(self, desk):
        super().__init__(desk.window)
        self._desk, self._seen = desk, False

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and not self._seen:
            self._seen = True
            print(",".join(name for name in {heavy!r} if name in sys.modules) or "nothing heavy")
            QTimer.singleShot(0, self._desk.close)
        return False

show = Desk.show
def show_and_watch(desk):
    desk.window.installEventFilter(AtFirstPaint(desk))
    show(desk)
Desk.show = show_and_watch
sys.exit(start.start([]))
"""


def test_nothing_heavy_is_imported_before_the_first_paint(tmp_path: Path) -> None:
    models = tmp_path / "data" / "engine" / "models"
    models.mkdir(parents=True)
    (models / base_model_folder().name).symlink_to(base_model_folder())
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(heavy=_HEAVY)],
        env=os.environ | {"TUNEDESK_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["nothing", "heavy"]
