"""A project's pages beside Data: each is made when it is first gone to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QLocale

from tunedesk.app.advice import ResultsAdvice, TrainAdvice
from tunedesk.core.errors import TunedeskError
from tunedesk.services.chat.room import ChatRoom
from tunedesk.services.compare.rating import Ratings
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.files import ProviderFiles
from tunedesk.services.providers.model_list import ModelList
from tunedesk.services.rescue.again_types import AgainPlan
from tunedesk.ui.again import OPEN_DATASET
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.chat.page import ChatPage
from tunedesk.ui.pages.compare.page import ComparePage
from tunedesk.ui.pages.guide.page import GuidePage
from tunedesk.ui.pages.models.page import ModelsPage
from tunedesk.ui.pages.new_fine_tune.page import NewFineTunePage
from tunedesk.ui.pages.provider_files.page import ProviderFilesPage
from tunedesk.ui.pages.rate.page import RatePage
from tunedesk.ui.pages.rescue.page import RescuePage
from tunedesk.ui.pages.results.page import ResultsPage
from tunedesk.ui.pages.train.page import TrainPage
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.page import Page

if TYPE_CHECKING:
    from tunedesk.app.project_desk import ProjectDesk


class OtherPages(NamedTuple):
    """What the pages share besides the project's own services."""

    providers: Providers
    operations: Operations
    ask: Ask
    theme: Theme
    memory: Memory
    now_ms: Callable[[], int]

    def makers(self, desk: ProjectDesk) -> dict[str, Callable[[], Page]]:
        """What makes each page, by its id."""
        return {
            "train": lambda: self._train(desk),
            "compare": lambda: self._compare(desk),
            "chat": lambda: self._chat(desk),
            "rate": lambda: self._rate(desk),
            "results": lambda: self._results(desk),
            "new_fine_tune": lambda: self._new_fine_tune(desk),
            "rescue": lambda: self._rescue(desk),
            "models": lambda: self._models(desk),
            "guide": lambda: self._guide(desk),
            "files": lambda: ProviderFilesPage(
                files=ProviderFiles(desk.project, self.providers),
                operations=self.operations,
                ask=self.ask,
                theme=self.theme,
                now_ms=self.now_ms,
            ),
        }

    def _train(self, desk: ProjectDesk) -> Page:
        made = TrainPage(
            training=desk.training, operations=self.operations, ask=self.ask, theme=self.theme
        )
        made.again_wanted.connect(partial(self._again, desk, made))
        TrainAdvice(made, desk.guide, self.operations)
        return made

    def _compare(self, desk: ProjectDesk) -> Page:
        made = ComparePage(
            comparison=desk.comparison,
            session=lambda: desk.current.session,
            operations=self.operations,
            ask=self.ask,
            theme=self.theme,
        )
        made.voted.connect(desk.changed)
        made.row_wanted.connect(desk.take_winner)
        return made

    def _results(self, desk: ProjectDesk) -> Page:
        made = ResultsPage(
            project=desk.project,
            operations=self.operations,
            ask=self.ask,
            theme=self.theme,
            memory=self.memory,
        )
        made.pairs_made.connect(desk.files.shelf.refresh)
        made.pairs_made.connect(desk.changed)
        made.pairs_wanted.connect(partial(self._open_pairs, desk, made))
        ResultsAdvice(made, desk.guide, self.operations)
        return made

    def _open_pairs(self, desk: ProjectDesk, page: Page, path: Path, page_id: str) -> None:
        payload = OPEN_DATASET if page_id == "new_fine_tune" else None
        self.operations.run(
            desk.current.add(path),
            owner=page,
            done=lambda _session: page.navigate.emit(page_id, payload),
            failed=self.ask.tell,
        )

    def _chat(self, desk: ProjectDesk) -> Page:
        made = ChatPage(
            room=ChatRoom(desk.project, self.providers, desk.comparison.digests),
            comparison=desk.comparison,
            operations=self.operations,
            ask=self.ask,
            theme=self.theme,
            memory=self.memory,
        )
        made.row_wanted.connect(partial(self._take_row, desk, made))
        return made

    def _rate(self, desk: ProjectDesk) -> Page:
        return RatePage(
            ratings=Ratings(desk.project, self.providers, desk.comparison.digests),
            comparison=desk.comparison,
            session=lambda: desk.current.session,
            operations=self.operations,
            ask=self.ask,
            theme=self.theme,
            memory=self.memory,
        )

    def _take_row(self, desk: ProjectDesk, page: ChatPage, raw: bytes) -> None:
        try:
            page.say_taken(desk.take_row(raw))
        except TunedeskError as error:
            self.ask.tell(error)

    def _new_fine_tune(self, desk: ProjectDesk) -> Page:
        return NewFineTunePage(
            training=desk.training,
            current=desk.current,
            operations=self.operations,
            ask=self.ask,
            theme=self.theme,
        )

    def _rescue(self, desk: ProjectDesk) -> Page:
        made = RescuePage(
            rescue=desk.rescue,
            keeping=desk.keeping,
            again=desk.again,
            current=desk.current,
            operations=self.operations,
            ask=self.ask,
            theme=self.theme,
            now_ms=self.now_ms,
        )
        made.again_wanted.connect(partial(self._again, desk, made))
        return made

    def _again(self, desk: ProjectDesk, page: Page, local_id: str) -> None:
        """From a saved job to New fine-tune, filled in, its rows open."""
        self.operations.run(
            self._plan_again(desk, local_id),
            owner=page,
            done=lambda plan: page.navigate.emit("new_fine_tune", plan),
            failed=self.ask.tell,
        )

    async def _plan_again(self, desk: ProjectDesk, local_id: str) -> AgainPlan:
        plan = await desk.again.plan(local_id)
        await desk.current.open(plan.dataset)
        desk.changed.emit()
        return plan

    def _guide(self, desk: ProjectDesk) -> Page:
        made = GuidePage(
            guide=desk.guide,
            current=desk.current,
            operations=self.operations,
            theme=self.theme,
            language="th" if QLocale().language() == QLocale.Language.Thai else "en",
        )
        made.language_wanted.connect(desk.language_wanted)
        desk.changed.connect(made.changed_soon)
        return made

    def _models(self, desk: ProjectDesk) -> Page:
        return ModelsPage(
            models=ModelList(desk.project, self.providers),
            n_rows=desk.n_rows,
            operations=self.operations,
            ask=self.ask,
            theme=self.theme,
            memory=self.memory,
            now_ms=self.now_ms,
        )
