"""The curve as a picture that explains itself: its name and legend above the drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QPaintDevice, QPainter, QPen
from PySide6.QtSvg import QSvgGenerator

from tunedesk.ui.theme import Palette
from tunedesk.ui.theme.theme import ui_font

if TYPE_CHECKING:
    from tunedesk.ui.widgets.chart_plot import ChartPlot

_HEAD_PX = 40
_SIDE_PX = 14
_LINE_PX = 18
_SCALE = 2

Legend = list[tuple[str, str]]
"""Colour token and text of each curve."""


def png_of(plot: ChartPlot, palette: Palette, title: str, legend: Legend) -> bytes:
    """At twice the size on the screen."""
    size = _size(plot)
    image = QImage(size * _SCALE, QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(_SCALE)
    _paint(image, plot, palette, title, legend)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def svg_of(plot: ChartPlot, palette: Palette, title: str, legend: Legend) -> bytes:
    """Lines and letters, at any size."""
    size, buffer, generator = _size(plot), QBuffer(), QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setResolution(plot.widget.logicalDpiX())  # or the axes are drawn at another scale
    generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
    generator.setTitle(title)
    _paint(generator, plot, palette, title, legend)
    return bytes(buffer.data().data())


def _size(plot: ChartPlot) -> QSize:
    widget = plot.widget
    return QSize(widget.width(), widget.height() + _HEAD_PX)


def _paint(
    device: QPaintDevice, plot: ChartPlot, palette: Palette, title: str, legend: Legend
) -> None:
    size = _size(plot)
    painter = QPainter(device)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    whole = QRectF(0, 0, size.width(), size.height())
    painter.fillRect(whole, palette.color("surface"))
    plot.paint_on(painter, whole.adjusted(0, _HEAD_PX, 0, 0))
    _write_head(painter, palette, title, legend, whole.width())
    painter.end()


def _write_head(
    painter: QPainter, palette: Palette, title: str, legend: Legend, width: float
) -> None:
    painter.setFont(ui_font(13))
    right = width - _SIDE_PX
    for token, text in reversed(legend):
        right -= painter.fontMetrics().horizontalAdvance(text)
        _write(painter, palette.color("ink"), right, text)
        painter.setPen(QPen(palette.color(token), 2))
        middle = _HEAD_PX / 2
        painter.drawLine(QPointF(right - _LINE_PX - 6, middle), QPointF(right - 6, middle))
        right -= _LINE_PX + 22
    room = int(max(0.0, right - _SIDE_PX))
    told = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, room)
    _write(painter, palette.color("ink"), _SIDE_PX, told)


def _write(painter: QPainter, color: QColor, left: float, text: str) -> None:
    painter.setPen(color)
    painter.drawText(QPointF(left, _HEAD_PX / 2 + painter.fontMetrics().ascent() / 2 - 1), text)
