"""The chart is drawn for real, in both palettes, and looked at pixel by pixel."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import falling
from tunedesk.core.curves import Curve, curve_of
from tunedesk.ui.operations import Operations
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import Appearance
from tunedesk.ui.widgets.loss_chart import LossChart


@pytest.fixture
def chart(qtbot: QtBot, gui_loop: GuiLoop, operations: Operations, theme: Theme) -> LossChart:
    made = LossChart(theme)
    qtbot.addWidget(made)
    made.resize(640, 360)
    made.show()
    made.prepare(operations)
    gui_loop.settle(lambda: made.plot is not None)
    return made


def count(image: QImage, color: QColor) -> int:
    """Pixels of exactly this colour: the middle of a line, not its soft edge."""
    wanted = color.rgb()
    return sum(
        image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height())
    )


def near(image: QImage, at: QPointF, color: QColor, reach: int = 3) -> int:
    """Pixels of this colour within `reach` of a place."""
    box = image.copy(round(at.x()) - reach, round(at.y()) - reach, 2 * reach + 1, 2 * reach + 1)
    return count(box, color)


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_both_curves_are_drawn_in_their_colours(
    chart: LossChart, theme: Theme, gui_loop: GuiLoop, appearance: Appearance
) -> None:
    theme.set_appearance(appearance)
    chart.show_curve(curve_of(falling(33)), [11, 22])
    gui_loop.turn(20)
    image = chart.grab().toImage()
    palette = theme.palette
    assert count(image, palette.color("base")) > 100
    assert count(image, palette.color("tuned")) > 100
    assert count(image, palette.color("surface")) > 640 * 360 * 0.7


def test_held_out_points_have_round_markers_and_train_points_none(
    chart: LossChart, theme: Theme, gui_loop: GuiLoop
) -> None:
    curve = curve_of(falling(33))
    chart.show_curve(curve, [11, 22])
    gui_loop.turn(20)
    assert chart.plot is not None
    image = chart.plot.widget.grab().toImage()
    tuned, base = theme.palette.color("tuned"), theme.palette.color("base")
    marker = near(image, chart.plot.place_of(*curve.held_out[1]), tuned)
    between = chart.plot.place_of(16.5, (curve.held_out[0][1] + curve.held_out[1][1]) / 2)
    assert marker > 2 * near(image, between, tuned)
    assert near(image, chart.plot.place_of(*curve.train[14]), base) < marker


def test_it_says_in_words_what_it_draws(chart: LossChart) -> None:
    assert chart.accessibleName() == "Chart of loss: The curve begins with the first step."
    chart.show_curve(curve_of(falling(33)))
    assert chart.accessibleName() == (
        "Training loss fell from 3.35 to 1.80 over 33 steps; held-out loss fell from 3.17 to 2.10."
    )
    chart.show_metric("accuracy")
    assert chart.accessibleName().startswith("Training token accuracy rose from 0.16 to 0.55")


def test_without_steps_a_sentence_stands_there(chart: LossChart, gui_loop: GuiLoop) -> None:
    assert chart.plot is not None
    assert not chart.plot.widget.isVisible()
    chart.show_curve(curve_of(falling(1)))
    gui_loop.turn()
    assert chart.plot.widget.isVisible()
    chart.show_curve(Curve(), empty_text="This job ended early.")
    assert not chart.plot.widget.isVisible()
    assert "This job ended early." in chart.accessibleName()


def test_the_pointer_reads_values(chart: LossChart, qtbot: QtBot, gui_loop: GuiLoop) -> None:
    chart.show_curve(curve_of(falling(33)), [11, 22])
    gui_loop.turn(20)
    plot = chart.plot
    assert plot is not None
    viewport = plot.widget.childAt(QPoint(200, 100)) or plot.widget
    qtbot.mouseMove(viewport, plot.place_of(11.2, 2.0).toPoint())
    gui_loop.settle(lambda: plot.readout)
    assert plot.readout == "step 11\ntrain 2.87\nheld-out 3.17"


def test_the_keyboard_reads_values_too(chart: LossChart, qtbot: QtBot) -> None:
    chart.show_curve(curve_of(falling(5, total=33)))
    plot = chart.plot
    assert plot is not None
    chart.setFocus()
    readings = []
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Home, Qt.Key.Key_End):
        qtbot.keyClick(chart, key)
        readings.append(plot.readout.split("\n")[0])
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert readings == ["step 5", "step 4", "step 1", "step 5"]
    assert plot.readout == ""


def test_pages_are_there_before_the_drawing_library() -> None:
    """Importing it takes half a second, so nothing may import it on the way to the first paint."""
    code = (
        "import sys, tunedesk.ui.pages.train.page, tunedesk.ui.widgets.loss_chart;"
        "sys.exit('pyqtgraph' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0
