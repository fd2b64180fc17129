"""The Models page: a table of all models, when they end, and what can be done with each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QButtonGroup, QMenu, QPushButton, QTableView

from tunedesk.core.errors import TunedeskError
from tunedesk.core.retirement import RetirementTable, base_of
from tunedesk.core.speech import said
from tunedesk.services.compare.comparison import Contender
from tunedesk.services.providers.model_list import ModelList, ModelRow, ModelsFound
from tunedesk.services.train.base_choosing import load_candidates
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.models.choosing import ChoosingDialog
from tunedesk.ui.pages.models.models_model import Column, ModelsModel
from tunedesk.ui.pages.models.models_table import ModelsTable
from tunedesk.ui.retirement_words import retirement_words
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, column, row
from tunedesk.ui.widgets.named_keys import keyed, named_key
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit
from tunedesk.ui.words import date_words, in_days


class ModelsPage(Page):
    """Asks every provider each time it is shown; what it knew stays until the answers are there."""

    def __init__(
        self,
        *,
        models: ModelList,
        n_rows: Callable[[], int],
        operations: Operations,
        ask: Ask,
        theme: Theme,
        memory: Memory,
        now_ms: Callable[[], int],
    ) -> None:
        """`n_rows`: of the dataset that is open, 0 for none."""
        super().__init__("Models")
        self.set_title(self.tr("Models"))
        self.setAccessibleName(self.tr("Models"))
        self._models, self._n_rows, self._operations, self._ask = models, n_rows, operations, ask
        self._theme, self._memory = theme, memory
        self._generation = 0
        self._ends: RetirementTable | None = None
        self.lines = ModelsModel(now_ms, self)
        self.table = ModelsTable(self.lines, theme)
        self.ending = Notice()
        self.problem = Notice()
        self.retired = Notice()
        self.foot = PlainLabel("", "second", wrap=True)
        self.search = LineEdit()
        self.search.setPlaceholderText(self.tr("Search…"))
        self.search.setAccessibleName(self.tr("Search models"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(230)
        self.chips: dict[str, QPushButton] = {}
        self._arrange()
        self._wire()

    def _arrange(self) -> None:
        group = QButtonGroup(self)
        for chip in ("all", "tuned", "ending"):
            made = self.chips[chip] = button("", look="filter", name=chip)
            group.addButton(made)
            made.clicked.connect(lambda _=False: self._filter())
            self.header.addWidget(made)
        self.chips["all"].setChecked(True)
        self.header.addStretch()
        self.choosing = button(self.tr("Help me choose…"), self._choose, look="link")
        self.saving = button(
            self.tr("Save my fine-tuning…"), lambda: self.navigate.emit("rescue", None)
        )
        self.adding = button(
            self.tr("Add a local model…"), lambda: self.navigate.emit("settings", "add_model")
        )
        for part in (self.search, self.saving, self.adding):
            self.header.addWidget(part)
        card = Card()
        card.body.setContentsMargins(1, 1, 1, 1)
        card.body.addWidget(self.table)
        foot = row(self.foot, self.choosing)
        foot.setStretch(0, 1)
        self.retired.hide()
        parts = (self.ending, self.problem, self.retired, card, foot)
        body = column(*parts, spacing=14, margins=(20, 16, 20, 16))
        body.setStretchFactor(card, 1)
        self.outer.addLayout(body, 1)
        self._count(())

    def _wire(self) -> None:
        self.search.textChanged.connect(lambda _text: self._filter())
        self.table.clicked.connect(self._clicked)
        self.table.activated.connect(lambda index: self._act(self.lines.line(index.row())))
        self.table.customContextMenuRequested.connect(self._open_menu)
        standard = QKeySequence.StandardKey
        for keys, name, act in (
            (standard.Find, self.search.accessibleName(), self.search.setFocus),
            (standard.Refresh, self.tr("Ask again"), self._load),
            (standard.Delete, self.tr("Delete…"), self._delete_chosen),
        ):
            named_key(self, keys, name, act)

    # -- what there is -------------------------------------------------------------------------

    def on_enter(self, payload: object = None) -> None:
        """`payload`: "choose" opens the help for choosing a base model."""
        self._load()
        if payload == "choose":
            self._choose()

    def tables_changed(self) -> None:
        """Prices or ends are others than before."""
        if self.isVisible():
            self._load()

    def first_focus(self) -> QTableView:
        return self.table

    def _load(self) -> None:
        self._generation += 1
        asked = self._generation
        if not self.lines.rowCount():
            self.foot.setText(self.tr("Asking the providers…"))
        self._operations.run(
            self._models.load(),
            owner=self,
            done=lambda found: self._show(found) if asked == self._generation else None,
        )

    def _show(self, found: ModelsFound) -> None:
        chosen = self._chosen()
        self._ends = found.ends
        self.lines.show_rows(found.rows)
        self._count(found.rows)
        line = self.lines.line_of(chosen.provider_id, chosen.model) if chosen else 0
        if self.lines.rowCount():
            self.table.selectRow(max(line, 0))
        self._show_ending([row for row in found.rows if row.is_ending and row.kind != "base"])
        self._show_problems(found)
        words = self.tr(
            "End dates come from each provider's model list where it gives them, else from the "
            "table of {day}."
        )
        self.foot.setText(words.format(day=date_words(found.ends.as_of)))

    def _count(self, rows: Sequence[ModelRow]) -> None:
        numbers = {
            "all": (self.tr("All {n}"), len(rows)),
            "tuned": (self.tr("Tuned {n}"), sum(row.kind == "tuned" for row in rows)),
            "ending": (self.tr("Ending soon {n}"), sum(row.is_ending for row in rows)),
        }
        for chip, (words, n) in numbers.items():
            self.chips[chip].setText(words.format(n=f"{n:,}"))
            self.chips[chip].setAccessibleName(words.format(n=f"{n:,}"))

    def _show_ending(self, rows: list[ModelRow]) -> None:
        """The nearest end of a tuned model, with all that end on that day."""
        coming = [row for row in rows if not row.has_ended and row.ends is not None]
        if not coming:
            self.ending.hide()
            return
        first = min(coming, key=lambda row: row.ends or date.max)
        n = sum(row.ends == first.ends for row in coming)
        words = (
            self.tr("1 of your tuned models stops answering on {day}, {left}.")
            if n == 1
            else self.tr("{n} of your tuned models stop answering on {day}, {left}.")
        )
        last_day, left = date_words(first.ends or date.max), in_days(first.days_left or 0)
        said = words.format(n=n, day=last_day, left=left)
        provider_id = first.provider_id
        save = self.tr("Save my {provider} fine-tuning…").format(provider=first.provider)
        self.ending.tell(said, (save, lambda: self.navigate.emit("rescue", provider_id)))

    def _show_problems(self, found: ModelsFound) -> None:
        if not found.problems:
            self.problem.hide()
            return
        lines = [
            f"{said(name)}: {error.title} {error.what}" for name, error in found.problems.items()
        ]
        self.problem.tell("\n".join(lines), (self.tr("Ask again"), self._load))

    def _filter(self) -> None:
        chip = next((name for name, made in self.chips.items() if made.isChecked()), "all")
        self.lines.filter(chip, self.search.text())
        if self.lines.rowCount():
            self.table.selectRow(0)
        self._show_retired(self.search.text().strip())

    def _show_retired(self, name: str) -> None:
        """What is known of a model whose name was typed, also where nobody offers it any more."""
        known = self._ends.of(name) if self._ends is not None and name else None
        self.retired.setVisible(known is not None)
        if known is not None:
            self.retired.tell(retirement_words(name, known, date.today()), kind="info")

    # -- what can be done ----------------------------------------------------------------------

    def _chosen(self) -> ModelRow | None:
        index = self.table.currentIndex()
        is_there = index.isValid() and index.row() < self.lines.rowCount()
        return self.lines.line(index.row()) if is_there else None

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == Column.ACT:
            self._act(self.lines.line(index.row()))

    def _act(self, row: ModelRow) -> None:
        if row.has_ended:
            return
        if row.kind == "base":
            self.navigate.emit("new_fine_tune", (row.provider_id, row.model))
        else:
            self._compare(row)

    def _chat(self, row: ModelRow) -> None:
        self.navigate.emit("chat", (_contender(row),))

    def _compare(self, row: ModelRow) -> None:
        tuned = _contender(row)
        if tuned.is_frozen:  # its base ends with it: whatever stands first takes its place
            self.navigate.emit("compare", (None, tuned))
            return
        base_id = base_of(row.model)
        base = Contender(provider_id=row.provider_id, model=base_id, label=base_id, kind="base")
        self.navigate.emit("compare", (base, tuned))

    def menu_of(self, row: ModelRow) -> QMenu:
        """What can be done with a model."""
        menu = QMenu(self.table)
        add = menu.addAction
        act = self.lines.act_words(row)
        if act:
            add(act, partial(self._act, row))
        if not row.has_ended and not row.is_frozen:
            add(self.tr("Chat with it"), partial(self._chat, row))
        if row.job_id:
            add(self.tr("Show its job"), lambda: self.navigate.emit("train", row.job_id))
        add(self.tr("Copy its id"), lambda: QGuiApplication.clipboard().setText(row.model))
        if row.kind != "base":
            menu.addSeparator()
            add(keyed(self.tr("Delete…"), "Del"), partial(self._delete, row))
        return menu

    def offered_menu(self) -> QMenu | None:
        index = self.table.currentIndex()
        return self.menu_of(self.lines.line(index.row())) if index.isValid() else None

    def _open_menu(self, at: QPoint) -> None:
        index = self.table.indexAt(at)
        if not index.isValid():
            return
        menu = self.menu_of(self.lines.line(index.row()))
        menu.aboutToHide.connect(menu.deleteLater, Qt.ConnectionType.QueuedConnection)
        menu.popup(self.table.viewport().mapToGlobal(at))

    def _delete_chosen(self) -> None:
        row = self._chosen()
        if row is not None and row.kind != "base":
            self._delete(row)

    def _delete(self, row: ModelRow) -> None:
        self._operations.run(self._confirm_and_delete(row), owner=self, failed=self._not_deleted)

    async def _confirm_and_delete(self, row: ModelRow) -> None:
        words = self.tr(
            "{model} is deleted at {place} and cannot be brought back; it can only be trained "
            "again. The job's record, its curve, and the votes and answers stay."
        )
        if row.is_local:
            words = self.tr(
                "{model} is deleted from this computer and cannot be brought back; it can only be "
                "trained again. The job's record, its curve, and the votes and answers stay."
            )
        text = words.format(model=row.label, place=row.provider)
        title = self.tr("Delete {model}?").format(model=row.label)
        if row.kept_as:
            text += " " + self.tr("It is one of those you keep.")
        if row.is_frozen:
            words = self.tr(
                "The {n} kept answers leave this project. If the model has ended, nobody can give "
                "them again. Votes and the answers they were about stay."
            )
            text = words.format(n=f"{row.n_prompts:,}")
            title = self.tr("Delete the kept answers of {model}?").format(model=row.label)
        if await self._ask.confirm(title, text, self.tr("Delete"), danger=True):
            await self._models.delete(row)
            self._load()

    def _not_deleted(self, error: TunedeskError) -> None:
        self._ask.tell(error)
        self._load()

    def _choose(self) -> None:
        dialog = ChoosingDialog(
            self.window(),
            self._theme,
            self._memory,
            load_candidates(),
            date.today(),
            self._n_rows(),
        )
        dialog.finished.connect(lambda _code: dialog.deleteLater())
        dialog.open()


def _contender(row: ModelRow) -> Contender:
    return Contender(provider_id=row.provider_id, model=row.model, label=row.label, kind=row.kind)
