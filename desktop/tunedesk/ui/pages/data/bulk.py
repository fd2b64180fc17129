"""What is done to the selected rows: each wish becomes one edit with a name."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from functools import partial
from itertools import compress

from PySide6.QtCore import QCoreApplication

from tunedesk.core import many
from tunedesk.core.edits import (
    DeleteRow,
    DeleteRows,
    Edit,
    InsertRow,
    InsertRows,
    MoveRows,
    ReorderRows,
    SetSplit,
    SetSplits,
    SetTags,
)
from tunedesk.core.json_text import dump
from tunedesk.core.orders import kept, packed, without
from tunedesk.core.rows import Format, RowError, format_of, new_chat_row, parse_row
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.ui.pages.data.patience import Patience
from tunedesk.ui.words import counted

Push = Callable[[str, Edit], object]

_FEW = 500  # gone through while the window waits


class Bulk:
    """`push(name, edit)` does an edit that can be undone; `patience`, if there is one, waits beside
    the window for what takes long."""

    def __init__(self, push: Push, patience: Patience | None = None) -> None:
        self._push = push
        self.patience = patience
        self.session: DatasetSession | None = None

    def split(self, rows: Sequence[int], side: str | None) -> None:
        """Put rows on a side; None gives them back to the seed."""
        if self.session is None or not rows:
            return
        if len(rows) == 1:
            self._push(_split_words(side, 1), SetSplit(index=rows[0], split=side))
        else:
            edit = SetSplits(_column(rows), (side,) * len(rows))
            self._push(_split_words(side, len(rows)), edit)

    def toggle_split(self, rows: Sequence[int]) -> None:
        """Between train and test; several rows all go where the first one does."""
        if self.session is not None and rows:
            now = self.session.state(rows[0]).split
            self.split(rows, "train" if now == "test" else "test")

    def delete(self, rows: Sequence[int]) -> None:
        if self.session is None or not rows:
            return
        name = counted(len(rows), _tr("delete row"), _tr("delete {n} rows"))
        single = len(rows) == 1
        self._push(name, DeleteRow(index=rows[0]) if single else DeleteRows(_column(rows)))

    def duplicate(self, rows: Sequence[int]) -> None:
        """The copies stand together below the last of the rows."""
        if self.session is not None and rows:
            raws = [self.session.row(row) for row in rows]
            name = counted(len(rows), _tr("duplicate row"), _tr("duplicate {n} rows"))
            self.insert(name, rows[-1] + 1, raws)

    def insert(self, name: str, at: int, raws: Sequence[bytes]) -> None:
        """Put rows in before row `at`."""
        if len(raws) == 1:
            self._push(name, InsertRow(index=at, raw=raws[0]))
        elif raws:
            self._push(name, InsertRows(tuple((at + i, raw, None) for i, raw in enumerate(raws))))

    def move(self, rows: Sequence[int], before: int) -> None:
        """Take the rows to where row `before` is now; their own order stays."""
        if self.session is None or not rows:
            return
        name = counted(len(rows), _tr("move row"), _tr("move {n} rows"))
        to = before - sum(1 for row in rows if row < before)
        is_block = rows[-1] - rows[0] == len(rows) - 1
        if is_block and to != rows[0]:
            self._push(name, MoveRows(first=rows[0], count=len(rows), to=to))
        elif not is_block:
            self._push(name, ReorderRows(packed(_order(rows, to, len(self.session)))))

    def step(self, rows: Sequence[int], step: int) -> None:
        """One place up (-1) or down (1)."""
        if self.session is None or not rows:
            return
        if step < 0 and rows[0] > 0:
            self.move(rows, rows[0] - 1)
        elif step > 0 and rows[-1] + 1 < len(self.session):
            self.move(rows, rows[-1] + 2)

    def tag(self, rows: Sequence[int], add: Sequence[str], remove: Sequence[str]) -> None:
        """Give and take tags; the rows' other tags stay."""
        if rows and (add or remove):
            self.when_known(rows, partial(self._tag, rows, frozenset(add), frozenset(remove)))

    def when_known(self, rows: Sequence[int], act: Callable[[], object]) -> None:
        """Call `act` when these rows have been looked at: only then it is known what they ask."""
        if self.patience is None:
            act()
        else:
            self.patience.when_ready(SetTags(_column(rows), ()), act)

    def _tag(self, rows: Sequence[int], add: frozenset[str], remove: frozenset[str]) -> None:
        session = self.session
        if session is None:
            return
        if self.patience is None or len(rows) <= _FEW:
            self._put_tags(_tags_edit(session, rows, add, remove))
        else:
            self.patience.apart(lambda _: _tags_edit(session, rows, add, remove), self._put_tags)

    def _put_tags(self, edit: SetTags) -> None:
        n_rows = len(edit.indices)
        if n_rows:
            self._push(counted(n_rows, _tr("tag row"), _tr("tag {n} rows")), edit)


def _tags_edit(
    session: DatasetSession, rows: Sequence[int], add: frozenset[str], remove: frozenset[str]
) -> SetTags:
    """Names the rows whose tags change."""
    before = session.tags_of(rows)
    after = {tags: tuple(sorted((add | set(tags)) - remove)) for tags in set(before)}
    differ = {tags: after[tags] != tags for tags in after}
    is_changed = bytes(map(differ.__getitem__, before))
    changed = array("i", compress(rows, is_changed))
    return SetTags(changed, list(map(after.__getitem__, compress(before, is_changed))))


def rows_from_text(text: str, wanted: Format) -> list[bytes]:
    """Pasted text as rows: JSON lines as they are, else one question a line (chat only).

    Text that only looks like JSON is kept as text of a new row, never thrown away.
    """
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    if not lines:
        return []
    raws = [line.encode("utf-8", "surrogatepass") for line in lines]
    if all(_is_row(raw) for raw in raws):
        return raws
    if wanted is Format.PREFERENCE:
        return [_empty_pair(line) for line in lines]
    return [new_chat_row([{"role": "user", "content": line}]) for line in lines]


def _is_row(raw: bytes) -> bool:
    try:
        return format_of(parse_row(raw)) is not Format.UNKNOWN
    except RowError:
        return False


def _empty_pair(question: str) -> bytes:
    row = {
        "input": {"messages": [{"role": "user", "content": question}]},
        "preferred_output": [{"role": "assistant", "content": ""}],
        "non_preferred_output": [{"role": "assistant", "content": ""}],
    }
    return dump(row, ascii_only=False).encode()


def _column(rows: Sequence[int]) -> array[int]:
    return rows if isinstance(rows, array) else array("i", rows)


def _order(rows: Sequence[int], to: int, n_rows: int) -> array[int]:
    others = without(many.counted(n_rows), kept(DeleteRows(_column(rows)), n_rows))
    others[to:to] = _column(rows)
    return others


def _split_words(side: str | None, n_rows: int) -> str:
    match side:
        case "train":
            return counted(n_rows, _tr("put row in train"), _tr("put {n} rows in train"))
        case "test":
            return counted(n_rows, _tr("put row in test"), _tr("put {n} rows in test"))
        case "aside":
            return counted(n_rows, _tr("set row aside"), _tr("set {n} rows aside"))
    return counted(n_rows, _tr("give row back to the seed"), _tr("give {n} rows back to the seed"))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Bulk", text)
