"""A narrow window: no word of the header is cut, and all that can be pressed is in reach."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import Desks, RunningDesk
from tunedesk.core.edits import SetRow
from tunedesk.services.check.dataset_check import CheckState
from tunedesk.ui.pages.data.columns import Column
from tunedesk.ui.pages.data.numbers_card import NumbersCard
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import Appearance


@pytest.fixture
def app(desks: Desks) -> RunningDesk:
    made = desks.start()
    made.until_open()
    return made


def _cut(widgets: list[QWidget]) -> list[str]:
    """Names of those that got less room than their words need."""
    return [
        widget.accessibleName()
        for widget in widgets
        if widget.isVisible() and widget.width() < widget.sizeHint().width()
    ]


@pytest.mark.parametrize("width_px", [900, 1024, 1200, 1440])
def test_no_button_of_the_header_is_cut(app: RunningDesk, width_px: int) -> None:
    app.window.resize(width_px, 700)
    app.until_idle()
    head = app.data.head
    buttons: list[QWidget] = [head.name, head.importing, head.export, head.train]
    chips: list[QWidget] = [head.format, head.valid, head.warnings, head.errors]
    assert not _cut(buttons + chips)
    assert head.train.geometry().right() < head.train.parentWidget().width()


def test_chips_come_back_where_there_is_room_again(app: RunningDesk) -> None:
    app.window.resize(900, 700)
    app.until_idle()
    assert not app.data.head.format.isVisible()
    app.window.resize(1440, 900)
    app.until_idle()
    assert app.data.head.format.isVisible()


def test_no_tab_of_the_row_is_cut_by_how_many_problems_it_has(app: RunningDesk) -> None:
    app.window.resize(1024, 700)
    app.data.push("break it", SetRow(3, app.session.row(3).replace(b'"assistant"', b'"helper"')))
    app.data.rows.grid.choose(3)
    app.until_idle()
    QApplication.processEvents()
    panel = app.data.row
    assert not _cut([panel.as_conversation, panel.as_learned, panel.as_json])
    app.window.resize(1440, 900)
    app.until_idle()
    assert panel.chip.isVisible() and "error" in panel.chip.text()


def test_a_long_check_can_be_stopped_where_its_chip_has_no_room(app: RunningDesk) -> None:
    head = app.data.head
    app.window.resize(1024, 700)
    head.name.setText("a name that takes all the room there is")
    head.show_check(CheckState("tokens", 20_000, 50_000), checked=True)
    app.until_idle()
    QApplication.processEvents()
    assert not head.valid.isVisible()
    assert head.check.isVisible()
    assert "counting tokens 40 %" in head.check.toolTip()
    assert not _cut([head.importing, head.export, head.train])


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_split_bar_stays_under_the_hand_and_a_reply_is_read_in_any_window(
    app: RunningDesk, qtbot: QtBot
) -> None:
    app.data.hands.bulk.tag([3, 4], ["nice"], [])
    bar = app.data.rows.split
    app.window.resize(1024, 700)
    app.until_idle()
    header = app.data.rows.grid.columns
    assert not header.isSectionHidden(Column.TAGS)
    assert header.sectionSize(Column.REPLY) >= 70, "a reply can be read"
    for width_px in range(1200, 1500, 12):
        app.window.resize(width_px, 700)
        QApplication.processEvents()
        place, left = bar.mapTo(app.window, QPoint()), QPoint(bar.width() // 2, bar.height() // 2)
        qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() - 4, 5))
        qtbot.mouseMove(bar, QPoint(bar.width() * 3 // 4, 5))
        QApplication.processEvents()
        assert bar.mapTo(app.window, QPoint()) == place, width_px
        qtbot.mouseMove(bar, left)
        assert bar.percent == (50, 50), width_px
        bar._give_up()


def test_every_filter_chip_can_be_reached_in_a_narrow_window(app: RunningDesk) -> None:
    app.window.resize(1024, 700)
    app.until_idle()
    chips = app.data.rows.chips
    last = chips.chips["problems"]
    assert chips.viewport().rect().contains(last.mapTo(chips.viewport(), last.rect().center()))


def test_the_numbers_fold_and_stay_folded(app: RunningDesk, desks: Desks) -> None:
    _press(app.data.numbers, "Hide the numbers")
    assert not app.data.numbers.price.isVisible()
    app.until_idle()
    app.close()
    again = desks.start()
    again.until_open()
    assert not again.data.numbers.price.isVisible()
    _press(again.data.numbers, "Show the numbers")
    assert again.data.numbers.price.isVisible()


def _press(card: NumbersCard, name: str) -> None:
    buttons = card.findChildren(QPushButton)
    next(made for made in buttons if made.accessibleName() == name).click()


@pytest.mark.parametrize("width_px", [1024, 1440])
def test_nothing_jumps_and_nothing_is_cut_when_several_rows_are_selected(
    app: RunningDesk, width_px: int
) -> None:
    app.window.resize(width_px, 700)
    rows = app.data.rows
    rows.show_problems(True)
    app.until_idle()
    grid, bar = rows.grid, rows.selection
    last = grid.rowAt(grid.viewport().height() - 1)
    grid.choose(last - 1)
    top, problems = grid.verticalScrollBar().value(), rows.problems.mapTo(rows, QPoint())
    grid.choose_ranges([(0, 2)])
    assert bar.isVisible()
    QApplication.processEvents()
    assert rows.problems.mapTo(rows, QPoint()) == problems
    assert not _cut([bar.count, *bar.findChildren(QPushButton)])
    assert grid.visualRect(grid.currentIndex()).bottom() <= grid.viewport().height()
    assert grid.verticalScrollBar().value() - top < 2 * bar.height()
    grid.choose(last - 1)
    assert not bar.isVisible()


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_the_chips_of_a_selected_row_stand_out(
    app: RunningDesk, theme: Theme, appearance: Appearance
) -> None:
    theme.set_appearance(appearance)
    grid = app.data.rows.grid
    for side in ("test", "train", "aside"):
        app.data.hands.bulk.split([3], side)
        grid.choose(3)
        cell = grid.visualRect(grid.rows.index(3, Column.SPLIT))
        picture = grid.viewport().grab().toImage()
        ground = picture.pixelColor(cell.left() + 2, cell.center().y())
        chip = picture.pixelColor(cell.left() + 12, cell.center().y() - 7)
        assert ground == theme.palette.color("accent_soft")
        assert _difference(chip, ground) > 8, f"{side}: {chip.name()} on {ground.name()}"


def _difference(one: QColor, other: QColor) -> int:
    """Of the colour that differs most, of 255."""
    return max(abs(one.red() - other.red()), abs(one.blue() - other.blue()))
