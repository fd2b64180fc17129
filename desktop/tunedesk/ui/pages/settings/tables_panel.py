"""The dated tables: prices, and when models end. How old each is, and a copy for editing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from tunedesk.core.speech import said
from tunedesk.services.providers.fact_tables import (
    FactTables,
    PriceTable,
    RetirementTable,
    TableState,
)
from tunedesk.ui.files.folders import open_place
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.settings.section import section
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, KeyValues, column, row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.words import age

Kind = type[PriceTable] | type[RetirementTable]


def _tr(text: str) -> str:
    return QCoreApplication.translate("TablesPanel", text)


class TableCard(Card):
    """One table: its age and owner in a sentence, its lines, and what can be done with it."""

    def __init__(self, title: str, copy: Callable[[], object], back: Callable[[], object]) -> None:
        super().__init__(title)
        self.told = PlainLabel("", "second", wrap=True)
        self.problem = PlainLabel("", "second-error", wrap=True)
        self.values = KeyValues()
        name = self.tr("Edit a copy of: {title}").format(title=title)
        self.edit = button(self.tr("Edit a copy"), copy, name=name)
        name = self.tr("Back to the shipped table: {title}").format(title=title)
        self.back = button(self.tr("Back to the shipped table"), back, look="quiet", name=name)
        for part in (self.told, self.problem, self.values):
            self.body.addWidget(part)
        self.body.addLayout(row(self.edit, self.back, None))
        self.problem.hide()
        self.back.hide()

    def show_state(self, state: TableState) -> None:
        """Show the table as it counts now."""
        whose = _tr("Your own copy: {path}").format(path=state.own_path)
        words = _tr("As of {day}, {age}. {whose} Source: {source}.")
        self.told.setText(
            words.format(
                day=state.table.as_of.isoformat(),
                age=age(state.days_old),
                whose=f"{whose}." if state.is_own else _tr("Shipped with Tunedesk."),
                source=_source(state.table),
            )
        )
        wrong = _tr("{path} cannot be read, so the shipped table counts: {why}")
        self.problem.setText(wrong.format(path=state.own_path, why=state.problem))
        self.problem.setVisible(bool(state.problem))
        has_copy = state.is_own or bool(state.problem)
        self.edit.setText(self.tr("Open the copy") if has_copy else self.tr("Edit a copy"))
        self.back.setVisible(has_copy)
        for name, value in _lines(state.table):
            self.values.set(name, value)


class TablesPanel(QWidget):
    """`look_again` reads the tables anew, as being shown does. `changed()` after it made or put
    away a copy."""

    changed = Signal()

    def __init__(
        self,
        *,
        tables: FactTables,
        operations: Operations,
        ask: Ask,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tables, self._operations, self._ask = tables, operations, ask
        self.prices = self._card(self.tr("Prices of training"), PriceTable)
        self.ends = self._card(self.tr("Ends of models"), RetirementTable)
        told = self.tr(
            "Prices and dates age: what the provider says counts. A copy is used in place of the "
            "shipped table, as soon as it is saved."
        )
        self.setLayout(
            column(
                section(PlainLabel(told, "second", wrap=True), self.prices, self.ends), spacing=0
            )
        )

    def _card(self, title: str, kind: Kind) -> TableCard:
        return TableCard(title, partial(self._edit, kind), partial(self._forget, kind))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._load()

    def look_again(self) -> None:
        """The tables may have been edited."""
        if self.isVisible():
            self._load()

    def _load(self) -> None:
        today = date.today()
        both: tuple[tuple[Kind, TableCard], ...]
        both = (PriceTable, self.prices), (RetirementTable, self.ends)
        for kind, card in both:
            asked = self._tables.state(kind, today)
            self._operations.run(asked, owner=card, done=card.show_state)

    def _edit(self, kind: Kind) -> None:
        def opened(path: Path) -> None:
            open_place(path, self._ask)
            self._did()

        self._operations.run(
            self._tables.copy(kind), owner=self, done=opened, failed=self._ask.tell
        )

    def _forget(self, kind: Kind) -> None:
        self._operations.run(
            self._tables.forget(kind),
            owner=self,
            done=lambda _: self._did(),
            failed=self._ask.tell,
        )

    def _did(self) -> None:
        self._load()
        self.changed.emit()


def _source(table: PriceTable | RetirementTable) -> str:
    if isinstance(table, RetirementTable):
        return said(table.source)
    told = dict.fromkeys(said(price.source) for price in table.prices)
    bases = dict.fromkeys(said(price.base_source) for price in table.prices if price.base_source)
    words = _tr("prices of asking base models {source}")
    return "; ".join([*told, *(words.format(source=source) for source in bases)])


def _closing(table: RetirementTable) -> list[tuple[str, date]]:
    return sorted(table.no_new_jobs_after.items())


def _lines(table: PriceTable | RetirementTable) -> list[tuple[str, str]]:
    if isinstance(table, RetirementTable):
        closing = _tr("{provider}: last day of new jobs")
        return [
            *((closing.format(provider=who), day.isoformat()) for who, day in _closing(table)),
            *((one.model, one.ends.isoformat()) for one in table.models),
        ]
    words = _tr("${price} a million trained tokens")
    return [
        (said(price.label), words.format(price=f"{price.usd_per_million_trained_tokens:,.2f}"))
        for price in table.prices
    ]
