"""Hands on the selected rows: keys, menu, bar, clipboard and drags become named edits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, Qt
from PySide6.QtWidgets import QWidget

from tunedesk.core.edits import Edit, ReorderRows
from tunedesk.core.orders import packed
from tunedesk.core.rows import new_chat_row
from tunedesk.services.dataset.find_run import Progress, in_thread
from tunedesk.services.dataset.row_view import RowViews
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.work.background import Background
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.bulk import Bulk, rows_from_text
from tunedesk.ui.pages.data.columns import SORTED_BY
from tunedesk.ui.pages.data.place_dialog import PlaceDialog
from tunedesk.ui.pages.data.row_drag import (
    MOST_BYTES,
    DraggedRows,
    DropFolder,
    RowsMime,
)
from tunedesk.ui.pages.data.rows_panel import RowsPanel
from tunedesk.ui.pages.data.tag_dialog import TagDialog
from tunedesk.ui.widgets.ask import finished
from tunedesk.ui.widgets.named_keys import named_key

_MOST_PASTED_CHARS = 64 << 20


class RowHands(QObject):
    """`send_asked()`: the person wants the rows in another dataset; `export_asked()`: in a file;
    `edit_asked()`: into a row."""

    send_asked = Signal()
    export_asked = Signal()
    edit_asked = Signal()
    undo_asked = Signal()
    redo_asked = Signal()

    def __init__(
        self,
        rows: RowsPanel,
        push: Callable[[str, Edit], object],
        operations: Operations,
        memory: Memory,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._page, self._rows, self._operations, self._memory = parent, rows, operations, memory
        self._push = push
        self.bulk = Bulk(push)
        self._background: Background | None = None
        self._drops = DropFolder(parent)
        self._wire()

    def _wire(self) -> None:
        grid = self._rows.grid
        grid.make_mime = self._mime
        grid.key_asked.connect(self.do)
        grid.split_asked.connect(lambda row: self.bulk.toggle_split([row]))
        grid.menu_asked.connect(lambda place: self._rows.row_actions.menu().popup(place))
        grid.rows_chosen.connect(lambda: self._rows.selection.show_count(grid.n_chosen()))
        grid.dropped.connect(self._dropped)
        grid.refused.connect(self._rows.say)
        grid.columns.keep_order_asked.connect(self.keep_order)
        self._rows.row_actions.asked.connect(self.do)
        self._rows.chips.rows_dropped.connect(self._dropped_on_chip)
        words = self._rows.row_actions.words()
        for keys, name in (("Ctrl+C", "copy"), ("Ctrl+V", "paste")):
            key = named_key(grid, keys, words[name][0], partial(self.do, name))
            key.setContext(Qt.ShortcutContext.WidgetShortcut)

    def set_session(self, session: DatasetSession | None, background: Background) -> None:
        """The dataset whose rows these are."""
        self.bulk.session, self._background = session, background
        self._rows.selection.show_count(0)

    def do(self, name: str) -> None:
        """An action of RowActions, or a wish by key."""
        rows = self._rows.grid.chosen_column()
        match name:
            case "train" | "test" | "aside":
                self.bulk.split(rows, name)
            case "seed":
                self.bulk.split(rows, None)
            case "split":
                self.bulk.toggle_split(rows)
            case "remove":
                self.bulk.delete(rows)
            case "duplicate":
                self.bulk.duplicate(rows)
            case "up" | "down":
                self.step(-1 if name == "up" else 1)
            case _:
                self._do_more(name, rows)

    def _do_more(self, name: str, rows: Sequence[int]) -> None:
        acts: dict[str, Callable[[], object]] = {
            "copy": lambda: self._copy(rows),
            "paste": lambda: self.paste(QGuiApplication.clipboard().text()),
            "tag": lambda: self._tag(rows),
            "place": self.move_to_place,
            "send": self.send_asked.emit,
            "export": self.export_asked.emit,
            "edit": self.edit_asked.emit,
            "undo": self.undo_asked.emit,
            "redo": self.redo_asked.emit,
            "all": self._rows.grid.selectAll,
        }
        if name in acts:
            acts[name]()

    # -- order -------------------------------------------------------------------------------

    def step(self, step: int) -> None:
        """One place up or down, in the file's own order."""
        rows = self._rows.grid.chosen_rows()
        if not self._rows.grid.rows.is_whole:
            self._rows.say(self._why_not_moved())
        elif rows:
            self.bulk.step(rows, step)
            if rows[-1] - rows[0] != len(rows) - 1:  # they stand together now
                self._rows.grid.choose_all_of(max(0, rows[0] - 1), len(rows))

    def move_to_place(self) -> None:
        """Ask before which row the selected ones shall stand: what dragging them does."""
        session, rows = self.bulk.session, self._rows.grid.chosen_rows()
        if not self._rows.grid.rows.is_whole:
            self._rows.say(self._why_not_moved())
        elif session is not None and rows:
            self._operations.run(self._ask_place(session, rows), owner=self)

    async def _ask_place(self, session: DatasetSession, rows: list[int]) -> None:
        dialog = PlaceDialog(len(rows), len(session), rows[0], self._memory, self._page.window())
        code = await finished(dialog)
        place = dialog.place
        dialog.deleteLater()
        if code and session is self.bulk.session:
            self._move(rows, place)

    def _move(self, rows: list[int], before: int) -> None:
        to = before - sum(1 for row in rows if row < before)
        self.bulk.move(rows, before)
        self._rows.grid.choose_all_of(to, len(rows))

    def keep_order(self) -> None:
        """The order of the sorted column becomes the file's own."""
        session, background = self.bulk.session, self._background
        column, is_descending = self._rows.grid.columns.sorting
        if session is None or background is None or column is None:
            return

        async def keep() -> None:
            version = session.version
            order = await RowViews(session, background).order(SORTED_BY[column])
            if session.version == version:
                self._push(
                    self.tr("keep this order"),
                    ReorderRows(packed(order[::-1] if is_descending else order)),
                )
                self._rows.grid.columns.sort(None)

        self._operations.run(keep(), owner=self)

    def _why_not_moved(self) -> str:
        return self.tr("Rows can be moved only in the file's own order: show all rows and take the "
                       "sorting away first.")  # fmt: skip

    # -- clipboard ---------------------------------------------------------------------------

    def _copy(self, rows: Sequence[int]) -> None:
        session, background = self.bulk.session, self._background
        if session is None or background is None or not rows:
            return

        def take(data: bytes | None) -> None:
            if data is None:
                self._rows.say(self.tr("These rows are too many to copy: export them instead."))
            else:
                QGuiApplication.clipboard().setText(data.decode("utf-8", "replace"))

        work = in_thread(background, lambda tell: _jsonl(session, rows, tell))
        self._operations.run(work, owner=self, done=take)

    def paste(self, text: str) -> None:
        """Rows below the chosen one; plain text only, whatever else the clipboard holds."""
        session, background = self.bulk.session, self._background
        if session is None or background is None or not text.strip():
            return
        if len(text) > _MOST_PASTED_CHARS:
            self._rows.say(self.tr("This text is too long to paste: import it as a file."))
            return
        self._operations.run(self._pasted(session, background, text), owner=self)

    async def _pasted(self, session: DatasetSession, background: Background, text: str) -> None:
        raws = await background.run(rows_from_text, text, session.format)
        at = min(self._rows.grid.chosen() + 1, len(session))
        words = self.tr("paste {n} rows") if len(raws) > 1 else self.tr("paste row")
        self.bulk.insert(words.format(n=f"{len(raws):,}"), at, raws)

    # -- tags --------------------------------------------------------------------------------

    def _tag(self, rows: Sequence[int]) -> None:
        session = self.bulk.session
        if session is not None and rows:
            ask = self._ask_tags
            self.bulk.when_known(rows, lambda: self._operations.run(ask(session, rows), owner=self))

    async def _ask_tags(self, session: DatasetSession, rows: Sequence[int]) -> None:
        counts = dict.fromkeys(session.all_tags(), 0)
        for tags, n_rows in Counter(session.tags_of(rows)).items():
            counts |= {tag: counts[tag] + n_rows for tag in tags}
        dialog = TagDialog(len(rows), counts, self._memory, self._page.window())
        code = await finished(dialog)
        add, remove = dialog.add, dialog.remove
        dialog.deleteLater()
        if code and session is self.bulk.session:
            self.bulk.tag(rows, add, remove)

    # -- drags -------------------------------------------------------------------------------

    def _mime(self) -> RowsMime | None:
        session = self.bulk.session
        ranges = self._rows.grid.chosen_ranges()
        if session is None or not ranges:
            return None
        carried = DraggedRows(session.info.id, ranges)
        name = f"{session.info.path.stem}-{carried.n_rows}.jsonl"
        return RowsMime(carried, name, lambda: _jsonl(session, carried.rows()), self._drops)

    def _dropped(self, carried: DraggedRows, before: int) -> None:
        session = self.bulk.session
        if session is None or carried.dataset_id != session.info.id:
            self._rows.say(
                self.tr("These rows are of another dataset: drop them on it in the rail.")
            )
            return
        rows = [row for row in carried.rows() if row < len(session)]
        if not rows:
            return
        self._move(rows, before)

    def _dropped_on_chip(self, chip: str, carried: DraggedRows) -> None:
        session = self.bulk.session
        if session is None or carried.dataset_id != session.info.id:
            return
        rows = [row for row in carried.rows() if row < len(session)]
        if chip.startswith("tag:"):
            self.bulk.tag(rows, [chip.removeprefix("tag:")], [])
        else:
            self.bulk.split(rows, chip)

    def new_row(self) -> None:
        """An empty question below the chosen row."""
        if self.bulk.session is not None:
            raw = new_chat_row([{"role": "user", "content": ""}])
            self.bulk.insert(self.tr("new row"), self._rows.grid.chosen() + 1, [raw])


def _jsonl(
    session: DatasetSession, rows: Sequence[int], tell: Progress = lambda _done, _all: None
) -> bytes | None:
    """The rows as a file holds them, None where they are too many to hand over."""
    made = bytearray()
    for number, row in enumerate(rows):
        made += session.row(row) + b"\n"
        if len(made) > MOST_BYTES:
            return None
        if number % 1_000 == 0:
            tell(number, len(rows))
    return bytes(made)
