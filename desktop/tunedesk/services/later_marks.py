"""What is found out about a row later than its own rules: it makes the row's status worse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tunedesk.services.row_facts import RowFacts
from tunedesk.services.row_marks import PENDING
from tunedesk.services.sparse_rows import SparseRows


class LaterMarks:
    """In layers by name, each replaced by itself. The status without them is kept beside it."""

    def __init__(self, facts: RowFacts) -> None:
        self._facts = facts
        self._layers: dict[str, SparseRows[int]] = {}
        self._before = SparseRows[int]()

    def __contains__(self, layer: str) -> bool:
        """Whether any row has a mark of this layer."""
        return bool(self._layers.get(layer))

    def put(self, layer: str, marks: Mapping[int, int]) -> None:
        """These are all marks (WARNING or ERROR) of the layer, by row."""
        self._unmark()
        self._layers[layer] = SparseRows(marks)
        self._mark()

    def mark_again(self) -> None:
        """Every row has its status without what is known here."""
        self._before.clear()
        self._mark()

    def insert(self, index: int) -> None:
        """A row came in before `index`."""
        for known in self._all():
            known.insert(index)

    def delete(self, index: int) -> None:
        """The row at `index` went."""
        for known in self._all():
            known.delete(index)

    def move(self, first: int, count: int, to: int) -> None:
        """As `MoveRows`: `to` counts without the moved rows."""
        for known in self._all():
            known.move(first, count, to)

    def take(self, order: Sequence[int]) -> None:
        """Row `i` becomes what was row `order[i]`, NEW one of which nothing is known."""
        for known in self._all():
            known.take(order)

    def forget(self, rows: Iterable[int]) -> None:
        """These have other bytes now."""
        changed = set(rows)
        for known in self._all():
            known.forget(changed)

    def _all(self) -> tuple[SparseRows[int], ...]:
        return (*self._layers.values(), self._before)

    def _unmark(self) -> None:
        self._facts.set_status(self._before)
        self._before.clear()

    def _mark(self) -> None:
        status, marked = self._facts.status, dict[int, int]()
        for layer in self._layers.values():
            for row, mark in layer.items():
                if PENDING < marked.get(row, status[row]) < mark:
                    self._before.setdefault(row, status[row])
                    marked[row] = mark
        self._facts.set_status(marked)
