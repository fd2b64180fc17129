"""Where things are, how they look, and what leaves this computer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QPushButton,
    QStackedWidget,
    QWidget,
)

from tunedesk import __version__
from tunedesk.services.local_engine import EngineStatus, LocalEngine
from tunedesk.services.places import Places
from tunedesk.ui.operations import Operations
from tunedesk.ui.theme import Theme
from tunedesk.ui.theme.theme import Appearance
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import Card, column, row, scrolled
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.widgets.text import PlainLabel

_STATE_LOOKS = {"ready": "chip-ok", "starting": "chip", "stopped": "chip"}


class SettingsPage(Page):
    """`remember(appearance)` is called when another appearance was chosen."""

    def __init__(
        self,
        *,
        engine: LocalEngine,
        places: Places,
        operations: Operations,
        theme: Theme,
        remember: Callable[[Appearance], None],
    ) -> None:
        super().__init__("Settings")
        self.title_label.setText(self.tr("Settings"))
        self.header.addStretch()
        self._engine, self._places, self._operations = engine, places, operations
        self._theme, self._remember = theme, remember
        self._sections = QStackedWidget()
        self._group = QButtonGroup(self)
        self._menu = column(spacing=2, margins=(14, 14, 14, 14))
        self._add_section(self.tr("Providers"), self._providers())
        self._add_section(self.tr("Appearance"), self._appearance())
        self._add_section(self.tr("Data & privacy"), self._data())
        self._add_section(self.tr("About"), self._about())
        self._menu.addStretch()
        self._arrange()
        self._group.buttons()[0].setChecked(True)
        self.unsubscribe = engine.subscribe(self._show_engine)
        self.destroyed.connect(self.unsubscribe)
        self._show_engine(engine.status)

    def _arrange(self) -> None:
        menu = QFrame()
        menu.setLayout(self._menu)
        menu.setFixedWidth(176)
        line_frame = QFrame()
        line_frame.setProperty("look", "rule-v")
        body = row(menu, line_frame, self._sections, spacing=0)
        body.setStretch(2, 1)
        self.outer.addLayout(body, 1)

    def _add_section(self, title: str, content: QWidget) -> None:
        number = self._sections.count()
        self._sections.addWidget(content)
        choice = button(title, lambda: self._sections.setCurrentIndex(number), look="rail")
        choice.setCheckable(True)
        self._group.addButton(choice)
        self._menu.addWidget(choice)

    def _providers(self) -> QWidget:
        card = Card()
        self.engine_state = PlainLabel("", "chip")
        self.engine_detail = PlainLabel("", "second", wrap=True)
        self.engine_again = button(self.tr("Start again"), self._start_again)
        card.body.addLayout(
            row(
                PlainLabel(self.tr("On this computer"), "heading"),
                self.engine_state,
                None,
                self.engine_again,
            )
        )
        card.body.addWidget(self.engine_detail)
        card.body.addWidget(
            PlainLabel(
                self.tr(
                    "Trains and answers here, without a key and without a network. It listens on "
                    "a private socket that only you can open, with a new password at each start."
                ),
                "second",
                wrap=True,
            )
        )
        return _section(card)

    def _appearance(self) -> QWidget:
        card = Card(self.tr("Light or dark"))
        self._looks: dict[Appearance, QPushButton] = {}
        group = QButtonGroup(self)
        for appearance, words in (
            ("system", self.tr("As the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            made = button(words, look="filter")
            made.clicked.connect(lambda _=False, a=appearance: self._choose(a))
            made.setChecked(self._theme.appearance == appearance)
            group.addButton(made)
            self._looks[appearance] = made  # type: ignore[index]
        card.body.addLayout(row(*self._looks.values(), None))
        return _section(card)

    def _choose(self, appearance: Appearance) -> None:
        self._theme.set_appearance(appearance)
        self._remember(appearance)

    def _data(self) -> QWidget:
        leaves = Card(self.tr("What leaves this computer"))
        leaves.body.addWidget(
            PlainLabel(
                self.tr(
                    "Nothing. Rows, models, answers and votes stay in the folders below; Tunedesk "
                    "sends no telemetry and looks for no updates."
                ),
                wrap=True,
            )
        )
        folders = Card(self.tr("Where things are"))
        for words, folder in (
            (self.tr("Projects"), self._places.projects),
            (self.tr("Models and jobs of the engine"), self._places.engine),
            (self.tr("Settings"), self._places.config),
        ):
            path = PlainLabel(str(folder), "second", wrap=True)
            path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            show = button(
                self.tr("Show"),
                partial(QDesktopServices.openUrl, QUrl.fromLocalFile(str(folder))),
                name=self.tr("Show folder {name}").format(name=words),
            )
            line = row(column(PlainLabel(words, "strong"), path, spacing=1), show)
            line.setStretch(0, 1)
            folders.body.addLayout(line)
        return _section(leaves, folders)

    def _about(self) -> QWidget:
        card = Card(f"Tunedesk {__version__}")
        card.body.addWidget(
            PlainLabel(
                self.tr(
                    "Teach a chat model by example, and find out by your own judgement whether it "
                    "got better. Free software under the Apache License 2.0. The sample model is "
                    "SmolLM2-135M-Instruct by Hugging Face, also Apache 2.0. The window is made "
                    "with Qt under the LGPL."
                ),
                wrap=True,
            )
        )
        return _section(card)

    def sections(self) -> list[QAbstractButton]:
        """The buttons of the sections, top to bottom."""
        return self._group.buttons()

    def first_focus(self) -> QWidget | None:
        return self._group.checkedButton()

    def _show_engine(self, status: EngineStatus) -> None:
        words = {
            "starting": self.tr("starting"),
            "ready": self.tr("running"),
            "missing": self.tr("not installed"),
            "failed": self.tr("stopped by an error"),
            "stopped": self.tr("stopped"),
        }
        self.engine_state.setText(words.get(status.state, status.state))
        self.engine_state.set_look(_STATE_LOOKS.get(status.state, "chip-error"))
        self.engine_detail.setText(status.detail)
        self.engine_detail.setVisible(bool(status.detail))
        self.engine_again.setVisible(status.state in ("failed", "stopped", "missing"))

    def _start_again(self) -> None:
        self._operations.run(self._engine.start(), owner=self)


def _section(*cards: QWidget) -> QWidget:
    body = QWidget()
    inner = column(*cards, None, spacing=14)
    holder = QWidget()
    holder.setMaximumWidth(780)
    holder.setLayout(inner)
    line = row(holder, None, margins=(24, 20, 24, 20))
    line.setStretch(0, 30)
    line.setStretch(1, 1)
    body.setLayout(line)
    return scrolled(body)
