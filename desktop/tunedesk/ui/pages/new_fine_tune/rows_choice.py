"""Which rows are learned and which are held out: two boxes over the project's datasets."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from PySide6.QtCore import QObject, Signal

from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.project.workspace import DatasetInfo
from tunedesk.services.train.chosen_rows import ChosenRows, Part, RowsPart
from tunedesk.ui.operations import Operations
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.choice_box import ChoiceBox

_PARTS: tuple[Part, ...] = ("train", "test", "both")


class Shelf(Protocol):
    """The project's datasets; `session` is of the one that is open on Data."""

    session: DatasetSession | None

    async def datasets(self) -> list[DatasetInfo]: ...

    async def beside(self, info: DatasetInfo) -> DatasetSession: ...

    async def release(self) -> None: ...


class Pick(NamedTuple):
    """A part of a dataset, by its id."""

    dataset_id: int
    part: Part


class RowsChoice(QObject):
    """`changed()` when other rows are chosen, or the same ones were edited or counted.

    Until the person chooses, they are the two sides of the dataset that is open on Data; others
    are opened beside it, until `leave`.
    """

    changed = Signal()

    def __init__(self, shelf: Shelf, operations: Operations, theme: Theme) -> None:
        super().__init__()
        self._shelf, self._operations = shelf, operations
        self.train_box = ChoiceBox(theme, self.tr("Train on"))
        self.test_box = ChoiceBox(theme, self.tr("Test on"))
        self.chosen: ChosenRows | None = None
        self.failure: TunedeskError | None = None
        self._known: list[DatasetInfo] = []
        self._picks: list[Pick | None] = [None, None]
        self._is_chosen = [False, False]
        self._offered: tuple[list[Pick | None], list[Pick | None]] = ([], [])
        self._sessions: dict[int, DatasetSession] = {}
        self._watched: list[Callable[[], None]] = []
        self._asked = self._visit = 0
        for place, box in enumerate((self.train_box, self.test_box)):
            box.activated.connect(lambda index, place=place: self._choose(place, index))
            box.setMinimumContentsLength(12)
            box.setSizeAdjustPolicy(box.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    @property
    def is_opening(self) -> bool:
        """Whether a dataset that was chosen is on its way."""
        return self.chosen is None and self.failure is None and self._picks[0] is not None

    def enter(self, wanted: str = "", *, has_test: bool = True) -> None:
        """Look which datasets there are, and choose the sides of the one called `wanted`, or of it
        the train rows alone."""
        self._visit += 1
        visit = self._visit
        self._resolve()
        self._operations.run(
            self._shelf.datasets(),
            owner=self.train_box,
            done=lambda infos: self._found(visit, infos, wanted, has_test),
        )

    def forget_choice(self) -> None:
        """Back to the two sides of the dataset that is open on Data."""
        self._is_chosen = [False, False]

    def leave(self, *, keep_open: bool) -> None:
        """Let go of what was opened beside, unless a start still reads it."""
        self._asked += 1
        self._visit += 1
        self._stop_watching()
        if not keep_open:
            self._sessions.clear()
            self.chosen = None
            self._operations.run(self._shelf.release(), owner=self.train_box)

    def show_counts(self, n_train: int, n_test: int) -> None:
        """How many of the chosen rows are valid."""
        for place, n_rows in ((0, n_train), (1, n_test)):
            pick, box = self._picks[place], (self.train_box, self.test_box)[place]
            if pick is not None and box.currentIndex() >= 0:
                box.setItemText(box.currentIndex(), self._words(pick, n_rows))

    # --- inner --------------------------------------------------------------------------

    def _found(self, visit: int, infos: list[DatasetInfo], wanted: str, has_test: bool) -> None:
        if visit != self._visit:
            return
        self._known = infos
        found = next((one for one in infos if one.name == wanted), None)
        if found is not None:
            self._picks = [Pick(found.id, "train"), Pick(found.id, "test") if has_test else None]
            self._is_chosen = [True, True]
        self._resolve()

    def _choose(self, place: int, index: int) -> None:
        self._picks[place] = self._offered[place][index]
        self._is_chosen[place] = True
        self._resolve()

    def _resolve(self) -> None:
        """Open what is chosen and not open yet, then tell."""
        self._fall_back()
        self._fill()
        wanted = {pick.dataset_id for pick in self._picks if pick is not None}
        current = self._shelf.session
        if current is not None:
            self._sessions[current.info.id] = current
        missing = [one for one in self._known if one.id in wanted - set(self._sessions)]
        self.failure = None
        if not missing:
            self._use()
            return
        self.chosen = None
        self.changed.emit()
        self._asked += 1
        asked = self._asked
        self._operations.run(
            self._opened(missing),
            owner=self.train_box,
            done=lambda found: self._have(asked, found),
            failed=lambda error: self._failed(asked, error),
        )

    async def _opened(self, infos: list[DatasetInfo]) -> dict[int, DatasetSession]:
        return {info.id: await self._shelf.beside(info) for info in infos}

    def _have(self, asked: int, found: dict[int, DatasetSession]) -> None:
        if asked == self._asked:
            self._sessions |= found
            self._use()

    def _failed(self, asked: int, error: TunedeskError) -> None:
        if asked == self._asked:
            self.failure = error
            self.changed.emit()

    def _use(self) -> None:
        self._stop_watching()
        parts = [
            RowsPart(self._sessions[pick.dataset_id], pick.part)
            if pick is not None and pick.dataset_id in self._sessions
            else None
            for pick in self._picks
        ]
        self.chosen = None if parts[0] is None else ChosenRows(parts[0], parts[1])
        if self.chosen is not None:
            self._watched = [one.subscribe(self._told) for one in self.chosen.sessions]
        self._told()

    def _told(self) -> None:
        if self.chosen is not None:
            counts = [_n_rows(self.chosen.train)]
            counts.append(0 if self.chosen.test is None else _n_rows(self.chosen.test))
            self.show_counts(*counts)
        self.changed.emit()

    def _stop_watching(self) -> None:
        for forget in self._watched:
            forget()
        self._watched = []

    def _fall_back(self) -> None:
        """What was not chosen, or is not there any more, is of the dataset that is open."""
        current = self._shelf.session
        self._sessions = {
            known: one
            for known, one in self._sessions.items()
            if current is None or known != current.info.id
        }
        there = {one.id for one in self._known} | ({current.info.id} if current else set())
        sides: tuple[Part, Part] = ("train", "test")
        for place, side in enumerate(sides):
            pick = self._picks[place]
            is_gone = pick is not None and pick.dataset_id not in there
            if is_gone or not self._is_chosen[place]:
                self._is_chosen[place] = False
                self._picks[place] = Pick(current.info.id, side) if current is not None else None

    def _fill(self) -> None:
        current = self._shelf.session
        infos = {one.id: one for one in self._known}
        ids = [*([current.info.id] if current is not None else []), *infos]
        parts: list[Pick | None] = [
            Pick(one, part) for one in dict.fromkeys(ids) for part in _PARTS
        ]
        offered = (parts, [*parts, None])
        boxes = (self.train_box, self.test_box)
        for place, (box, picks) in enumerate(zip(boxes, offered, strict=True)):
            self._offered[place][:] = picks
            box.blockSignals(True)
            box.clear()
            box.addItems([self._words(pick, self._n_known(pick)) for pick in picks])
            is_there = self._picks[place] in picks and bool(parts)
            box.setCurrentIndex(picks.index(self._picks[place]) if is_there else -1)
            box.setPlaceholderText(self.tr("no dataset is open"))
            box.setEnabled(bool(parts))
            box.blockSignals(False)

    def _n_known(self, pick: Pick | None) -> int | None:
        """Rows of a part, where they can be told without opening anything."""
        if pick is None:
            return None
        current = self._shelf.session
        if current is not None and current.info.id == pick.dataset_id:
            return _n_rows(RowsPart(current, pick.part))
        if pick.dataset_id in self._sessions:
            return _n_rows(RowsPart(self._sessions[pick.dataset_id], pick.part))
        infos = {one.id: one.n_rows for one in self._known}
        return infos.get(pick.dataset_id) if pick.part == "both" else None

    def _words(self, pick: Pick | None, n_rows: int | None) -> str:
        if pick is None:
            return self.tr("no rows: without a held-out loss")
        sides = {
            "train": self.tr("train"),
            "test": self.tr("test"),
            "both": self.tr("train and test"),
        }
        words = f"{self._name(pick.dataset_id)} · {sides[pick.part]}"
        if n_rows is None:
            return words
        rows = self.tr("1 row") if n_rows == 1 else self.tr("{n} rows").format(n=f"{n_rows:,}")
        return f"{words} · {rows}"

    def _name(self, dataset_id: int) -> str:
        current = self._shelf.session
        if current is not None and current.info.id == dataset_id:
            return current.info.name
        return next((one.name for one in self._known if one.id == dataset_id), "")


def _n_rows(part: RowsPart) -> int:
    """Of rows that are valid or not."""
    counts = part.session.counts()
    sides = {"train": counts.train, "test": counts.test, "both": counts.train + counts.test}
    return sides[part.part]
