"""The app's icon in every size that a desktop asks for, from its one drawing."""

from __future__ import annotations

from pathlib import Path

SIZES_PX = (16, 22, 24, 32, 48, 64, 96, 128, 256, 512)


def draw(svg: Path, folder: Path) -> list[Path]:
    """Writes `folder`/SIZExSIZE/apps/tunedesk.png for each size; returns them, smallest first."""
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    drawing = QSvgRenderer(str(svg))
    made = []
    for size in SIZES_PX:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        drawing.render(painter)
        painter.end()
        path = folder / f"{size}x{size}" / "apps" / "tunedesk.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not image.save(str(path)):
            raise OSError(f"{path} cannot be written")
        made.append(path)
    return made
