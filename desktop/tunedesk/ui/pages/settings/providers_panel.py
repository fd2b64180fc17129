"""The list of providers: the engine here, the person's own, and a menu to add one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import date
from functools import partial
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from tunedesk.core.speech import said
from tunedesk.services.providers.fact_tables import FactTables, PriceTable, RetirementTable
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.providers.model_shelf import ModelShelf
from tunedesk.services.providers.setup import Profile, ProviderSetup, ProviderView
from tunedesk.services.train.refusals import ClosingDates
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.settings.engine_card import EngineCard
from tunedesk.ui.pages.settings.key_dialog import KeyDialog
from tunedesk.ui.pages.settings.provider_card import ProviderCard
from tunedesk.ui.pages.settings.provider_dialog import ProviderDialog
from tunedesk.ui.pages.settings.section import section
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask, finished
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row
from tunedesk.ui.widgets.notice import Notice

_NO_ENDS = RetirementTable(as_of=date.min, source="", models=())


class ProvidersPanel(QWidget):
    """Follows the services; a card stays the same widget as long as its provider is there.
    `files_asked(provider_id)`: what lies there is to be shown."""

    files_asked = Signal(str)

    def __init__(
        self,
        *,
        setup: ProviderSetup,
        tables: FactTables,
        engine: LocalEngine,
        shelf: ModelShelf,
        operations: Operations,
        ask: Ask,
        theme: Theme,
        memory: Memory,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._setup, self._operations, self._ask = setup, operations, ask
        self._theme, self._memory = theme, memory
        self._tables, self._ends = tables, ClosingDates(_NO_ENDS)
        self._has_project = False
        self.engine = EngineCard(engine, shelf, operations, ask)
        self.found = Notice()
        self.add = self._add_button()
        self.cards: dict[str, ProviderCard] = {}
        self._tests: dict[str, asyncio.Task[Any]] = {}
        self._list: QVBoxLayout = column(spacing=14)
        holder = QWidget()
        holder.setLayout(self._list)
        self._scroll = section(self.found, self.engine, holder, _left(self.add))
        self.setLayout(column(self._scroll, spacing=0))
        unsubscribe = setup.subscribe(self.refresh)
        self.destroyed.connect(lambda: unsubscribe())
        self.refresh()

    def _add_button(self) -> QPushButton:
        made = button(self.tr("+ Add a provider…"), name=self.tr("Add a provider"))
        menu = QMenu(made)
        for preset in self._setup.presets():
            menu.addAction(said(preset.name), partial(self.begin, preset.id))
        made.setMenu(menu)
        return made

    # -- showing -------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show every provider as it is now."""
        views = {view.profile.id: view for view in self._setup.views()}
        for provider_id in [known for known in self.cards if known not in views]:
            self._stop(provider_id)
            self.cards.pop(provider_id).deleteLater()
        for provider_id, view in views.items():
            if provider_id not in self.cards:
                self.cards[provider_id] = self._card(provider_id)
            self.cards[provider_id].show_view(view, self._ends.last_day(view.profile))
            self.cards[provider_id].allow_files(self._has_project)
        self._show_found()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look_again()

    def look_again(self) -> None:
        """The table of ends may have been edited."""
        asked = self._tables.state(RetirementTable, date.today())
        self._operations.run(asked, owner=self, done=lambda state: self._know(state.table))

    def _know(self, table: PriceTable | RetirementTable) -> None:
        if isinstance(table, RetirementTable):
            self._ends = ClosingDates(table)
            self.refresh()

    def allow_files(self, has_project: bool) -> None:
        """Whether a project is open, which knows what uses a provider's files."""
        self._has_project = has_project
        for card in self.cards.values():
            card.allow_files(has_project)

    def _card(self, provider_id: str) -> ProviderCard:
        card = ProviderCard()
        card.test_asked.connect(lambda: self.test(provider_id))
        card.stop_asked.connect(lambda: self._stop(provider_id))
        card.edit_asked.connect(lambda: self._edit(provider_id))
        card.key_asked.connect(lambda: self._run(self._replace_key(provider_id)))
        card.look_asked.connect(self._setup.load_keys)
        card.remove_asked.connect(lambda: self._run(self._remove(provider_id)))
        card.files_asked.connect(lambda: self.files_asked.emit(provider_id))
        self._list.addWidget(card)
        QWidget.setTabOrder(card.answers.raw, self.add)  # which was there before
        return card

    def _show_found(self) -> None:
        host = self._setup.found_for
        if not host:
            self.found.hide()
            return
        told = self.tr(
            "A key for {host} was in the environment (OPENAI_API_KEY). Tunedesk took it out of its "
            "own environment, uses it for nothing, and can keep it in the keyring."
        )
        self.found.tell(
            told.format(host=host),
            (self.tr("Keep it for {host}").format(host=host), self._take_found),
            (self.tr("Do not use it"), self._setup.drop_found),
            kind="info",
        )

    # -- doing ---------------------------------------------------------------------------------

    def begin(self, preset_id: str) -> None:
        """Ask for what a new provider of this preset needs."""
        self._open(self._setup.draft(preset_id), "", is_new=True)

    def _edit(self, provider_id: str) -> None:
        view = self._view(provider_id)
        self._open(view.profile, view.key.hint, is_new=False)

    def _open(self, profile: Profile, key_hint: str, *, is_new: bool) -> None:
        dialog = ProviderDialog(
            setup=self._setup,
            profile=profile,
            key_hint=key_hint,
            is_new=is_new,
            theme=self._theme,
            memory=self._memory,
            parent=self.window(),
        )
        dialog.filled.connect(partial(self._put, dialog, is_new))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _put(
        self,
        dialog: ProviderDialog,
        is_new: bool,
        profile: Profile,
        key: str,
        secrets: Mapping[str, str],
    ) -> None:
        def done(_: None) -> None:
            dialog.accept()
            if is_new:
                self.cards[profile.id].test.setFocus()
                self._show_whole(profile.id)
            if is_new and not (profile.needs_key and not key):
                self.test(profile.id)

        self._operations.run(
            self._setup.put(profile, key, secrets),
            owner=dialog,
            done=done,
            failed=dialog.show_problem,
        )

    def test(self, provider_id: str) -> None:
        """Ask what it offers; the card says Stop meanwhile."""
        if provider_id in self._tests:
            return
        card = self.cards[provider_id]
        card.show_testing(True)
        asked = self._setup.test(provider_id)
        task = self._operations.run(asked, owner=card, failed=self._ask.tell)
        self._tests[provider_id] = task
        task.add_done_callback(lambda ended: self._tested(provider_id, ended))

    def _tested(self, provider_id: str, ended: asyncio.Task[Any]) -> None:
        if self._tests.get(provider_id) is not ended:
            return
        del self._tests[provider_id]
        card = self.cards.get(provider_id)
        if card is not None and isValid(card):
            card.show_testing(False)
            self._show_whole(provider_id)

    def _show_whole(self, provider_id: str) -> None:
        """Scroll to the card that the person is at, once it has the height of its answers."""
        card, at = self.cards[provider_id], self.window().focusWidget()
        if at is not None and card.isAncestorOf(at):
            QTimer.singleShot(0, card, lambda: self._scroll.ensureWidgetVisible(card, 0, 14))

    def _stop(self, provider_id: str) -> None:
        task = self._tests.get(provider_id)
        if task is not None:
            task.cancel()

    async def _replace_key(self, provider_id: str) -> None:
        dialog = KeyDialog(self._view(provider_id), self._memory, self.window())
        await finished(dialog)
        entered = dialog.entered
        dialog.key.clear()
        dialog.deleteLater()
        if entered and provider_id in self.cards:
            self._setup.replace_key(provider_id, entered)
            self.test(provider_id)

    async def _remove(self, provider_id: str) -> None:
        view = self._view(provider_id)
        name = view.profile.name
        stays = self.tr(
            "Jobs and votes made with it stay in your projects; what it stores itself (files, "
            "jobs, models) stays there."
        )
        key = self.tr("Its key is deleted from the keyring.") if view.key.hint else ""
        if view.key.kept == "session":
            key = self.tr("Its key is forgotten.")
        told = f"{key} {stays}".strip()
        title = self.tr("Remove {name}?").format(name=name)
        if await self._ask.confirm(title, told, self.tr("Remove"), danger=True):
            await self._setup.remove(provider_id)

    def _take_found(self) -> None:
        self._run(self._setup.take_found())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._operations.run(work, owner=self, failed=self._ask.tell)

    def _view(self, provider_id: str) -> ProviderView:
        return next(view for view in self._setup.views() if view.profile.id == provider_id)


def _left(widget: QWidget) -> QWidget:
    holder = QWidget()
    holder.setLayout(row(widget, None))
    return holder
