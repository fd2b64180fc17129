"""The way to the first paint: nothing heavy on it, and nothing left after closing at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.environment import base_model_folder
from tunedesk.store.settings import SettingsStore
from tunedesk.ui.theme import load_palette

_HEAVY = ("openai", "httpx2", "keyring", "tiktoken", "numpy", "pyqtgraph", "torch", "pygments")
_LATER = ("asyncio", "msgspec", "sqlite3", "tunedesk.services", "tunedesk.ui.pages")

_UNSEEN = ("QFileDialog", "QStyle", "QWizard", "QLabel")
"""Classes that the binding makes at first use, or all at once for some calls that return one."""

_PROGRAM = """
import gc
import sys
import PySide6.QtWidgets
from PySide6.QtCore import QTimer
from tunedesk.app import start
from tunedesk.ui.shell.first_paint import show_painted

def show_and_look(window, qt):
    show_painted(window, qt)
    found = [name for name in {unwanted!r} if name in sys.modules]
    found += ["Qt's own names"] if "Qt" in vars(PySide6.QtCore) else []
    found += [name for name in {unseen!r} if name in vars(PySide6.QtWidgets)]
    found += ["a collector in any thread"] if gc.isenabled() else []
    print(",".join(found) or "nothing heavy", window.palette().window().color().name())
    QTimer.singleShot(0, lambda: close(window, qt))

def close(window, qt):
    print("own font" if window.rail.font().families() == qt.font().families() else "old font")
    window.close()

start.show_painted = show_and_look
sys.exit(start.start([]))
"""


def test_the_first_paint_needs_nothing_heavy_and_has_the_color_of_last_time(tmp_path: Path) -> None:
    models = tmp_path / "data" / "engine" / "models"
    models.mkdir(parents=True)
    (models / base_model_folder().name).symlink_to(base_model_folder())
    settings = tmp_path / "config" / "settings.json"
    settings.parent.mkdir()
    settings.write_text('{"window_look": "dark"}')
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(unwanted=_HEAVY + _LATER, unseen=_UNSEEN)],
        env=os.environ | {"TUNEDESK_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    color = load_palette("dark").window.lower()
    assert done.stdout.splitlines() == [f"nothing heavy {color}", "own font"]
    assert SettingsStore(settings).get("window_look", "") == "light"  # what the system says
