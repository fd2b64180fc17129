"""The desktop's own file dialogs: where they are asked for, and who asks about a file there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from tunedesk.ui.widgets.system_dialogs import asks_before_replacing, remember, theme_arguments

_THEME = ["-platformtheme", "xdgdesktopportal"]


@pytest.fixture
def desktop(tmp_path: Path) -> dict[str, str]:
    """The environment of a desktop whose portal has file dialogs."""
    portals = tmp_path / "share" / "xdg-desktop-portal" / "portals"
    portals.mkdir(parents=True)
    lines = "[portal]\nInterfaces=org.freedesktop.impl.portal.FileChooser;\n"
    (portals / "some.portal").write_text(lines, encoding="utf-8")
    return {"XDG_CURRENT_DESKTOP": "GNOME", "XDG_DATA_DIRS": f"/nowhere:{tmp_path / 'share'}"}


def test_a_desktop_with_a_portal_shows_its_own_file_dialogs(desktop: dict[str, str]) -> None:
    assert theme_arguments(desktop) == _THEME
    assert theme_arguments(desktop | {"QT_QPA_PLATFORM": "wayland;xcb"}) == _THEME


@pytest.mark.parametrize(
    "other",
    [
        {"XDG_CURRENT_DESKTOP": ""},
        {"XDG_DATA_DIRS": "/nowhere"},
        {"QT_QPA_PLATFORMTHEME": "qt6ct"},
        {"QT_QPA_PLATFORM": "offscreen"},
    ],
)
def test_elsewhere_the_dialogs_are_qts(desktop: dict[str, str], other: dict[str, str]) -> None:
    assert theme_arguments(desktop | other) == []


@pytest.fixture
def with_portal(qapp: QApplication) -> Iterator[None]:
    remember(qapp, _THEME)
    yield
    remember(qapp, [])


@pytest.mark.usefixtures("with_portal")
def test_a_dialog_of_qts_in_a_portals_place_leaves_the_question_to_us(qtbot: QtBot) -> None:
    dialog, empty = QFileDialog(), QDialog()
    qtbot.addWidget(dialog)
    qtbot.addWidget(empty)
    assert not asks_before_replacing(dialog)
    assert asks_before_replacing(empty), "as one that the portal shows, where Qt makes nothing"
