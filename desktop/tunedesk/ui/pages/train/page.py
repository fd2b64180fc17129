"""The Train page: what runs, what ran, and what each job's curve says."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.comparison import Contender
from tunedesk.services.train.training import SETTLED, JobRecord, JobView, Steps, Training
from tunedesk.services.work.clock import Clock, wall_clock_ms
from tunedesk.ui.again import Again
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.train.curve_saving import CurveSaving
from tunedesk.ui.pages.train.curve_tools import SaveKind
from tunedesk.ui.pages.train.job_list import JobList, JobRow
from tunedesk.ui.pages.train.job_panel import JobPanel, TroubleCard
from tunedesk.ui.pages.train.progress import (
    epoch_ends,
    is_settled,
    is_without_test_rows,
    job_before,
    plan_of,
    progress_of,
    share_done,
)
from tunedesk.ui.pages.train.wording import (
    IN_SETTINGS,
    cancel_text,
    chip_look,
    line_note,
    status_word,
)
from tunedesk.ui.rows_of import RowsOf
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button, button_with_key
from tunedesk.ui.widgets.chart_view import Beside
from tunedesk.ui.widgets.job_words import model_name, place_name, short_model_name
from tunedesk.ui.widgets.layout import column, row, rule, scrolled
from tunedesk.ui.widgets.named_keys import named_key
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.widgets.start_strip import StartStrip
from tunedesk.ui.widgets.text import PlainLabel

REDRAW_MS = 250
_CLOCK_MS = 1000
_LIST_WIDTH, _NARROW_LIST_WIDTH, _NARROW_BELOW_PX = 316, 240, 900
_WORDS_PX = 460


class Loaded(NamedTuple):
    """What the ledger says: in full only of the jobs that are shown."""

    jobs: Sequence[JobRecord]
    views: Mapping[str, JobView]
    steps: Mapping[str, Steps]


class TrainPage(Page):
    """`again_wanted(local id)`: a saved job is to be trained again. `job_shown(view)`: it is drawn.

    Draws what the ledger says. Changes come by `training.subscribe` and are drawn at most
    four times a second; `now_ms` (Unix milliseconds) tells how long a job has been at it."""

    again_wanted = Signal(str)
    job_shown = Signal(object)

    def __init__(
        self,
        *,
        training: Training,
        operations: Operations,
        ask: Ask,
        theme: Theme,
        now_ms: Clock = wall_clock_ms,
    ) -> None:
        super().__init__("Train")
        self.set_title(self.tr("Train"))
        self._training, self._operations, self._ask = training, operations, ask
        self._now_ms = now_ms
        self._selected: str | None = None
        self._beside = ""
        self._engines: set[str] = set()
        self._names: dict[str, str] = {}
        self._jobs: Sequence[JobRecord] = ()
        self._views: dict[str, JobView] = {}
        self._fresh: set[str] = set()
        """Jobs whose view is what the ledger says, as far as was told."""
        self._shown: tuple[object, ...] = ()
        self._steps: Mapping[str, Steps] = {}
        self._is_loading = False
        self._is_stale = False
        self._saving = CurveSaving(training.files, ask)
        self._build(theme)
        self._show_chat_only()
        self._pace = self._timer(REDRAW_MS, self.refresh, single=True)
        self._clock = self._timer(_CLOCK_MS, self._tick)
        self._clock.start()
        unsubscribe = training.subscribe(self._changed)
        self.destroyed.connect(lambda: unsubscribe())
        named_key(self, "Ctrl+N", self.tr("New fine-tune"), self._new_fine_tune)
        self.refresh()

    def _timer(self, every_ms: int, call: Callable[[], None], *, single: bool = False) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(every_ms)
        timer.setSingleShot(single)
        timer.timeout.connect(call)
        return timer

    def _build(self, theme: Theme) -> None:
        self.counts = PlainLabel("", "second")
        self.new = button_with_key(
            self.tr("New fine-tune"), self.tr("Ctrl N"), self._new_fine_tune, look="primary"
        )
        self.new.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.header.addWidget(self.counts)
        self.header.addStretch()
        self.header.addWidget(self.new)
        self.list = JobList(theme)
        self.list.chosen.connect(self._choose)
        self.panel = JobPanel(theme, self._operations, self._training, self._ask)
        self.panel.pause_asked.connect(self._pause)
        self.panel.cancel_asked.connect(self._ask_cancel)
        self.panel.compare_asked.connect(self._compare)
        self.panel.again_asked.connect(lambda: self.again_wanted.emit(self._selected or ""))
        self.panel.chat_asked.connect(self._chat)
        self.panel.trouble.row_asked.connect(self._go_to_row)
        self.panel.trouble.setting_asked.connect(self._go_to_setting)
        self.panel.changes_asked.connect(lambda: self.start_again())
        self.panel.checkpoints.tune_asked.connect(self._tune_further)
        self.panel.checkpoints.keep_asked.connect(self._keep)
        self.panel.checkpoints.rename_asked.connect(self._rename)
        self.panel.curve.beside_chosen.connect(self._set_beside)
        self.panel.curve.save_asked.connect(self._save)
        self.problem = TroubleCard()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._waiting())
        self._stack.addWidget(self._nothing())
        self._stack.addWidget(self._work())
        self.strip = StartStrip(self._training, self._operations)
        self.strip.setContentsMargins(22, 6, 22, 6)
        self.outer.addWidget(self.strip)
        self.outer.addWidget(self._stack, 1)

    def _waiting(self) -> QWidget:
        body = QWidget()
        body.setLayout(column(self.problem, None, margins=(22, 18, 22, 18)))
        return body

    def _nothing(self) -> QWidget:
        self.nothing = PlainLabel(
            self.tr("No fine-tune has been started in this project yet."), "lead"
        )
        self.chat_only = PlainLabel("", "second", wrap=True)
        self.chat_only.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.chat_only.setFixedWidth(_WORDS_PX)
        self.first = button(self.tr("New fine-tune"), self._new_fine_tune, look="primary")
        body = QWidget()
        box = QVBoxLayout(body)
        box.setSpacing(14)
        box.addStretch(2)
        box.addWidget(self.nothing, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addWidget(self.first, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addWidget(self.chat_only, 0, Qt.AlignmentFlag.AlignHCenter)
        box.addStretch(3)
        return body

    def _work(self) -> QWidget:
        body = QWidget()
        line: QHBoxLayout = row(self.list, rule(vertical=True), spacing=0)
        line.addWidget(scrolled(self.panel), 1)
        body.setLayout(line)
        self.list.setFixedWidth(_LIST_WIDTH)
        return body

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < _NARROW_BELOW_PX
        self.list.setFixedWidth(_NARROW_LIST_WIDTH if narrow else _LIST_WIDTH)

    def _show_chat_only(self) -> None:
        """Why one of the person's providers is no place to train."""
        names = [one.name for one in self._training.providers() if not one.trains]
        words = self.tr(
            "{names}: chat alone, no fine-tuning jobs. Its models can be compared and asked for "
            "drafts; training is off there."
        )
        self.chat_only.setText(words.format(names=", ".join(names)))
        self.chat_only.setVisible(bool(names))

    def on_enter(self, payload: object = None) -> None:
        self._show_chat_only()
        if isinstance(payload, str):
            self._selected = payload
        self.panel.hold_cancel(False)
        self._fresh.clear()
        self._shown = ()
        self.refresh()

    def first_focus(self) -> QWidget | None:
        return self.list if self._jobs else self.first

    # --- what changes -----------------------------------------------------------------

    def _changed(self, local_id: str) -> None:
        self._fresh.discard(local_id)
        if not self._pace.isActive():
            self._pace.start()

    def refresh(self) -> None:
        """Read the ledger again; one reading at a time, and one more if asked meanwhile."""
        if self._is_loading:
            self._is_stale = True
            return
        self._is_loading = True
        self._operations.run(
            self._load(self._selected), owner=self, done=self._loaded, failed=self._load_failed
        )

    async def _load(self, selected: str | None) -> Loaded:
        try:
            return await self._read(selected)
        finally:
            self._is_loading = False

    async def _read(self, selected: str | None) -> Loaded:
        jobs = await self._training.jobs()
        active = [job.local_id for job in jobs if job.status not in SETTLED]
        known = {job.local_id for job in jobs}
        chosen = selected if selected in known else next((job.local_id for job in jobs), "")
        current = self._fresh & self._views.keys()
        wanted = {one for one in (chosen, self._beside) if one in known} - current
        self._fresh |= wanted  # what changes meanwhile is taken out again
        views = {local_id: await self._training.view(local_id) for local_id in wanted}
        return Loaded(jobs, views, await self._training.steps(active))

    def _loaded(self, loaded: Loaded) -> None:
        self._jobs, self._steps = loaded.jobs, loaded.steps
        self._engines = {one.id for one in self._training.providers() if one.is_engine}
        self._names = self._training.places()
        self._views.update(loaded.views)
        self.problem.hide()
        self._show()
        if self._is_stale:
            self._is_stale = False
            self._changed("")

    def _load_failed(self, error: TunedeskError) -> None:
        self._is_stale = False
        self._fresh.clear()
        self.problem.say(error.title, error.what, error.next_step)
        self._stack.setCurrentIndex(0)

    def _show(self) -> None:
        if not self._jobs:
            self._stack.setCurrentIndex(1)
            self.counts.setText("")
            self.new.hide()
            return
        if self._selected not in {job.local_id for job in self._jobs}:
            self._selected = self._jobs[0].local_id
        self.new.show()
        self._stack.setCurrentIndex(2)
        self._show_list()
        view = self._view()
        if view is None:
            self.refresh()
        elif not self._is_shown(view):
            self._show_beside()
            self.panel.show_job(view, self._now_ms())
            self.panel.samples.show_job(view)
            self.job_shown.emit(view)
            self.status.emit(self._epoch_line(view))

    def _is_shown(self, view: JobView) -> bool:
        """Whether the job's page stands as it would be drawn; of 20 jobs mostly another changes."""
        before = self._shown
        names = [(job.local_id, job.name) for job in self._jobs]
        self._shown = (view, self._views.get(self._beside), self._beside, names)
        return before[2:] == self._shown[2:] and all(map(operator.is_, before[:2], self._shown))

    def _show_list(self) -> None:
        self.list.show_jobs([self._row(job) for job in self._jobs], self._selected)
        self.counts.setText(self._count_line())
        self.rail_note.emit(self._note())

    def _show_beside(self) -> None:
        others = [(job.local_id, job.name) for job in self._jobs if job.local_id != self._selected]
        is_shown = self._beside in {local_id for local_id, _ in others}
        view = self._views.get(self._beside) if is_shown else None
        self.panel.rows.show_others(others)
        self.panel.curve.show_others(others, self._beside if is_shown else "")
        self.panel.curve.show_beside(
            Beside(name=view.record.name, curve=view.curve) if view is not None else None
        )

    def _tick(self) -> None:
        view = self._view()
        if self.isVisible() and view is not None and not is_settled(view):
            self.panel.show_time(view, self._now_ms())

    # --- words ------------------------------------------------------------------------

    def _view(self) -> JobView | None:
        return self._views.get(self._selected) if self._selected is not None else None

    def _row(self, job: JobRecord) -> JobRow:
        place = place_name(job.provider_id, self._names)
        return JobRow(
            local_id=job.local_id,
            name=job.name,
            status=status_word(job.status),
            chip=chip_look(job.status),
            where=f"{short_model_name(job.base_model)} · {place}",
            note=self._list_note(job) if job.status not in SETTLED else "",
        )

    def _list_note(self, job: JobRecord) -> str:
        """How far it is; of one that waits at an engine of ours, which job it comes after."""
        before = job_before(job, self._jobs) if job.provider_id in self._engines else None
        return line_note(before.name) if before is not None else self._percent(job)

    def _percent(self, job: JobRecord) -> str:
        steps = self._steps.get(job.local_id)
        if steps is None or not steps.total:
            return ""
        return f"{round(share_done(*steps) * 100)}%"

    def _count_line(self) -> str:
        active = [job for job in self._jobs if job.status not in SETTLED]
        n_running = sum(job.status == "running" for job in active)
        parts = []
        if n_running:
            parts.append(self.tr("{n} running").format(n=n_running))
        if len(active) - n_running:
            parts.append(self.tr("{n} waiting").format(n=len(active) - n_running))
        if not parts:
            n = len(self._jobs)
            return self.tr("1 job") if n == 1 else self.tr("{n} jobs").format(n=n)
        return " · ".join(parts)

    def _note(self) -> str:
        active = [job for job in self._jobs if job.status not in SETTLED]
        running = [job for job in active if job.status == "running"] or active
        return (self._percent(running[0]) or "…") if running else ""

    def _epoch_line(self, view: JobView) -> str:
        ends = epoch_ends(view)
        step = progress_of(view, 0).step
        if is_settled(view) or not step or not ends:
            return ""
        epoch = next((n for n, end in enumerate(ends, 1) if step <= end), len(ends))
        return self.tr("epoch {n} of {total}").format(n=epoch, total=len(ends))

    # --- what the person does ----------------------------------------------------------

    def _choose(self, local_id: str) -> None:
        self._selected = local_id
        if local_id in self._views:
            self._show()
            self.refresh()
        elif local_id:  # not behind the reading of everything
            self._operations.run(self._training.view(local_id), owner=self, done=self._shown_first)

    def _shown_first(self, view: JobView) -> None:
        self._views[view.record.local_id] = view
        if view.record.local_id == self._selected:
            self._show()
        self._changed("")

    def _set_beside(self, local_id: str) -> None:
        self._beside = local_id
        if local_id and local_id not in self._views:
            self.refresh()
        else:
            self._show()

    def _save(self, kind: SaveKind) -> None:
        view = self._view()
        if view is not None:
            self._operations.run(
                self._saving.save(kind, view, self.panel.curve.content),
                owner=self,
                failed=self._ask.tell,
            )

    def _new_fine_tune(self) -> None:
        self.navigate.emit("new_fine_tune", None)

    def _pause(self, is_paused: bool) -> None:
        view = self._view()
        if view is not None:
            self._operations.run(
                self._training.pause(view.record.local_id, is_paused=is_paused),
                owner=self,
                done=lambda _: self.refresh(),
                failed=self._ask.tell,
            )

    def _ask_cancel(self) -> None:
        view = self._view()
        if view is not None:
            self.panel.hold_cancel(True)
            self._operations.run(
                self._cancel(view),
                owner=self,
                done=self._cancel_answered,
                failed=self._cancel_failed,
            )

    def _cancel_answered(self, is_sure: bool) -> None:
        """The keyboard stays with the job: its button goes with it."""
        self.panel.hold_cancel(False)
        (self.list if is_sure else self.panel.cancel).setFocus()

    def _cancel_failed(self, error: TunedeskError) -> None:
        self.panel.hold_cancel(False)
        self._ask.tell(error)

    async def _cancel(self, view: JobView) -> bool:
        sure = await self._ask.confirm(
            self.tr("Cancel “{name}”?").format(name=view.record.name),
            cancel_text(len(view.checkpoints), is_free=view.is_free),
            self.tr("Cancel the job"),
            danger=True,
        )
        if sure:
            await self._training.cancel(view.record.local_id)
            self.refresh()
        return sure

    def _compare(self) -> None:
        view = self._view()
        if view is not None and view.record.state is not None:
            self._open_compare(view, str(view.record.state.fine_tuned_model), "tuned")

    def _chat(self, model: str) -> None:
        view = self._view()
        if view is not None:
            self._open_compare(view, model, "checkpoint", "chat")

    def _go_to_row(self, side: str, number: int) -> None:
        """To the row on Data that asks the same as the row at fault."""
        view = self._view()
        if view is None:
            return
        words = self.tr("row {n} of {name}").format(n=number, name=view.record.name)
        self._operations.run(
            self._training.rows.place_of(
                view.record.local_id, "test" if side == "test" else "train", number
            ),
            owner=self,
            done=lambda place: self.navigate.emit(
                "data", RowsOf(words=words, digests=(place.digest,), dataset=place.dataset)
            ),
            failed=self._ask.tell,
        )

    def _go_to_setting(self, setting: str) -> None:
        if setting == IN_SETTINGS:
            self.navigate.emit("settings", None)
        else:
            self.start_again(setting)

    def start_again(self, setting: str = "") -> None:
        """New fine-tune with this job's settings filled in, the keyboard at one of them."""
        view = self._view()
        if view is not None:
            plan, has_test = plan_of(view), not is_without_test_rows(view)
            self._operations.run(
                self._training.rows.dataset(view.record.local_id),
                owner=self,
                done=lambda name: self.navigate.emit(
                    "new_fine_tune", Again(plan, setting, name, has_test)
                ),
                failed=self._ask.tell,
            )

    def _tune_further(self, model: str) -> None:
        view = self._view()
        if view is not None:
            self.navigate.emit("new_fine_tune", (view.record.provider_id, model))

    def _keep(self, model: str, name: str) -> None:
        view = self._view()
        if view is not None:
            self._operations.run(
                self._training.keep_checkpoint(view.record.local_id, model, name),
                owner=self,
                done=lambda _: self.refresh(),
                failed=self._ask.tell,
            )

    def _rename(self, model: str, name: str) -> None:
        view = self._view()
        if view is not None:
            self._operations.run(
                self._renamed(view.record.local_id, model, name), owner=self, failed=self._ask.tell
            )

    async def _renamed(self, local_id: str, model: str, name: str) -> None:
        title = self.tr("What is this checkpoint to be called?")
        chosen = await self._ask.name(title, name, self.tr("Rename"))
        if chosen and chosen != name:
            await self._training.keep_checkpoint(local_id, model, chosen)
            self.refresh()

    def _open_compare(self, view: JobView, model: str, kind: str, page_id: str = "compare") -> None:
        record = view.record
        base = Contender(
            provider_id=record.provider_id,
            model=record.base_model,
            label=model_name(record.base_model),
            kind="base",
        )
        step = f"{record.name} · {model.rsplit(':', 1)[-1]}"
        label = record.name if kind == "tuned" else view.kept.get(model) or step
        tuned = Contender(provider_id=record.provider_id, model=model, label=label, kind=kind)
        self.navigate.emit(page_id, (base, tuned))
