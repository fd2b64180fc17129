"""What belongs to one open project: its services and its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from tunedesk.core.edits import InsertRow
from tunedesk.core.jobs import ModelInfo
from tunedesk.services.check.length_targets import length_targets
from tunedesk.services.compare.after_vote import (
    forget_edit,
    no_dataset,
    note_edit,
    view_of,
    winner_row,
)
from tunedesk.services.compare.comparison import Comparison
from tunedesk.services.dataset.row_help import RowHelp
from tunedesk.services.guide.guide import Guide
from tunedesk.services.project.shelf import Shelf
from tunedesk.services.project.workspace import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.model_shelf import ModelShelf
from tunedesk.services.rescue.again import Again
from tunedesk.services.rescue.keeping import Keeping
from tunedesk.services.rescue.saving import Rescue
from tunedesk.services.train.costing import load_prices, measured_rate
from tunedesk.services.train.costing_types import PriceTable
from tunedesk.services.train.training import SETTLED, Training
from tunedesk.services.work.background import Background
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.files.context import FileContext
from tunedesk.ui.files.desk import FileDesk
from tunedesk.ui.job_notices import JobNotices, Teller
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.page import DataPage
from tunedesk.ui.shell.rail_datasets import RailDatasets
from tunedesk.ui.table_watch import TableWatch
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.announce import announce
from tunedesk.ui.widgets.answer_drag import DraggedAnswer
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.widgets.page import Page


class ProjectDesk(QObject):
    """`changed()` when the project's figures (datasets, tuned models, votes) may have changed.
    `language_wanted(code)`: a page was asked for another language."""

    changed = Signal()
    language_wanted = Signal(str)

    def __init__(
        self,
        *,
        project: Project,
        providers: Providers,
        background: Background,
        operations: Operations,
        ask: Ask,
        theme: Theme,
        now_ms: Callable[[], int],
        memory: Memory,
        datasets: RailDatasets,
        is_after_crash: Callable[[Path], bool],
        table_watch: TableWatch,
        teller: Teller,
        shelf: ModelShelf,
    ) -> None:
        super().__init__()
        self.project = project
        self.current = CurrentDataset(project, self)
        self.training = Training(project, providers, background, now_ms)
        self.comparison = Comparison(project, providers, background)
        self.rescue = Rescue(project, providers)
        self.keeping = Keeping(project, providers)
        self.again = Again(project, providers)
        self.guide = Guide(project, self.training, lambda: self.current.session)
        self._data = DataPage(
            current=self.current,
            operations=operations,
            ask=ask,
            theme=theme,
            memory=memory,
            targets=length_targets(providers, load_prices()),
            in_parts=True,
        )
        self.pages: dict[str, Page] = {"data": self._data}
        self._shared = (providers, operations, ask, theme, memory, now_ms)
        self._operations, self._memory = operations, memory
        self._shelf, self._providers = shelf, providers
        self._models_here: Sequence[ModelInfo] = ()
        self._is_after_crash, self._datasets = is_after_crash, datasets
        self._table_watch, self._teller = table_watch, teller

    def begin(self) -> Iterator[None]:
        """Make the Data page, which has its place by then, and all that works with it; the window
        may answer at each step."""
        yield from self._data.making
        self._data.finish()
        self._serve_rows()
        yield
        self._open_files()
        yield
        self._watch()

    def _serve_rows(self) -> None:
        providers, operations, ask, *_ = self._shared
        data, project = self._data, self.project
        row_help = RowHelp(project, providers, self.comparison, project.background)
        data.row.serve(row_help, operations, ask)
        self._refresh_rate()

    def _open_files(self) -> None:
        _, operations, ask, theme, memory, _ = self._shared
        data = self._data
        context = FileContext(
            project=self.project,
            shelf=Shelf(self.project),
            current=self.current,
            page=data,
            said=Notice(),
            background=self.project.background,
            operations=operations,
            ask=ask,
            memory=memory,
            theme=theme,
            show_data=lambda: data.navigate.emit("data", None),
            datasets_changed=self.changed.emit,
            is_after_crash=self._is_after_crash,
        )
        self.files = FileDesk(context, self._datasets, self)
        self._datasets.answer_dropped.connect(self._take_dragged)

    def _watch(self) -> None:
        data, operations = self._data, self._operations
        self._forget_rescue = self.rescue.subscribe(self._rescued)
        self._forget_jobs = self.training.subscribe(lambda _local_id: self.changed.emit())
        notices = JobNotices(self.training, operations, self._memory, self._teller, self)
        notices.wanted.connect(lambda local_id: data.navigate.emit("train", local_id))
        notices.ended.connect(self._refresh_rate)
        notices.told.connect(lambda text: announce(data.window(), text))
        operations.run(self.training.resume(), owner=self)
        self._table_watch.changed.connect(self._tables_changed)
        self._forget_shelf = self._shelf.subscribe(self._shelf_changed)
        self._forget_engine = self._providers.engine.subscribe(lambda _status: self._seek_target())
        data.numbers.targets_wanted.connect(self._refresh_targets)

    def _refresh_rate(self) -> None:
        """The first run here that ends tells how fast this computer is."""
        card = self._data.numbers
        self._operations.run(
            measured_rate(self.project), owner=self, done=lambda rate: card.use(self._memory, rate)
        )

    def _tables_changed(self) -> None:
        """Every page that shows a price or an end shows the new one."""
        self._refresh_targets()
        for page in self.pages.values():
            page.tables_changed()

    def _rescued(self) -> None:
        """What was saved is in the project now: datasets in the rail, models in its figures."""
        if self.rescue.state.is_complete:
            self.files.shelf.refresh()
            self.changed.emit()

    def _shelf_changed(self) -> None:
        if self._shelf.progress is None:
            self._refresh_targets()

    def _seek_target(self) -> None:
        """The rows are for a model of this computer that is not shipped: the engine knows it."""
        if self._data.numbers.lacks_target:
            self._refresh_targets()

    def _refresh_targets(self) -> None:
        """The models that rows can be for, and their prices, as they are now."""
        self._operations.run(self._show_targets(), owner=self)

    async def _show_targets(self) -> None:
        """Prices at once; the engine may take its time."""
        prices = await self.project.background.run(load_prices)
        self._use_prices(prices)
        self._models_here = await self._shelf.here()
        self._use_prices(prices)

    def _use_prices(self, prices: PriceTable) -> None:
        targets = length_targets(self._providers, prices, self._models_here)
        self._data.numbers.use_prices(prices, targets)

    def more_pages(self) -> dict[str, Callable[[], Page]]:
        """What makes each of the pages beside Data, by its id; to be called once each."""
        from tunedesk.app.advice import DataAdvice
        from tunedesk.app.other_pages import OtherPages  # loaded by then
        from tunedesk.app.row_votes import RowVotes

        DataAdvice(self._data, self, self.guide, self._operations)
        RowVotes(self._data, self.project, self._operations)
        makers = OtherPages(*self._shared).makers(self)
        return {page_id: partial(self._made, page_id, make) for page_id, make in makers.items()}

    def _made(self, page_id: str, make: Callable[[], Page]) -> Page:
        page = self.pages[page_id] = make()
        return page

    async def is_training(self) -> bool:
        """Whether there is a job that has not come to its end."""
        return any(job.status not in SETTLED for job in await self.training.jobs())

    def take_winner(self, round_id: str, text: str) -> None:
        """Make a row of a round's prompt and the winner's answer put right; undone on Data."""
        operations = self._shared[1]
        operations.run(self._take_winner(round_id, text), owner=self)

    async def _take_winner(self, round_id: str, text: str) -> None:
        view = await view_of(self.project, round_id)
        session = self.current.session
        if session is None:
            raise no_dataset()
        operations, dataset_id = self._shared[1], session.info.id

        def turned(is_undone: bool) -> None:
            work = (
                forget_edit(self.project, round_id)
                if is_undone
                else note_edit(self.project, round_id, text, dataset_id)
            )
            operations.run(work, owner=self)

        edit = InsertRow(index=len(session), raw=winner_row(view, text))
        self._data.push(self.tr("add the winner's answer"), edit, turned)
        await note_edit(self.project, round_id, text, dataset_id)

    def _take_dragged(self, dataset_id: int, answer: DraggedAnswer) -> None:
        """An answer was dropped on a dataset: it becomes its last row, and the dataset opens."""
        self._shared[1].run(self._take_dragged_now(dataset_id, answer), owner=self)

    async def _take_dragged_now(self, dataset_id: int, answer: DraggedAnswer) -> None:
        known = {info.id: info for info in await self.current.datasets()}
        await self.current.open(known[dataset_id])
        if answer.round_id:
            await self._take_winner(answer.round_id, answer.text)
        else:
            self.take_row(answer.row.encode())
        words = self.tr("Added as the last row of {name}").format(name=known[dataset_id].name)
        for page in self.pages.values():
            page.status.emit(words)

    def take_row(self, raw: bytes) -> str:
        """Put a row at the end of the dataset that is open; undone on Data. Returns its name.

        Raises TunedeskError if none is open.
        """
        session = self.current.session
        if session is None:
            raise no_dataset()
        self._data.push(self.tr("add an answer"), InsertRow(index=len(session), raw=raw))
        return session.info.name

    def n_rows(self) -> int:
        """Of the dataset that is open; 0 where none is."""
        session = self.current.session
        return len(session) if session is not None else 0

    async def open_first_dataset(self) -> None:
        """Open the dataset that was seen last, or the one added first, if the project has any.

        Only its rows are shown: the rest by going through `show_rest`.
        """
        self._data.show_rows_first()
        datasets = await self.current.datasets()
        if datasets:
            await self.current.open(self._data.kept_views.latest(datasets))

    def show_rest(self) -> Iterator[None]:
        """After the rows are on the screen; the window may answer at each step."""
        return self._data.show_rest()

    def keep_view(self) -> None:
        """Remember how the rows are left, while the page is still there."""
        self._data.kept_views.keep()

    async def close(self) -> None:
        """Stop watching jobs, put edits in the journal, close the ledger."""
        self._forget_jobs()
        self._forget_rescue()
        self._forget_shelf()
        self._forget_engine()
        self.deleteLater()
        async with AsyncExitStack() as steps:  # from the last to the first, each in any case
            steps.push_async_callback(self.project.close)
            steps.push_async_callback(self.current.close)
            steps.push_async_callback(self.training.close)
            steps.push_async_callback(self.rescue.close)
            steps.push_async_callback(self.keeping.close)
            steps.push_async_callback(self.comparison.ahead.close)
