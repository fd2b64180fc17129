"""A report as PDF, drawn a piece at a time so that the window goes on living."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QCoreApplication,
    QIODevice,
    QMarginsF,
    QPointF,
    QRectF,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextLayout,
    QTextOption,
)
from PySide6.QtSvg import QSvgRenderer

from tunedesk.services.work.background import Background
from tunedesk.ui.pages.results.report import Report
from tunedesk.ui.pages.results.report_pictures import bars_svg, height_of, interval_svg
from tunedesk.ui.pages.results.trust_words import Line
from tunedesk.ui.theme.palette import load_palette
from tunedesk.ui.theme.theme import ui_font

MOST_CHARS = 1_500
"""Of an answer in the PDF; the whole text is in HTML, CSV and JSON."""

_DPI = 96  # one unit of the page is a pixel of the app
_SLICE_S = 0.008
_PICTURE_PX = 660
_BEFORE_HEADING_PX = 10
_WITH_HEADING_PX = 90


def _tr(text: str) -> str:
    return QCoreApplication.translate("Report", text)


async def pdf_of(
    report: Report,
    background: Background,
    progress: Callable[[int, int], object] = lambda _n, _all: None,
) -> bytes:
    """The whole file. It is drawn on the GUI thread, at most 8 ms in one go, or as long as one text
    takes; what is to be drawn is worked out in another."""
    steps = await background.run(lambda: list(_steps(report)))
    began_s = time.perf_counter()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    pages = _Pages(buffer, report.title)
    try:
        for number, step in enumerate(steps):
            step(pages)
            if time.perf_counter() - began_s > _SLICE_S:
                progress(number, len(steps))
                await asyncio.sleep(0)
                began_s = time.perf_counter()
        await asyncio.sleep(0)
    finally:
        pages.end()
    return bytes(buffer.data().data())


_Step = Callable[["_Pages"], object]


def _steps(report: Report) -> Iterator[_Step]:
    """What is drawn, from the top."""
    yield _text(report.title, 14, bold=True)
    yield _text(report.about, 11, "second", gap=14)
    yield _text(report.headline, 20, bold=True)
    yield _text(report.details, gap=8)
    yield _picture(interval_svg(report.share, report.low, report.high))
    yield _text(report.chip, bold=True)
    yield _text(report.advice, 11, "second", gap=14)
    yield from _bars(report)
    yield from _measures(report)
    yield from _lines(_tr("How far to trust the votes"), report.trust)
    yield from _lines(_tr("All models with votes"), report.ranks)
    yield from _lines(_tr("Rated alone"), report.rated)
    yield _heading(_tr("Votes"))
    for vote in report.votes:
        why = f" · {vote.why}" if vote.why else ""
        yield _text(_cut(vote.prompt), bold=True, gap=2)
        yield _text(f"{report.base}: {_cut(vote.base)}", 12, "base", gap=2)
        yield _text(f"{report.tuned}: {_cut(vote.tuned)}", 12, "tuned", gap=2)
        yield _text(_tr("Winner: {who}").format(who=vote.winner_word) + why, 11, "second", gap=12)


def _bars(report: Report) -> Iterator[_Step]:
    for name, bars in report.bars:
        yield _heading(name)
        yield _picture(bars_svg(bars))
        for bar in bars:
            yield _text(f"{bar.name}: {bar.words}", 11, "second", gap=2)
    if report.bars:
        legend = _tr(
            "Plain, orange: {tuned}. Dotted, grey: tie or both bad. Striped, blue: {base}."
        )
        said = legend.format(tuned=report.tuned, base=report.base)
        yield _text(f"{said} {report.bars_note}", 11, "second", gap=14)


def _measures(report: Report) -> Iterator[_Step]:
    if report.measures:
        yield _heading(report.measures_title)
    for name, about, base, tuned in report.measures:
        line = _tr("{name}: base {base}, tuned {tuned}")
        yield _text(line.format(name=name, base=base, tuned=tuned), gap=0)
        yield _text(about, 11, "second", gap=5)


def _lines(title: str, lines: Sequence[Line]) -> Iterator[_Step]:
    if lines:
        yield _heading(title)
    for one in lines:
        yield _text(f"{one.name}: {one.figure}", gap=0)
        yield _text(one.sentence, 11, "second", gap=5)


def _text(
    words: str, px: int = 12, color: str = "ink", *, bold: bool = False, gap: int = 4
) -> _Step:
    return lambda pages: pages.text(words, px, color, bold=bold, gap=gap)


def _heading(words: str) -> _Step:
    return lambda pages: pages.heading(words)


def _picture(svg: str) -> _Step:
    return lambda pages: pages.picture(svg)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARS else text[:MOST_CHARS] + " …"


class _Pages:
    """A4 pages that are filled from the top; `y` is where the next thing goes."""

    def __init__(self, file: QBuffer, title: str) -> None:
        self._palette = load_palette("light")
        self._writer = QPdfWriter(file)
        self._writer.setTitle(title)
        self._writer.setCreator("Tunedesk")
        self._writer.setResolution(_DPI)
        self._writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
        self._writer.setPageMargins(QMarginsF(18, 16, 18, 18), QPageLayout.Unit.Millimeter)
        self._painter = QPainter(self._writer)
        self._y = 0.0

    def text(self, words: str, px: int, color: str, *, bold: bool, gap: int) -> None:
        """Wrapped lines, over the page's end where they have to; nothing for no words."""
        if not words:
            return
        font = ui_font(px)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        self._painter.setPen(QColor(getattr(self._palette, color)))
        for paragraph in words.splitlines():
            self._paragraph(paragraph, font)
        self._y += gap

    def heading(self, words: str) -> None:
        """Never the last line of a page."""
        self._y += _BEFORE_HEADING_PX if self._y else 0
        self._make_room(_WITH_HEADING_PX)
        self.text(words, 13, "ink", bold=True, gap=4)

    def _paragraph(self, words: str, font: QFont) -> None:
        layout = QTextLayout(words, font, self._writer)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(self._writer.width())
        layout.endLayout()
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            self._make_room(line.height())
            line.draw(self._painter, QPointF(0, self._y - line.y()))
            self._y += line.height()

    def picture(self, svg: str) -> None:
        """As wide as the page has room, at most its own size."""
        scale = min(1.0, self._writer.width() / _PICTURE_PX)
        height = height_of(svg) * scale
        self._make_room(height)
        place = QRectF(0, self._y, _PICTURE_PX * scale, height)
        QSvgRenderer(QByteArray(svg.encode())).render(self._painter, place)
        self._y += height + 8

    def end(self) -> None:
        """Nothing is drawn after this."""
        self._painter.end()

    def _make_room(self, height: float) -> None:
        if self._y > 0 and self._y + height > self._writer.height():
            self._writer.newPage()
            self._y = 0.0
