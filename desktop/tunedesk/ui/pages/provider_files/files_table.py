"""The table of files: names and uses take what the other columns leave."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableView

from tunedesk.ui.pages.provider_files.files_model import Column, FilesModel
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.line_delegate import ROW_PX, LineDelegate
from tunedesk.ui.widgets.lines_model import Index
from tunedesk.ui.widgets.plain_table import dress_table

_FIRM_PX = {
    Column.PURPOSE: 130,
    Column.SIZE: 90,
    Column.DATE: 104,
    Column.DIGEST: 118,
    Column.ACT: 84,
}
_NARROW_PX = {Column.PURPOSE: 100, Column.SIZE: 88, Column.DATE: 100, Column.DIGEST: 84}
_NARROW_BELOW_PX = 900
_USED_SHARE = 0.45
_INKS = {Column.NAME: "ink", Column.ACT: "error"}


class FilesTable(QTableView):
    """Shows a `FilesModel`; the page says what a click does."""

    def __init__(self, model: FilesModel, theme: Theme) -> None:
        super().__init__()
        dress_table(self, self.tr("Files"), ROW_PX)
        self.setModel(model)
        self.setItemDelegate(_Delegate(theme, self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        theme.changed.connect(self.viewport().update)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width_px = self.viewport().width()
        firm = _FIRM_PX | (_NARROW_PX if width_px < _NARROW_BELOW_PX else {})
        left_px = max(200, width_px - sum(firm.values()))
        used_px = round(left_px * _USED_SHARE)
        for column, wide_px in {
            **firm,
            Column.USED: used_px,
            Column.NAME: left_px - used_px,
        }.items():
            self.horizontalHeader().resizeSection(column, wide_px)


class _Delegate(LineDelegate):
    def draw(self, painter: QPainter, cell: QRectF, index: Index) -> None:
        column = Column(index.column())
        self.draw_words(
            painter,
            cell,
            str(index.data(Qt.ItemDataRole.DisplayRole)),
            ink=_INKS.get(column, "second"),
            strong=column is Column.NAME,
            right=column is Column.ACT,
        )
