"""The chips above the rows: each leaves a kind of rows, and takes rows that are dropped on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QButtonGroup, QPushButton, QScrollArea, QSizePolicy, QWidget

from tunedesk.core.rows import VOTES_TAG
from tunedesk.services.dataset.session import Counts
from tunedesk.ui.files.few_words import rows_words
from tunedesk.ui.pages.data.row_drag import DraggedRows, dragged_rows
from tunedesk.ui.widgets.check_button import CheckButton
from tunedesk.ui.widgets.layout import row
from tunedesk.ui.widgets.tips import set_tip

_ASKING = "asking:"
_TAKES_ROWS = ("train", "test", "aside")


class _Chip(CheckButton):
    """`rows_dropped(DraggedRows)` for chips that take rows; `hovered(DraggedRows | None)`."""

    rows_dropped = Signal(object)
    hovered = Signal(object)

    def __init__(self, takes_rows: bool) -> None:
        super().__init__()
        self.setProperty("look", "filter")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setAcceptDrops(takes_rows)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def say(self, text: str) -> None:
        self.setText(text.replace("&", "&&"))
        self.setAccessibleName(text)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        rows = dragged_rows(event.mimeData())
        if rows is not None:
            event.acceptProposedAction()
            self._light(rows)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._light(None)

    def dropEvent(self, event: QDropEvent) -> None:
        self._light(None)
        rows = dragged_rows(event.mimeData())
        if rows is not None:
            event.acceptProposedAction()
            self.rows_dropped.emit(rows)

    def _light(self, rows: DraggedRows | None) -> None:
        self.setProperty("drop", rows is not None)
        self.style().unpolish(self)
        self.style().polish(self)
        self.hovered.emit(rows)


class FilterChips(QScrollArea):
    """`chosen(chip)` with a chip's name, as `ViewWish.chip` has it.

    `rows_dropped(chip, DraggedRows)`; `hinted(words)` says before what a drop does. Scrolls
    sideways where there are many tags.
    """

    chosen = Signal(str)
    rows_dropped = Signal(str, object)
    hinted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self.chips: dict[str, QPushButton] = {}
        inside = self._inside = QWidget()
        inside.setObjectName("scrollBody")
        self._line = row(spacing=6)
        inside.setLayout(self._line)
        for chip in ("all", "train", "test", "aside", "problems"):
            self._add(chip)
        self._line.addStretch()
        self.chips["all"].setChecked(True)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self._inside.sizeHint().width(), 30)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 30)

    def _add(self, chip: str) -> None:
        made = _Chip(chip in _TAKES_ROWS or chip.startswith("tag:"))
        made.clicked.connect(lambda _=False: self.chosen.emit(chip))
        made.rows_dropped.connect(lambda rows: self.rows_dropped.emit(chip, rows))
        made.hovered.connect(lambda rows: self.hinted.emit(self._hint(chip, rows)))
        self.chips[chip] = made
        self._group.addButton(made)
        if ":" in chip:
            self._line.insertWidget(self._line.count() - 1, made)
        else:
            self._line.addWidget(made)

    def _hint(self, chip: str, over: DraggedRows | None) -> str:
        if over is None:
            return ""
        words = {
            "train": self.tr("Put {rows} in train"),
            "test": self.tr("Put {rows} in test"),
            "aside": self.tr("Set {rows} aside"),
        }.get(chip, self.tr("Tag {rows} as {tag}"))
        return words.format(rows=rows_words(over.n_rows), tag=chip.removeprefix("tag:"))

    @property
    def chip(self) -> str:
        """The one that is pressed."""
        return next((name for name, made in self.chips.items() if made.isChecked()), "all")

    def choose(self, chip: str) -> None:
        """Press a chip without a signal."""
        self.chips.get(chip, self.chips["all"]).setChecked(True)

    def show_asking(self, words: str, digests: Sequence[str]) -> None:
        """Add and press a chip for the rows of these prompts, instead of one there was before."""
        self.forget_asking()
        chip = _ASKING + ",".join(digests)
        self._add(chip)
        self._say(chip, words)
        self.chips[chip].setChecked(True)
        self.updateGeometry()
        self.chosen.emit(chip)

    def forget_asking(self) -> None:
        """Take such a chip away."""
        for chip in [c for c in self.chips if c.startswith(_ASKING)]:
            self._remove(chip)

    def show_counts(self, counts: Counts, tags: Mapping[str, int]) -> None:
        """Live figures; "set aside" only where there is one, or it is chosen."""
        numbers = {
            "all": (self.tr("All {n}"), counts.all),
            "train": (self.tr("Train {n}"), counts.train),
            "test": (self.tr("Test {n}"), counts.test),
            "aside": (self.tr("Set aside {n}"), counts.aside),
            "problems": (self.tr("Problems {n}"), counts.problems),
        }
        for name, (words, n_rows) in numbers.items():
            self._say(name, words.format(n=f"{n_rows:,}"))
        for name in ("train", "test", "aside"):
            set_tip(self.chips[name], self.tr("Rows dropped here go to this side"))
        self._show_tags(tags)
        self.updateGeometry()  # the words inside decide how wide it wants to be

    def _show_tags(self, tags: Mapping[str, int]) -> None:
        wanted = {f"tag:{tag}": n_rows for tag, n_rows in tags.items()}
        for chip in [c for c in self.chips if c.startswith("tag:") and c not in wanted]:
            self._remove(chip)
        for chip, n_rows in wanted.items():
            if chip not in self.chips:
                self._add(chip)
            tag = chip.removeprefix("tag:")
            words = self.tr("From votes") if tag == VOTES_TAG else tag
            self._say(chip, f"{words} {n_rows:,}")

    def _say(self, chip: str, text: str) -> None:
        made = self.chips[chip]
        assert isinstance(made, _Chip)
        made.say(text)

    def _remove(self, chip: str) -> None:
        gone = self.chips.pop(chip)
        was_chosen = gone.isChecked()
        self._group.removeButton(gone)
        gone.hide()
        gone.deleteLater()
        if was_chosen:
            self.chips["all"].setChecked(True)
            self.chosen.emit("all")
