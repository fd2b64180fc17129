"""The table of models: the name takes what the other columns leave, whatever the width."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHeaderView, QTableView

from tunedesk.ui.pages.models.models_delegate import ModelsDelegate
from tunedesk.ui.pages.models.models_model import Column, ModelsModel
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.line_delegate import ROW_PX
from tunedesk.ui.widgets.plain_table import dress_table

_FIRM_PX = {Column.KIND: 112, Column.ENDS: 170, Column.ACT: 104}
_YIELDING_PX = {Column.WHERE: 190, Column.LEARNED: 230}
_FULL_PX = 1_100  # a narrower table has less of the columns that yield
_LEAST_SHARE = 0.5


class ModelsTable(QTableView):
    """Shows a `ModelsModel`; the page says what a click does."""

    def __init__(self, model: ModelsModel, theme: Theme) -> None:
        super().__init__()
        dress_table(self, self.tr("Models"), ROW_PX)
        self.setModel(model)
        self.setItemDelegate(ModelsDelegate(theme, self))
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
        lacking = 1.5 * (1 - self.viewport().width() / _FULL_PX)
        share = min(1.0, max(_LEAST_SHARE, 1 - lacking))
        across = self.horizontalHeader()
        for column, width_px in _FIRM_PX.items():
            across.resizeSection(column, width_px)
        for column, width_px in _YIELDING_PX.items():
            across.resizeSection(column, round(width_px * share))
