"""Answers as they are written: Markdown that streams, wraps, can be selected and loads nothing.

Each closed block is a document of its own and is parsed once; only the open tail is parsed again
(measured: 5 % of the window's thread on a 20,000-character answer, where one document takes
36–62 %).
"""

from __future__ import annotations

import math
import time
from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QMenu, QSizePolicy, QWidget

from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.announce import announce
from tunedesk.ui.widgets.links import safe_url, spelled_out
from tunedesk.ui.widgets.markdown_blocks import BlockReader
from tunedesk.ui.widgets.markdown_flow import CODE_PAD_PX, Flow, Part, Place, draw_part
from tunedesk.ui.widgets.markdown_pages import MoreBar, end_of_pages
from tunedesk.ui.widgets.markdown_view_document import BlockDocument
from tunedesk.ui.widgets.named_keys import InnerKey, keyed

FLUSH_MS = 33
FLUSH_FACTOR = 8
WORK_S = 0.004
SIDE_PX = 18
TOP_PX = 16
SPOKEN_CHARS = 20_000
MENU_LINKS = 12


class MarkdownView(QAbstractScrollArea):
    """Shows one answer. `link_activated(target)` only asks: opening is the page's `LinkOpener`'s.

    Of a huge answer the first part is shown, and the next on demand; copying takes all of it.
    A header and a footer widget may scroll with the text. Arrow keys are left to the page. One that
    `grows` is as high as its text and leaves scrolling to what it stands in.
    """

    link_activated = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, grows: bool = False) -> None:
        super().__init__(parent)
        self._theme = theme
        self._grows = grows
        self._text = ""
        self._shown = ""
        self._has_grown = False
        self._reader = BlockReader()
        self._flow = Flow(lambda block: BlockDocument(block, theme.palette))
        self._from: Place | None = None
        self._to: Place | None = None
        self._header: QWidget | None = None
        self._footer: QWidget | None = None
        self._n_pages = 1
        self._page_end = 0
        self.more = MoreBar(self.viewport())
        self.more.wanted.connect(self._show_more)
        self._menu: QMenu | None = None
        self._flush_s = 0.0
        self._flushed_at_s = 0.0
        self._timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._flush)
        self._quiet = QTimer(self, singleShot=True, interval=400)
        self._quiet.timeout.connect(self._speak)
        self._set_up()

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.verticalScrollBar().setSingleStep(24)
        self._theme.changed.connect(self._restyle)
        if self._grows:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            self.setFixedHeight(self._least_height())

    # --- content ---

    def set_text(self, text: str) -> None:
        """Show `text`, the whole answer so far. A text that goes on with the last one is cheap."""
        is_more = bool(self._text) and text.startswith(self._text)
        self._has_grown = is_more and (self._has_grown or text != self._text)
        self._text = text
        if not self._timer.isActive():
            pause_s = max(FLUSH_MS / 1000, FLUSH_FACTOR * self._flush_s)
            wait_s = self._flushed_at_s + pause_s - time.monotonic()
            self._timer.start(max(0, int(wait_s * 1000)))

    def clear(self) -> None:
        self._text = self._shown = ""
        self._has_grown = False
        self._restart()
        self.more.hide()
        self.setAccessibleDescription("")
        self._place()

    def text(self) -> str:
        """The answer as it was given, Markdown and all."""
        return self._text

    def plain_text(self) -> str:
        """The answer as it is seen so far."""
        return self._flow.plain_text(len(self._text) + 1000)

    @property
    def is_settled(self) -> bool:
        """Everything given is on the screen."""
        return not self._timer.isActive() and self._shown == self._text

    def set_header(self, header: QWidget) -> None:
        """A widget above the text that scrolls with it; its heightForWidth counts."""
        header.setParent(self.viewport())
        self._header = header
        self._place()

    def set_footer(self, footer: QWidget) -> None:
        """A widget below the text that scrolls with it."""
        footer.setParent(self.viewport())
        self._footer = footer
        self._place()

    def refresh(self) -> None:
        """The header or footer changed its size."""
        self._place()

    @property
    def is_shown_whole(self) -> bool:
        """No part of the text waits behind "Show more"."""
        return self._page_end >= len(self._text)

    def _show_more(self) -> None:
        self._n_pages += 1
        self._take()
        self._again()
        self.setFocus()

    def _restart(self) -> None:
        self._timer.stop()
        self._n_pages = 1
        self._reader.restart()
        self._flow.clear()
        self._from = self._to = None
        self.verticalScrollBar().setValue(0)

    def _flush(self) -> None:
        began_s = time.monotonic()
        if self._shown != self._text:
            self._take()
        self._flow.set_width(self._text_width())
        done = self._flow.work(WORK_S, *self._window())
        self._place()
        self._flushed_at_s = time.monotonic()
        self._flush_s = self._flushed_at_s - began_s
        if not done:
            self._timer.start(int(2 * self._flush_s * 1000) + 4)  # what is new is painted between
        elif not self._quiet.isActive():
            self._quiet.start()

    def _take(self) -> None:
        closed = self._reader.read(self._page())
        if closed is None:
            self._restart()
            closed = self._reader.read(self._page())
        self._flow.extend(closed or [], self._reader.tail)
        self._shown = self._text
        self.more.setHidden(self.is_shown_whole)

    def _page(self) -> str:
        self._page_end = end_of_pages(self._text, self._n_pages)
        return self._text[: self._page_end]

    def _speak(self) -> None:
        """Tell assistive tools the text, once it rests; of an answer that grew, what is new."""
        spoken, before = self._flow.plain_text(SPOKEN_CHARS), self.accessibleDescription()
        if spoken == before:
            return
        self.setAccessibleDescription(spoken)
        if self._has_grown:
            announce(self, spoken.removeprefix(before))

    def _restyle(self) -> None:
        self._flow.restyle()
        self._again()

    def _again(self) -> None:
        self._timer.stop()
        self._flush()

    # --- geometry ---

    def _text_width(self) -> int:
        # Of the whole width: a scroll bar that comes lies in the margin, and no line breaks anew.
        return max(60, self.width() - 2 * self._side())

    def _side(self) -> int:
        return 0 if self._grows else SIDE_PX

    def _origin(self) -> QPointF:
        """Where the text begins, in the viewport."""
        return QPointF(self._side(), self._text_top() - self.verticalScrollBar().value())

    def _text_top(self) -> float:
        return self._edge() + self._height_of(self._header, 16)

    def _edge(self) -> int:
        """Room above and below the text."""
        return 0 if self._grows else TOP_PX

    def _least_height(self) -> int:
        return self.fontMetrics().height()

    def _window(self) -> tuple[float, float]:
        first = -self._origin().y()
        return first, first + self.viewport().height()

    def _height_of(self, widget: QWidget | None, gap: int) -> int:
        if widget is None or widget.isHidden():
            return 0
        width = self._text_width()
        height = widget.heightForWidth(width) if widget.hasHeightForWidth() else -1
        return (height if height >= 0 else widget.sizeHint().height()) + gap

    def _place(self) -> None:
        """Set the scroll bar and put header and footer where they belong."""
        footer, more = self._height_of(self._footer, 6), self._height_of(self.more, 6)
        content = self._text_top() + self._flow.height + more + footer + self._edge()
        if self._grows:
            self.setFixedHeight(max(self._least_height(), math.ceil(content)))
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, int(content) - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        width, top = self._text_width(), self._edge() - bar.value()
        if self._header is not None:
            self._header.setGeometry(self._side(), top, width, self._height_of(self._header, 0))
        below = int(self._origin().y() + self._flow.height) + 6
        self.more.setGeometry(self._side(), below, width, max(0, more - 6))
        if self._footer is not None:
            self._footer.setGeometry(self._side(), below + more, width, max(0, footer - 6))
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # A growing view's height is its own doing: laying out again here would end only with all.
        if not self._grows or event.size().width() != event.oldSize().width():
            self._again()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self._place()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._grows:
            event.ignore()
        else:
            super().wheelEvent(event)

    def minimumSizeHint(self) -> QSize:
        if self._grows:
            return QSize(60, self._least_height())
        return QSize(160, 80)

    # --- painting ---

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), self._theme.palette.color("surface"))
        origin = self._origin()
        above = event.rect().top() - origin.y()
        for index, part in self._flow.showing(above, above + event.rect().height()):
            painter.save()
            painter.translate(origin.x(), origin.y() + part.top)
            seen = QRectF(0, above - part.top, self._text_width(), event.rect().height())
            self._draw(painter, index, part, seen)
            painter.restore()
        if self.hasFocus():
            painter.setPen(self._theme.palette.color("accent"))
            painter.drawRect(QRectF(self.viewport().rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def _draw(self, painter: QPainter, index: int, part: Part, seen: QRectF) -> None:
        width = self._text_width()
        if part.pad:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.palette.color("sunken"))
            painter.drawRoundedRect(QRectF(0, 0, width, part.height), 7, 7)
            painter.translate(CODE_PAD_PX, CODE_PAD_PX)
        chosen = self._selection()
        marked = self._flow.selected(index, *chosen) if chosen is not None else None
        draw_part(painter, part, self.palette(), marked, seen.translated(0, -part.pad))

    # --- selection ---

    def _selection(self) -> tuple[Place, Place] | None:
        if self._from is None or self._to is None or self._from == self._to:
            return None
        first, last = sorted((self._from, self._to))
        return first, last

    def selected_text(self) -> str:
        """What is selected; with all that is shown also what is not shown, as it is written."""
        chosen = self._selection()
        if chosen is None:
            return ""
        text = self._flow.text_between(*chosen)
        if self.is_shown_whole or chosen != self._flow.whole():
            return text
        shown = self._text[: self._page_end]
        return text + shown[len(shown.rstrip("\n")) :] + self._text[self._page_end :]

    def select_all(self) -> None:
        if self._flow.parts:
            self._from, self._to = self._flow.whole()
            self.viewport().update()

    def copy(self) -> None:
        """Put the selected text on the clipboard, as plain text."""
        text = self.selected_text()
        if text:
            QGuiApplication.clipboard().setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all()
        elif event.key() in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            sign = 1 if event.key() == Qt.Key.Key_PageDown else -1
            bar.setValue(bar.value() + sign * (bar.pageStep() - 40))
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            bar.setValue(0 if event.key() == Qt.Key.Key_Home else bar.maximum())
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    # --- mouse ---

    def _point(self, event: QMouseEvent) -> QPointF:
        return event.position() - self._origin()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._from = self._to = self._flow.place_at(self._point(event))
            self.viewport().update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = self._flow.place_at(self._point(event))
        if place is not None:
            self._from, self._to = self._flow.word_at(place)
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self._from is not None:
            self._to = self._flow.place_at(self._point(event))
            self.viewport().update()
            return
        over_link = bool(self._flow.link_at(self._point(event)))
        shape = Qt.CursorShape.PointingHandCursor if over_link else Qt.CursorShape.IBeamCursor
        self.viewport().setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._selection() is not None:
            return
        target = self._flow.link_at(self._point(event))
        if target:
            self.link_activated.emit(target)

    # --- menu ---

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        point = QPointF(event.pos()) - self._origin()
        self._build_menu(self._flow.part_at(point.y())).popup(event.globalPos())

    def offered_menu(self) -> QMenu | None:
        """As by the right button, on the first code there is."""
        if not self._text or not self.isVisible():
            return None
        parts = (part for part in self._flow.parts if part.block.kind == "code")
        return self._filled(QMenu(self), next(parts, None))

    def inner_keys(self) -> list[InnerKey]:
        return [
            InnerKey("Ctrl+C", self.tr("Copy")),
            InnerKey("Ctrl+A", self.tr("Select all")),
        ]

    def _build_menu(self, under: Part | None) -> QMenu:
        if self._menu is not None:
            self._menu.deleteLater()
        self._menu = self._filled(QMenu(self), under)
        return self._menu

    def _filled(self, menu: QMenu, under: Part | None) -> QMenu:
        copy = menu.addAction(keyed(self.tr("Copy"), QKeySequence.StandardKey.Copy), self.copy)
        copy.setEnabled(self._selection() is not None)
        if under is not None and under.block.kind == "code":
            code = under.block.source
            menu.addAction(
                self.tr("Copy this code"), lambda: QGuiApplication.clipboard().setText(code)
            )
        menu.addAction(self.tr("Copy the whole answer"), self._copy_whole)
        select_all = QKeySequence.StandardKey.SelectAll
        menu.addAction(keyed(self.tr("Select all"), select_all), self.select_all)
        self._add_links(menu)
        return menu

    def _copy_whole(self) -> None:
        QGuiApplication.clipboard().setText(self._text)

    def _add_links(self, menu: QMenu) -> None:
        for target in self._flow.links()[:MENU_LINKS]:
            url = safe_url(target)
            if url is None:
                continue
            shown = spelled_out(url)[:80].replace("&", "&&")
            menu.addAction(
                self.tr("Open {address}").format(address=shown),
                partial(self.link_activated.emit, target),
            )

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            return True
        return super().viewportEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(480, 360)
