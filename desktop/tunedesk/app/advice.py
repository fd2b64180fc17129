"""Advice in place: the foot of Data, Train and Results, one line each, of what was not silenced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from tunedesk.core.guide.advice import Advice, on_data, on_job, on_votes
from tunedesk.services.compare.results_types import ResultsView
from tunedesk.services.guide.guide import Guide, job_facts, lost_prompts, vote_facts
from tunedesk.services.train.training import JobView
from tunedesk.ui.advice_words import deed_of, sentence_of
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.page import DataPage
from tunedesk.ui.pages.results.measure_words import name_and_line
from tunedesk.ui.pages.results.page import ResultsPage
from tunedesk.ui.pages.train.page import TrainPage
from tunedesk.ui.rows_of import RowsOf
from tunedesk.ui.widgets.advice_line import AdviceLine
from tunedesk.ui.widgets.page import Page

if TYPE_CHECKING:
    from tunedesk.app.project_desk import ProjectDesk

_PAUSE_MS = 600


class PageAdvice(QObject):
    """The line of one page. `do(advice)` takes the next step."""

    def __init__(
        self, page: Page, guide: Guide, operations: Operations, do: Callable[[Advice], object]
    ) -> None:
        super().__init__(page)
        self._guide, self._operations, self._do = guide, operations, do
        self._shown: Advice | None = None
        self._found: list[Advice] = []
        self._generation = 0
        self.line = AdviceLine(self._follow, self._silence)
        page.outer.addWidget(self.line)
        forget = guide.spoken_again.add(self._offer_again)
        self.destroyed.connect(lambda: forget())

    def offer(self, found: Sequence[Advice]) -> None:
        """Show the first of these that is not silenced, or nothing."""
        if list(found) == self._found:  # drawn again, and perhaps silenced meanwhile
            return
        self._found = list(found)
        self._generation += 1
        asked = self._generation
        self._operations.run(
            self._guide.first_wanted(found),
            owner=self.line,
            done=lambda advice: self._show(advice) if asked == self._generation else None,
        )

    def _offer_again(self) -> None:
        found, self._found = self._found, []
        self.offer(found)

    def _show(self, advice: Advice | None) -> None:
        self._shown = advice
        if advice is None:
            self.line.hide()
        else:
            self.line.say(sentence_of(advice), deed_of(advice))

    def _follow(self) -> None:
        if self._shown is not None:
            self._do(self._shown)

    def _silence(self) -> None:
        """Nothing else takes its place before the page has something new to show."""
        if self._shown is not None:
            self._operations.run(self._guide.silence(self._shown.code), owner=self.line)
            self._show(None)


class DataAdvice(PageAdvice):
    """Follows the open dataset: looks again a moment after each change, once it is checked."""

    def __init__(
        self, page: DataPage, desk: ProjectDesk, guide: Guide, operations: Operations
    ) -> None:
        super().__init__(page, guide, operations, self._act)
        self._page, self._current = page, desk.current
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PAUSE_MS)
        self._soon.timeout.connect(self._look)
        self._forget: Callable[[], object] = lambda: None
        self.destroyed.connect(lambda: self._forget())
        desk.current.changed.connect(self._follow_dataset)
        self._follow_dataset()

    def _follow_dataset(self) -> None:
        self._forget()  # or a dataset that was closed would stay in memory
        self._forget = lambda: None
        self.offer(())
        session = self._current.session
        if session is not None:
            self._forget = session.subscribe(self._soon.start)
            self._soon.start()

    def _look(self) -> None:
        session = self._current.session
        if session is not None and session.is_checked and session.check_state is None:
            self._operations.run(
                self._guide.data(),
                owner=self.line,
                done=lambda data: self.offer(on_data(data) if data is not None else ()),
            )

    def _act(self, advice: Advice) -> None:
        if advice.deed == "new_row":
            self._page.hands.new_row()
            self._page.row.focus_editor()
        elif advice.deed == "split":
            self._page.rows.split.opened.emit()
        else:
            topic = str(advice.args["topic"])
            digests = self._guide.prompts_of_topic(topic)
            self._page.on_enter(RowsOf(words=topic, digests=digests))


class TrainAdvice(PageAdvice):
    """Follows the job that is shown."""

    def __init__(self, page: TrainPage, guide: Guide, operations: Operations) -> None:
        super().__init__(page, guide, operations, self._act)
        self._page = page
        page.job_shown.connect(self._look)

    def _look(self, view: JobView) -> None:
        self.offer(on_job(job_facts(view)))

    def _act(self, advice: Advice) -> None:
        if advice.deed == "epochs":
            self._page.start_again("n_epochs")
        else:
            self._page.navigate.emit("data", "split")


class ResultsAdvice(PageAdvice):
    """Follows the pair that is shown."""

    def __init__(self, page: ResultsPage, guide: Guide, operations: Operations) -> None:
        super().__init__(page, guide, operations, self._act)
        self._page = page
        self._view: ResultsView | None = None
        page.view_shown.connect(self._look)

    def _look(self, view: ResultsView) -> None:
        self._view = view
        facts = vote_facts(view)
        lost = [name_and_line(line)[0] for line in view.measures if line.name in facts.lost]
        self.offer(on_votes(facts.named(lost)))

    def _act(self, advice: Advice) -> None:
        if self._view is not None:
            digests = lost_prompts(self._view, only_votes=advice.deed == "lost_rounds")
            words = self._page.tr("Lost by the tuned model")
            self._page.navigate.emit("data", RowsOf(words=words, digests=digests))
