"""From nothing to a painted window: only Qt and our own light modules come before it.

The window is shown empty, and painted, before all that the desk stands on is even imported: that
takes longer than everything before it.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from tunedesk import __version__
from tunedesk.app.collector import Collector
from tunedesk.app.front_door import hand_over
from tunedesk.app.kept_geometry import kept_geometry, kept_look
from tunedesk.providers.environment import forget_openai_variables, found_key
from tunedesk.store.folders import Folders
from tunedesk.store.settings import SettingsStore
from tunedesk.ui.shell.first_paint import show_painted, take_first_color
from tunedesk.ui.shell.window import MainWindow
from tunedesk.ui.widgets.system_dialogs import remember, theme_arguments

if TYPE_CHECKING:
    from tunedesk.app.desk import Desk
    from tunedesk.app.event_loop import DesktopLoop
    from tunedesk.ui.language import Choice
    from tunedesk.ui.theme.theme import Appearance

DESKTOP_ID = "app.tunedesk.Tunedesk"
"""Name of the desktop entry, which a desktop finds the window's icon by."""
_PULSE_MS = 300
_WINDOW_WAITS_S = 0.001
"""For a thread that computes, each time the window wakes: Python's own 5 ms add up in a repaint."""


def start(files: list[Path]) -> int:
    """Build the desk, show it, run it until it is closed. Returns the exit code."""
    found = found_key()
    forget_openai_variables()
    folders = Folders.of_user(os.environ)
    if hand_over(folders.runtime, files):
        return 0
    settings = SettingsStore(folders.config / "settings.json")
    qt = make_application(sys.argv[:1])
    take_first_color(qt, appearance_of(settings), kept_look(settings))
    window = MainWindow()
    window.restore(kept_geometry(settings))
    show_painted(window, qt)
    from tunedesk.app.desk import Desk
    from tunedesk.app.event_loop import DesktopLoop
    from tunedesk.ui.language import Language
    from tunedesk.ui.theme import Theme
    from tunedesk.ui.theme.icons import app_icon

    language = Language(qt, language_of(settings))
    theme = Theme(qt, appearance_of(settings))
    window.fill(theme)
    loop = DesktopLoop(qt)
    with loop:
        desk = Desk(
            loop=loop,
            theme=theme,
            window=window,
            language=language,
            folders=folders,
            settings=settings,
            found_key=found,
        )
        desk.window.setWindowIcon(app_icon())
        close_on_signals(desk)
        desk.show()
        _live(loop, desk, files)
    return 0


def _live(loop: DesktopLoop, desk: Desk, files: list[Path]) -> None:
    """Until it is closed. Where the screen goes away, as at a log-out, Qt ends the loop in the
    middle, and threads would be waited for that nobody ends: edits are in their journals then, and
    the engine ends with this process."""
    living = loop.create_task(desk.run(files))
    try:
        loop.run_until_complete(living)
    except RuntimeError:
        if living.done():
            raise
        sys.stderr.write("The screen is gone, and Tunedesk with it. Edits are in the journal.\n")
        sys.stderr.flush()
        os._exit(1)


def make_application(arguments: list[str]) -> QApplication:
    """The one QApplication, and threads that let its window work. It never quits by itself:
    shutting down is the desk's work.

    The style goes by the command line, which a desktop's own and QT_STYLE_OVERRIDE give way to:
    `setStyle` returns a style, and the binding would first make all that a style is in Python.
    """
    sys.setswitchinterval(_WINDOW_WAITS_S)
    dialogs = theme_arguments(os.environ)
    qt = QApplication([*arguments, "-style", "Fusion", *dialogs])
    remember(qt, dialogs)
    qt.setApplicationName("tunedesk")
    qt.setApplicationDisplayName("Tunedesk")
    qt.setApplicationVersion(__version__)
    qt.setDesktopFileName(DESKTOP_ID)
    qt.setQuitOnLastWindowClosed(False)
    _wake_python(qt)
    return qt


def _wake_python(qt: QApplication) -> None:
    """A few times a second while Qt waits for events: garbage is collected then, and handlers of
    signals run, which Python calls only between bytecodes."""
    collector = Collector()
    pulse = QTimer(qt)
    pulse.timeout.connect(lambda: collector.step())
    pulse.start(_PULSE_MS)


def appearance_of(settings: SettingsStore) -> Appearance:
    """The remembered appearance; "system" where none or an unknown one is kept."""
    kept = settings.get("appearance", "system")
    return cast("Appearance", kept) if kept in ("light", "dark", "system") else "system"


def language_of(settings: SettingsStore) -> Choice:
    """The remembered language; "system" where none or an unknown one is kept."""
    from tunedesk.ui.language import CHOICES  # after the first paint

    kept = settings.get("language", "system")
    return next((choice for choice in CHOICES if choice == kept), "system")


def close_on_signals(desk: Desk) -> None:
    """Ctrl+C and a polite kill close the app as the person would."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: desk.close())
