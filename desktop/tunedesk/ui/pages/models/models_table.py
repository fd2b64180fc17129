"""The table of models: the name takes what the other columns leave, whatever the width."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableView

from tunedesk.ui.pages.models.models_delegate import ModelsDelegate
from tunedesk.ui.pages.models.models_model import Column, ModelsModel
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.line_delegate import NARROW_PAD_PX, PAD_PX, ROW_PX
from tunedesk.ui.widgets.plain_table import dress_table

_FIRM_PX = {
    Column.KIND: 112,
    Column.CONTEXT: 88,
    Column.PRICE: 104,
    Column.ENDS: 172,
    Column.ACT: 104,
}
_NARROW_PX = {
    Column.KIND: 94,
    Column.CONTEXT: 74,
    Column.PRICE: 84,
    Column.ENDS: 158,
    Column.ACT: 88,
}
_YIELDING_PX = {Column.WHERE: 170, Column.LEARNED: 200}
_NARROW_WHERE_PX = 108
_FULL_PX = 1_200  # a narrower table has less of the columns that yield
_NARROW_BELOW_PX = 900  # here what was learned from is in the tooltip alone
_LEAST_SHARE = 0.6


class ModelsTable(QTableView):
    """Shows a `ModelsModel`; the page says what a click does."""

    def __init__(self, model: ModelsModel, theme: Theme) -> None:
        super().__init__()
        dress_table(self, self.tr("Models"), ROW_PX)
        self.setModel(model)
        self._lines = ModelsDelegate(theme, self)
        self.setItemDelegate(self._lines)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        across = self.horizontalHeader()
        across.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        across.setSectionResizeMode(Column.MODEL, QHeaderView.ResizeMode.Stretch)
        theme.changed.connect(self.viewport().update)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        width_px = self.viewport().width()
        is_narrow = width_px < _NARROW_BELOW_PX
        share = min(1.0, max(_LEAST_SHARE, 1 - 1.5 * (1 - width_px / _FULL_PX)))
        wide_px = {column: round(full * share) for column, full in _YIELDING_PX.items()}
        if is_narrow:
            wide_px[Column.WHERE] = _NARROW_WHERE_PX
        self._lines.pad_px = NARROW_PAD_PX if is_narrow else PAD_PX
        self.setColumnHidden(Column.LEARNED, is_narrow)
        across = self.horizontalHeader()
        for column, size_px in {**(_NARROW_PX if is_narrow else _FIRM_PX), **wide_px}.items():
            across.resizeSection(column, size_px)
