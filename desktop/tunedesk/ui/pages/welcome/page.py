"""What a person meets with no project open: drop a file, a sample, recent projects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from tunedesk.core.speech import said
from tunedesk.services.project.workspace import ProjectSummary, RecentProject, SampleInfo, Workspace
from tunedesk.ui.files.few_words import PATTERNS
from tunedesk.ui.operations import Operations
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.card_button import CardButton
from tunedesk.ui.widgets.drop_area import DropArea
from tunedesk.ui.widgets.layout import column, row, scrolled
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel
from tunedesk.ui.widgets.tips import set_tip
from tunedesk.ui.words import day

_WIDTH = 792
_NAME_WIDTH = 240
_CARDS_A_LINE = 2


class WelcomePage(Page):
    """Wishes leave as signals; the composition root opens what was asked for."""

    files_chosen = Signal(object)
    sample_chosen = Signal(str)
    start_empty = Signal()
    project_chosen = Signal(object)
    guide_wanted = Signal()

    def __init__(
        self,
        *,
        workspace: Workspace,
        operations: Operations,
        ask: Ask,
        now_ms: Callable[[], int],
    ) -> None:
        super().__init__("Welcome", with_header=False)
        self.set_title(self.tr("Welcome"))
        self.title_label.setParent(self)  # it has no header to stand in
        self.title_label.hide()
        self.setAccessibleName(self.tr("Welcome"))
        self._workspace, self._operations, self._ask = workspace, operations, ask
        self._now_ms = now_ms
        self.choose = button(self.tr("Choose a file…"), self.choose_files, look="primary")
        set_tip(self.choose, self.tr("Open files (Ctrl+O), a folder of them (Ctrl+Shift+I)"))
        self.empty = button(self.tr("Start empty"), self.start_empty.emit)
        self._recent_heading = PlainLabel(self.tr("Recent").upper(), "overline")
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        self._recent_frame = QFrame()
        self._recent_frame.setProperty("look", "card")
        self._recent_frame.setLayout(self._recent)
        self._recent.setContentsMargins(1, 1, 1, 1)
        self._cards = QGridLayout()
        self._cards.setSpacing(12)
        self._arrange()
        spoken = "th" if QLocale().language() == QLocale.Language.Thai else "en"
        offered = (one for one in workspace.samples() if one.only_in in ("", spoken))
        made = [self._sample_card(sample) for sample in offered]
        for place, card in enumerate([*made, self._guide_card()]):
            self._cards.addWidget(card, *divmod(place, _CARDS_A_LINE))

    def _arrange(self) -> None:
        hero = PlainLabel(self.tr("What should the model learn?"), "hero", wrap=True)
        lead = PlainLabel(
            self.tr(
                "Bring examples, or start from a sample and have a tuned model in a few minutes, "
                "on this computer, with no key."
            ),
            "lead",
            wrap=True,
        )
        middle = QWidget()
        middle.setMaximumWidth(_WIDTH)
        middle.setLayout(
            column(
                None,
                hero,
                lead,
                10,
                self._drop_area(),
                6,
                self._cards,
                14,
                self._recent_heading,
                self._recent_frame,
                None,
                margins=(16, 24, 16, 24),
            )
        )
        outer = QWidget()
        line = QHBoxLayout(outer)
        line.addStretch()
        line.addWidget(middle, 20)
        line.addStretch()
        self.outer.addWidget(scrolled(outer))

    def _drop_area(self) -> DropArea:
        area = DropArea()
        area.dropped.connect(self._dropped)
        area.box.setContentsMargins(20, 34, 20, 34)
        title = PlainLabel(self.tr("Drop a file of examples here"), "heading")
        kinds = PlainLabel(self.tr("JSONL, JSON, CSV, TSV, Parquet, or a folder of them"), "second")
        for label in (title, kinds):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            area.box.addWidget(label)
        area.box.addSpacing(4)
        area.box.addLayout(row(None, self.choose, self.empty, None))
        return area

    def _sample_card(self, sample: SampleInfo) -> CardButton:
        title = self.tr("Sample: {title}").format(title=_translated(sample.title))
        detail = _translated(sample.detail)
        return _card(title, detail, lambda: self.sample_chosen.emit(sample.id))

    def _guide_card(self) -> CardButton:
        detail = self.tr("Six questions. Often a better prompt is enough.")
        return _card(self.tr("Should I fine-tune at all?"), detail, self.guide_wanted.emit)

    def on_enter(self, payload: object = None) -> None:
        self._operations.run(self._workspace.recent(), owner=self, done=self._show_recent)

    def first_focus(self) -> QWidget | None:
        return self.choose

    def _show_recent(self, projects: Sequence[RecentProject]) -> None:
        while self._recent.count():
            item = self._recent.takeAt(0)
            old = item.widget() if item is not None else None
            if old is not None:
                old.deleteLater()
        for project in projects:
            self._recent.addWidget(self._recent_row(project))
        self._recent_heading.setVisible(bool(projects))
        self._recent_frame.setVisible(bool(projects))

    def _recent_row(self, project: RecentProject) -> CardButton:
        name = ElidedLabel(project.name, "strong")
        name.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        name.setFixedWidth(_NAME_WIDTH)
        about = said(project.note) or summary_words(project.summary)
        opened = day(project.opened_at_ms, self._now_ms())
        detail, when = ElidedLabel(about, "second"), PlainLabel(opened, "second")
        line = row(name, detail, when, spacing=12, margins=(12, 9, 12, 9))
        line.setStretch(1, 1)
        words = self.tr("Open {name}").format(name=project.name)
        made = CardButton(line, words, lambda: self.project_chosen.emit(project.folder), "line")
        made.setAccessibleDescription(" · ".join(part for part in (about, opened) if part))
        set_tip(made, str(project.folder))
        return made

    def choose_files(self, *, is_folder: bool = False) -> None:
        """Ask for what could as well be dropped."""

        async def choose() -> None:
            title = self.tr("Open training examples")
            if is_folder:
                folder = await self._ask.open_folder(title)
                chosen = [folder] if folder is not None else []
            else:
                pattern = self.tr("Training examples ({patterns})").format(patterns=PATTERNS)
                chosen = await self._ask.open_files(title, pattern)
            if chosen:
                self.files_chosen.emit(chosen)

        self._operations.run(choose(), owner=self)

    def _dropped(self, paths: list[str]) -> None:
        self.files_chosen.emit([Path(path) for path in paths])


def summary_words(summary: ProjectSummary | None, *, with_votes: bool = True) -> str:
    """ "1 dataset · 2 tuned models · 38 votes"; empty when nothing is known."""
    if summary is None:
        return ""
    tr = QCoreApplication.translate
    words = []
    for count, one, many in (
        (summary.n_datasets, tr("Welcome", "1 dataset"), tr("Welcome", "{n} datasets")),
        (summary.n_tuned_models, tr("Welcome", "1 tuned model"), tr("Welcome", "{n} tuned models")),
        (summary.n_votes * with_votes, tr("Welcome", "1 vote"), tr("Welcome", "{n} votes")),
    ):
        if count:
            words.append(one if count == 1 else many.format(n=count))
    return " · ".join(words)


def _card(title: str, detail: str, on_click: Callable[[], object]) -> CardButton:
    content = column(
        PlainLabel(title, "heading", wrap=True),
        PlainLabel(detail, "second", wrap=True),
        spacing=2,
        margins=(16, 12, 16, 13),
    )
    content.addStretch()
    made = CardButton(content, title, on_click)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)  # as its neighbour
    made.setAccessibleDescription(detail)
    return made


def _translated(text: str) -> str:
    """A text of the samples' table in the window's language."""
    return QCoreApplication.translate("Samples", text)
