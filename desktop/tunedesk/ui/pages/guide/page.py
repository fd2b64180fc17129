"""The Guide page: the way with the project's own figures, the six questions, and articles."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from tunedesk.core.guide.facts import GuideFacts
from tunedesk.core.guide.path import Step, steps_of
from tunedesk.core.guide.questions import decide
from tunedesk.services.guide.guide import Guide, answered
from tunedesk.ui.again import OPEN_DATASET
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.guide.article_view import ArticleView
from tunedesk.ui.pages.guide.articles import ARTICLES, article
from tunedesk.ui.pages.guide.path_view import PathView
from tunedesk.ui.pages.guide.question_view import QuestionView
from tunedesk.ui.pages.guide.words import sentence_of, title_of
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row, scrolled
from tunedesk.ui.widgets.named_keys import named_key
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel

QUESTIONS = "questions"
"""What the page is entered with to go to the six questions."""

_READ_PX = 940
_PAUSE_MS = 300
_DEED_OF_STEP = {
    "data": "data",
    "split": "split",
    "base": "base",
    "compare": "compare",
    "improve": "results",
}


class GuidePage(Page):
    """Reads the project anew each time it is shown. `on_enter` takes None, QUESTIONS, or the name
    of an article. `language_wanted(code)`: the window is to speak it."""

    language_wanted = Signal(str)

    def __init__(
        self,
        *,
        guide: Guide,
        current: CurrentDataset,
        operations: Operations,
        theme: Theme,
        language: str = "en",
    ) -> None:
        super().__init__("Guide")
        self.set_title(self.tr("Guide"))
        self._guide, self._operations, self._theme = guide, operations, theme
        self._facts, self._answers = GuideFacts(), dict[str, str]()
        self._current = current
        self._steps: list[Step] = []
        self._generation = 0
        self._wanted: object = None
        lead = self.tr("From “is a better prompt enough?” to “it is better, and here is the proof”")
        self.header.addWidget(ElidedLabel(lead, "second"), 1)
        self._add_languages(language)
        self.path = PathView()
        self.path.step_wanted.connect(self._do_step)
        self.path.article_wanted.connect(self._show_article)
        self.path.advice_wanted.connect(self._speak_again)
        self._stack = QStackedWidget()
        self._stack.addWidget(scrolled(self.path))
        self.outer.addWidget(self._stack, 1)
        self.back: QWidget | None = None
        self._reading: QScrollArea | None = None
        back = self.tr("Back to Guide")
        self._back_key = named_key(self, Qt.Key.Key_Escape, back, self.show_path)
        self._back_key.setEnabled(False)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PAUSE_MS)
        self._soon.timeout.connect(self._refresh_shown)
        current.changed.connect(self._follow)
        self._show_steps()
        self._follow()

    def _add_languages(self, language: str) -> None:
        self.languages = {}
        for code, name in (("th", "ไทย"), ("en", "English")):
            made = self.languages[code] = button(name, look="filter")
            made.setChecked(code == language)
            made.clicked.connect(lambda _=False, one=code: self._want_language(one))
            self.header.addWidget(made)
        self._language = language

    def _want_language(self, code: str) -> None:
        self.languages[code].setChecked(code == self._language)
        if code != self._language:
            self.language_wanted.emit(code)

    # -- what is shown ---------------------------------------------------------------------------

    def on_enter(self, payload: object = None) -> None:
        self._wanted = payload
        self.show_path()
        self.refresh()

    def first_focus(self) -> QWidget | None:
        return self.path.next if self.path.next.isVisibleTo(self) else self.path.questions[0]

    def _follow(self) -> None:
        """Hear of the open dataset's changes until the page or the dataset is gone."""
        session = self._current.session
        if session is not None:
            forget = session.subscribe(self.changed_soon)
            self.destroyed.connect(lambda: forget())
        self.changed_soon()

    def changed_soon(self) -> None:
        """Something of the project is otherwise: look again in a moment, if the page is shown."""
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def _refresh_shown(self) -> None:
        if self.isVisible():
            self.refresh()

    def refresh(self) -> None:
        """Read the project again."""
        self._generation += 1
        asked = self._generation
        self._operations.run(
            self._load(),
            owner=self,
            done=lambda found: self._known(*found) if asked == self._generation else None,
        )

    async def _load(self) -> tuple[GuideFacts, dict[str, str], int]:
        silenced = await self._guide.silenced()
        return await self._guide.facts(), await self._guide.answers(), len(silenced)

    def _known(self, facts: GuideFacts, answers: dict[str, str], n_silenced: int) -> None:
        self._facts, self._answers = facts, answers
        self.path.show_silenced(n_silenced)
        self._show_steps()
        wanted, self._wanted = self._wanted, None
        if wanted == QUESTIONS:
            self._show_questions()
        elif wanted in ARTICLES:
            self._show_article(str(wanted))

    def _show_steps(self) -> None:
        known = answered(self._answers)
        self._steps = steps_of(self._facts, decide(known) if known is not None else None)
        self.path.show_steps(self._steps, self._facts)

    def show_path(self) -> None:
        """Back to the way."""
        had_keyboard = self._reading is not None and self._reading.isAncestorOf(
            self.window().focusWidget() or self
        )
        self._stack.setCurrentIndex(0)
        self._back_key.setEnabled(False)
        if self._reading is not None:
            self._stack.removeWidget(self._reading)
            self._reading.deleteLater()
            self._reading = self.back = None
        focus = self.first_focus()
        if had_keyboard and focus is not None:
            focus.setFocus()

    def _show_questions(self) -> None:
        data = self._facts.data
        view = QuestionView(self._theme, self._answers, data.n_used if data is not None else 0)
        view.answers_changed.connect(self._answered)
        view.deed_wanted.connect(self.do)
        self._read(title_of("should"), view)

    def _show_article(self, name: str) -> None:
        shown = article(name)
        step = next((step for step in self._steps if step.id == shown.step), None)
        has_begun = step is not None and not step.code.endswith("_open")
        view = ArticleView(shown, sentence_of(step) if step is not None and has_begun else "")
        view.deed_wanted.connect(self.do)
        self._read(shown.title, view)

    def _read(self, title: str, view: QWidget) -> None:
        """Show a view in the place of the way, with the way back above it."""
        self.show_path()
        back = button(
            self.tr("← Guide"), self.show_path, look="link", name=self.tr("Back to Guide")
        )
        body = QWidget()
        body.setMaximumWidth(_READ_PX)
        head = PlainLabel(title, "title", wrap=True)
        body.setLayout(column(row(back, None), head, view, None, margins=(24, 16, 24, 20)))
        outer = QWidget()
        line = row(spacing=0)
        line.addWidget(body, 20)
        line.addStretch()
        outer.setLayout(line)
        self._reading, self.back = scrolled(outer), back
        self._stack.addWidget(self._reading)
        self._stack.setCurrentWidget(self._reading)
        self._back_key.setEnabled(True)
        back.setFocus()

    def _answered(self, answers: dict[str, str]) -> None:
        self._answers = answers
        self._operations.run(self._guide.keep_answers(answers), owner=self)
        self._show_steps()

    def _speak_again(self) -> None:
        """The button goes with its card: the keyboard goes to what comes next."""
        focus = self.first_focus()
        if focus is not None:
            focus.setFocus()
        self._operations.run(
            self._guide.speak_again(), owner=self, done=lambda _none: self.refresh()
        )

    # -- what is done ----------------------------------------------------------------------------

    def _do_step(self, step: Step) -> None:
        if step.id == "should":
            self._show_questions()
        elif step.id == "train":
            self.do("start" if step.code == "train_open" else "train")
        else:
            self.do(_DEED_OF_STEP[step.id])

    def do(self, deed: str) -> None:
        """Go where the deed is done, on this project."""
        newest = self._facts.newest
        places: dict[str, tuple[str, object]] = {
            "data": ("data", None),
            "split": ("data", "split"),
            "base": ("models", "choose"),
            "start": ("new_fine_tune", OPEN_DATASET),
            "train": ("train", newest.local_id if newest is not None else None),
            "compare": ("compare", None),
            "chat": ("chat", None),
            "rate": ("rate", None),
            "results": ("results", None),
            "models": ("models", None),
        }
        self.navigate.emit(*places[deed])
