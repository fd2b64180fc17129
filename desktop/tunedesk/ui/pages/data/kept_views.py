"""How the rows of each dataset were left: what sorts them, what is selected, what is in view."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QObject, QTimer

from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.project.workspace import DatasetInfo
from tunedesk.ui.memory import Memory
from tunedesk.ui.pages.data.columns import SORTED_BY, Column
from tunedesk.ui.pages.data.grid import RowsGrid
from tunedesk.ui.pages.data.grid_position import GridPosition, position_of
from tunedesk.ui.pages.data.viewing import Viewing

_NAME = "data.views"
_MOST_KEPT = 50
_KEEP_AFTER_MS = 1_000


class _KeptView(msgspec.Struct, frozen=True, kw_only=True):
    n_rows: int
    position: GridPosition
    sorted_by: int | None = None
    is_descending: bool = False


class KeptViews(QObject):
    """Remembers views by the dataset's path, the latest ones; kept a moment after each change."""

    def __init__(self, memory: Memory, grid: RowsGrid, viewing: Viewing, parent: QObject) -> None:
        super().__init__(parent)
        self._memory, self._grid, self._viewing = memory, grid, viewing
        self._session: DatasetSession | None = None
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.setInterval(_KEEP_AFTER_MS)
        self._waiting.timeout.connect(self._keep_now)
        for change in (
            grid.rows_chosen,
            grid.columns.sort_asked,
            grid.verticalScrollBar().valueChanged,
        ):
            change.connect(lambda *_: self._waiting.start())

    def begin(self, session: DatasetSession) -> None:
        """Show the dataset as it was left; from its first row if nobody has seen it so far."""
        self._session = session
        kept = self._all().get(_key(session.info))
        if kept is None:
            kept = _KeptView(n_rows=len(session), position=GridPosition(row=0))
        is_same = kept.n_rows == len(session)
        position = kept.position if is_same else GridPosition(row=0)
        column = Column(kept.sorted_by) if kept.sorted_by in SORTED_BY else None
        self._viewing.restore(position, column, kept.is_descending)

    def keep(self) -> None:
        """Remember now what would be remembered in a moment."""
        if self._waiting.isActive():
            self._waiting.stop()
            self._keep_now()

    def _keep_now(self) -> None:
        session = self._session
        if session is None or self._viewing.is_on_the_way:
            return
        column, is_descending = self._grid.columns.sorting
        views = self._all()
        views.pop(_key(session.info), None)  # the latest is the last
        views[_key(session.info)] = _KeptView(
            n_rows=len(session),
            position=position_of(self._grid),
            sorted_by=column,
            is_descending=is_descending,
        )
        for old in list(views)[:-_MOST_KEPT]:
            del views[old]
        self._memory.keep(_NAME, views)

    def leave(self) -> None:
        """Another dataset comes, or none."""
        self.keep()
        self._session = None

    def latest(self, datasets: Sequence[DatasetInfo]) -> DatasetInfo:
        """The one of them that was seen last; the first if none was."""
        order = list(self._all())
        known = [info for info in datasets if _key(info) in order]
        return max(known, key=lambda info: order.index(_key(info)), default=datasets[0])

    def _all(self) -> dict[str, _KeptView]:
        return self._memory.value(_NAME, dict[str, _KeptView]) or {}


def _key(info: DatasetInfo) -> str:
    return str(info.path)
