"""Where things are, who may be asked, how it looks, and what leaves this computer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame, QStackedWidget, QWidget

from tunedesk.services.project.places import Places
from tunedesk.services.project.self_check import SelfCheck
from tunedesk.services.providers.fact_tables import FactTables
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.providers.model_shelf import ModelShelf
from tunedesk.services.providers.setup import ProviderSetup
from tunedesk.services.work.background import Background
from tunedesk.ui.language import Choice
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.settings.about_card import AboutCard, PartsCard
from tunedesk.ui.pages.settings.appearance_card import AppearanceCard
from tunedesk.ui.pages.settings.check_card import CheckCard
from tunedesk.ui.pages.settings.data_cards import FoldersCard, LeavesCard
from tunedesk.ui.pages.settings.language_card import LanguageCard
from tunedesk.ui.pages.settings.notices_card import NoticesCard
from tunedesk.ui.pages.settings.providers_panel import ProvidersPanel
from tunedesk.ui.pages.settings.section import section
from tunedesk.ui.pages.settings.tables_panel import TablesPanel
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import Appearance
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row, rule
from tunedesk.ui.widgets.page import Page

_MENU_PX = 176
_SECTION_OF = {"add_model": 0, "appearance": 2}


class SettingsPage(Page):
    """`remember(appearance)` and `choose_language(choice)` are called when another one was chosen;
    `has_page(id)` says whether a page can be shown now."""

    def __init__(
        self,
        *,
        setup: ProviderSetup,
        tables: FactTables,
        engine: LocalEngine,
        shelf: ModelShelf,
        places: Places,
        operations: Operations,
        ask: Ask,
        theme: Theme,
        memory: Memory,
        remember: Callable[[Appearance], None],
        check: SelfCheck,
        background: Background,
        language: Choice = "system",
        choose_language: Callable[[Choice], None] = lambda _choice: None,
        has_page: Callable[[str], bool] = lambda _page_id: False,
    ) -> None:
        super().__init__("Settings")
        self.set_title(self.tr("Settings"))
        self.header.addStretch()
        self._sections = QStackedWidget()
        self._group = QButtonGroup(self)
        self._menu = column(spacing=2, margins=(14, 14, 14, 14))
        self.providers = ProvidersPanel(
            setup=setup,
            tables=tables,
            engine=engine,
            shelf=shelf,
            operations=operations,
            ask=ask,
            theme=theme,
            memory=memory,
        )
        self._has_page = has_page
        self._is_adding = False
        self.providers.files_asked.connect(lambda one: self.navigate.emit("files", one))
        self.tables = TablesPanel(tables=tables, operations=operations, ask=ask)
        appearance = AppearanceCard(theme, remember)
        self.notices = NoticesCard(memory)
        self._add_section(self.tr("Providers"), self.providers)
        self._add_section(self.tr("Prices & dates"), self.tables)
        spoken = LanguageCard(language, choose_language)
        self._add_section(self.tr("Appearance"), section(appearance, spoken, self.notices))
        self._add_section(
            self.tr("Data & privacy"), section(LeavesCard(), FoldersCard(places, ask))
        )
        self._add_section(
            self.tr("About"), self._about(check, FoldersCard(places, ask), operations, background)
        )
        self._menu.addStretch()
        self._arrange()
        self._group.buttons()[0].setChecked(True)

    def _about(
        self,
        check: SelfCheck,
        folders: FoldersCard,
        operations: Operations,
        background: Background,
    ) -> QWidget:
        self.check = CheckCard(check, operations)
        self.parts = PartsCard(operations, background)
        return section(AboutCard(), self.check, folders, self.parts)

    def _arrange(self) -> None:
        menu = QFrame()
        menu.setLayout(self._menu)
        menu.setFixedWidth(_MENU_PX)
        body = row(menu, rule(vertical=True), self._sections, spacing=0)
        body.setStretch(2, 1)
        self.outer.addLayout(body, 1)

    def _add_section(self, title: str, content: QWidget) -> None:
        number = self._sections.count()
        self._sections.addWidget(content)
        choice = button(title, lambda: self._sections.setCurrentIndex(number), look="rail")
        choice.setCheckable(True)
        self._group.addButton(choice)
        self._menu.addWidget(choice)

    def sections(self) -> list[QAbstractButton]:
        """The buttons of the sections, top to bottom."""
        return self._group.buttons()

    def on_enter(self, payload: object = None) -> None:
        """`payload`: "add_model" leads to the button that adds a base model, "appearance" to the
        looks and the language."""
        if payload in _SECTION_OF:
            self._group.buttons()[_SECTION_OF[str(payload)]].click()
        self._is_adding = payload == "add_model"
        self.providers.allow_files(self._has_page("files"))

    def first_focus(self) -> QWidget | None:
        if self._is_adding:
            return self.providers.engine.add
        return self._group.checkedButton()
