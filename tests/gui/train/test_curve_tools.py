"""What can be done with a curve: smooth, log scale, zoom, another job beside it, saving."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QByteArray, QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.train.conftest import MakePage
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import ScriptedAsk, ScriptedTraining, falling, job
from tunedesk.core.curves import Curve
from tunedesk.ui.pages.train.curve_tools import SaveKind
from tunedesk.ui.pages.train.page import TrainPage
from tunedesk.ui.widgets.chart_axes import value_axis
from tunedesk.ui.widgets.chart_view import ChartView

LEFT = Qt.MouseButton.LeftButton
KEY = Qt.Key


def shown(gui_loop: GuiLoop, page: TrainPage) -> TrainPage:
    gui_loop.settle(lambda: page.panel.curve.chart.plot is not None)
    gui_loop.turn(20)
    return page


def test_the_line_below_tells_the_values_at_the_cursor(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    page = shown(gui_loop, make_page(ScriptedTraining(job("j1", "running", falling(22)))))
    card = page.panel.curve
    assert card.values.text().startswith("Point at the curve")
    qtbot.keyClick(card.chart, KEY.Key_Left)
    assert card.values.text() == "step 22: train 2.33, held-out 2.63"
    assert card.chart.accessibleDescription() == card.values.text()
    qtbot.mouseClick(card.tools.smooth, LEFT)
    assert card.values.text().startswith("step 22: train 2.33, average 2.65, held-out 2.63")
    qtbot.keyClick(card.chart, KEY.Key_Escape)
    assert card.values.text().startswith("Point at the curve")


def test_smooth_is_drawn_over_the_values_and_not_in_their_place(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    page = shown(gui_loop, make_page(ScriptedTraining(job("j1", "running", falling(22)))))
    view = page.panel.curve.chart.view
    assert view.smooth_points() == []
    qtbot.mouseClick(page.panel.curve.tools.smooth, LEFT)
    view = page.panel.curve.chart.view
    assert [step for step, _ in view.smooth_points()] == [step for step, _ in view.points()[0]]
    assert "0.9" in page.panel.curve.tools.smooth.accessibleDescription()


def test_keys_zoom_and_the_cursor_takes_the_window_along(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    page = shown(gui_loop, make_page(ScriptedTraining(job("j1", "succeeded", falling(33)))))
    chart, whole = page.panel.curve.chart, page.panel.curve.tools.whole
    assert not whole.isVisible()
    qtbot.keyClick(chart, KEY.Key_End)
    qtbot.keyClick(chart, KEY.Key_Plus)
    assert chart.view.window == (16.5, 33.0) and whole.isVisible()
    assert "steps 16 to 33 are shown" in chart.accessibleName()
    qtbot.keyClick(chart, KEY.Key_Home)
    assert chart.view.window == (1.0, 17.5)
    qtbot.keyClick(chart, KEY.Key_Minus)
    assert chart.view.window is None
    qtbot.keyClick(chart, KEY.Key_Plus)
    qtbot.keyClick(chart, KEY.Key_0)
    assert chart.view.window is None and not whole.isVisible()


def test_a_dragged_range_fills_the_chart_and_a_double_click_shows_all(
    gui_loop: GuiLoop, make_page: MakePage
) -> None:
    page = shown(gui_loop, make_page(ScriptedTraining(job("j1", "succeeded", falling(33)))))
    chart = page.panel.curve.chart
    assert chart.plot is not None
    at = chart.plot.surface
    first, last = (chart.plot.place_of(step, 1.0).toPoint() for step in (10, 20))
    QTest.mousePress(at, LEFT, pos=first)
    for n in range(1, 11):
        QTest.mouseMove(at, first + (last - first) * n / 10, 2)
    QTest.mouseRelease(at, LEFT, pos=last)
    assert chart.view.window == pytest.approx((10, 20), abs=0.3)
    QTest.mouseDClick(at, LEFT, pos=QPoint((first.x() + last.x()) // 2, first.y()))
    gui_loop.turn()
    assert chart.view.window is None


def test_a_zoom_ends_with_its_job(qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage) -> None:
    training = ScriptedTraining(
        job("j1", "succeeded", falling(33)), job("j2", "succeeded", falling(33), name="older")
    )
    page = shown(gui_loop, make_page(training))
    qtbot.keyClick(page.panel.curve.chart, KEY.Key_Plus)
    qtbot.keyClick(page.list, KEY.Key_Down)
    gui_loop.settle(lambda: page.panel.name.text() == "older")
    assert page.panel.curve.chart.view.window is None


def test_another_job_stands_beside_it_and_is_told_with_its_name(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    training = ScriptedTraining(
        job("j1", "running", falling(22)), job("j2", "succeeded", falling(33), name="older")
    )
    page = shown(gui_loop, make_page(training))
    box = page.panel.curve.tools.beside
    assert [box.itemText(n) for n in range(box.count())] == ["beside: none", "beside: older"]
    qtbot.keyClick(box, KEY.Key_Down)
    chart = page.panel.curve.chart
    gui_loop.settle(lambda: chart.view.beside is not None)
    qtbot.keyClick(chart, KEY.Key_End)
    assert page.panel.curve.values.text() == (
        "step 22: train 2.33, held-out 2.63, older: train 2.33, older: held-out 2.63"
    )
    qtbot.keyClick(page.list, KEY.Key_Down)
    gui_loop.settle(lambda: page.panel.name.text() == "older")
    assert chart.view.beside is None


def test_the_only_job_has_nothing_to_stand_beside_it(
    gui_loop: GuiLoop, make_page: MakePage
) -> None:
    page = shown(gui_loop, make_page(ScriptedTraining(job("j1", "running", falling(22)))))
    assert not page.panel.curve.tools.beside.isVisible()


@pytest.mark.parametrize("kind", [SaveKind.PNG, SaveKind.SVG, SaveKind.CSV])
def test_a_curve_is_saved(
    gui_loop: GuiLoop, make_page: MakePage, ask: ScriptedAsk, kind: SaveKind
) -> None:
    training = ScriptedTraining(job("j1", "succeeded", falling(33), name="a/b"))
    page = shown(gui_loop, make_page(training))
    ask.target = Path(f"/nowhere/curve.{kind}")
    page.panel.curve.tools.actions_by_kind[kind].trigger()
    gui_loop.settle(lambda: training.files.written)
    assert ask.suggested[0].name == f"a_b-curve.{kind}"
    content = training.files.written[f"curve.{kind}"]
    if kind is SaveKind.PNG:
        image = QImage.fromData(content)
        assert image.width() == 2 * page.panel.curve.chart.plot.widget.width()  # type: ignore[union-attr]
        colors = {image.pixel(x, y) for x in range(image.width()) for y in range(20, 60)}
        assert len(colors) > 5  # the head with name and legend is written
    elif kind is SaveKind.SVG:
        assert b"<svg" in content and content.count(b"<polyline") + content.count(b"<path") > 3
        assert b"train 1.80" in content
        widget = page.panel.curve.chart.plot.widget  # type: ignore[union-attr]
        assert _ink_right_px(content, widget.width()) > widget.width() - 30  # the grid, too
    else:
        assert content.startswith(b"step,train_loss")
        assert content.count(b"\n") == 34


def test_the_result_file_is_offered_where_there_is_one(
    gui_loop: GuiLoop, make_page: MakePage, ask: ScriptedAsk
) -> None:
    view = job("j1", "succeeded", falling(33))
    training = ScriptedTraining(view)
    page = shown(gui_loop, make_page(training))
    action = page.panel.curve.tools.actions_by_kind[SaveKind.RESULT]
    assert not action.isEnabled()
    state = msgspec.structs.replace(view.record.state, result_files=["file-9"])
    record = msgspec.structs.replace(view.record, state=state)
    training.put(msgspec.structs.replace(view, record=record))
    gui_loop.settle(action.isEnabled)
    ask.target = Path("/nowhere/results.csv")
    action.trigger()
    gui_loop.settle(lambda: training.files.results == ["j1"])


def test_on_a_log_scale_numbers_stand_at_their_powers() -> None:
    axis = value_axis([0.03, 2.5], 0.0, is_log=True, is_window=False)
    assert [text for _, text in axis.ticks] == ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"]
    assert axis.low < -1.5 and axis.high > 0.39


def test_what_a_logarithm_cannot_show_is_left_out(gui_loop: GuiLoop, make_page: MakePage) -> None:
    page = shown(gui_loop, make_page(ScriptedTraining(job("j1", "running", falling(22)))))
    chart = page.panel.curve.chart
    chart.show_curve(Curve(train=[(1, 2.0), (2, 0.0), (3, 0.5)], total_steps=3))
    page.panel.curve.tools.log.click()
    assert chart.view.draws_log
    page.panel.curve.accuracy_chip.click()
    assert not chart.view.draws_log and page.panel.curve.tools.log.isHidden()
    page.panel.curve.loss_chip.click()
    assert chart.view.draws_log and page.panel.curve.tools.log.isVisible()


def test_in_a_window_the_axis_fits_the_values() -> None:
    axis = value_axis([1.81, 1.88], 0.0, is_log=False, is_window=True)
    assert axis.ticks[0][1] == "1.80" and axis.ticks[-1][1] == "1.88"


def test_a_window_is_never_narrower_than_four_steps() -> None:
    view = ChartView(curve=Curve(train=[(n, 1.0) for n in range(1, 41)], total_steps=40))
    assert view.zoomed(10.0, 10.1).window == pytest.approx((8.05, 12.05))
    assert view.zoomed(39.9, 40.0).window == (36.0, 40.0)


def _ink_right_px(svg: bytes, width_px: int) -> int:
    """Where the lines of the grid end: the rightmost pixel with ink below the legend."""
    image = QImage(width_px, width_px // 2, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(svg)).render(painter)
    painter.end()
    white = image.pixel(0, image.height() - 1)
    rows = range(image.height() // 3, image.height() // 2)
    return max(x for x in range(width_px) if any(image.pixel(x, y) != white for y in rows))
