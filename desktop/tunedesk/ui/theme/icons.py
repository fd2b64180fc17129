"""Own line drawings, tinted per palette."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from tunedesk.assets import resource


def line_icon(name: str, color: str, size_px: int = 18, ratio: float = 2.0) -> QIcon:
    """Icon `resources/icons/<name>.svg` drawn in `color` (`#RRGGBB`).

    Raises FileNotFoundError for an unknown name.
    """
    drawing = resource("icons", f"{name}.svg").read_bytes().replace(b"currentColor", color.encode())
    pixmap = QPixmap(round(size_px * ratio), round(size_px * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, size_px, size_px))
    painter.end()
    return QIcon(pixmap)


def app_icon() -> QIcon:
    icon = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        icon.addPixmap(line_icon("tunedesk", "#000000", size, 1.0).pixmap(size, size))
    return icon
