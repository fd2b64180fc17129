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

_WIDE_PX = {
    Column.KIND: 100,
    Column.WHERE: 192,
    Column.LEARNED: 222,
    Column.CONTEXT: 80,
    Column.PRICE: 96,
    Column.ENDS: 160,
    Column.ACT: 92,
}
_NARROW_PX = {
    Column.KIND: 92,
    Column.WHERE: 108,
    Column.LEARNED: 204,
    Column.CONTEXT: 74,
    Column.PRICE: 84,
    Column.ENDS: 150,
    Column.ACT: 84,
}
# In both, a held-out loss is read whole.
_NARROW_BELOW_PX = 1_160
_LEARNED_FROM_PX = 970  # below, what was learned from is in the tooltip alone


class ModelsTable(QTableView):
    """Shows a `ModelsModel`; the page says what a click does."""

    def __init__(self, model: ModelsModel, theme: Theme) -> None:
        super().__init__()
        dress_table(self, self.tr("Models"), ROW_PX)
        self.setModel(model)
        self._rows = model
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
        self._lines.pad_px = NARROW_PAD_PX if is_narrow else PAD_PX
        self._rows.tell_sizes(has_room=not is_narrow)
        self.setColumnHidden(Column.LEARNED, width_px < _LEARNED_FROM_PX)
        across = self.horizontalHeader()
        for column, size_px in (_NARROW_PX if is_narrow else _WIDE_PX).items():
            across.resizeSection(column, size_px)
