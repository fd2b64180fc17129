"""The New fine-tune page: three cards of choices, and one that says whether they may start."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Method
from tunedesk.core.rows import Format
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.rescue.again_types import AgainPlan
from tunedesk.services.train.chosen_rows import ChosenRows
from tunedesk.services.train.training import (
    BaseModel,
    FineTunePlan,
    JobRecord,
    Readiness,
    ReadyCheck,
    Training,
)
from tunedesk.ui.again import OPEN_DATASET, Again
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.new_fine_tune.again_words import again_words
from tunedesk.ui.pages.new_fine_tune.check_strip import CheckStrip, is_any_stopped
from tunedesk.ui.pages.new_fine_tune.check_words import check_reason
from tunedesk.ui.pages.new_fine_tune.how_card import HowCard
from tunedesk.ui.pages.new_fine_tune.places import models_at_once
from tunedesk.ui.pages.new_fine_tune.ready_card import ReadyCard
from tunedesk.ui.pages.new_fine_tune.rows_choice import RowsChoice, Shelf
from tunedesk.ui.pages.new_fine_tune.what_card import MAX_NAME, WhatCard
from tunedesk.ui.pages.new_fine_tune.where_card import WhereCard
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.layout import column, row, scrolled
from tunedesk.ui.widgets.named_keys import named_key
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.widgets.start_strip import StartStrip
from tunedesk.ui.widgets.text import ElidedLabel

DEBOUNCE_MS = 150
RECHECK_MS = 1000  # while something, as the engine, is still on its way
_AGAIN_MS = {"memory": 4_000, "disk": 4_000, "provider_unreached": 5_000}
"""What may be mended outside of this window is looked at again, by its code."""
_STOPS = {"error": 0, "busy": 1}  # the graver first
_NUMBER = re.compile(r" \d{1,3}$")
_READY_WIDTH, _NARROW_READY_WIDTH, _NARROW_BELOW_PX = 380, 290, 1000


class NewFineTunePage(Page):
    """Every change is checked anew after a short pause; a late answer to an older question is
    dropped. Where and what to start from is what the services offer."""

    def __init__(
        self,
        *,
        training: Training,
        current: Shelf,
        operations: Operations,
        ask: Ask,
        theme: Theme,
    ) -> None:
        super().__init__("New fine-tune")
        self.set_title(self.tr("New fine-tune"))
        self._training, self._current, self._operations = training, current, operations
        self._generation = 0
        self._readiness: Readiness | None = None
        self._early: Sequence[ReadyCheck] = ()
        self._looking_at: _Rows | None = None
        self._is_starting = False
        self._named_for = self._named_like = ""
        self._taken: set[str] = set()
        self._again_of = self._voted_of = 0
        self._is_wished = False
        self.where = WhereCard(training.providers())
        self.rows = RowsChoice(current, operations, theme)
        self.what = WhatCard(theme, self.rows)
        self._first: QWidget = self.what.name
        self.how = HowCard()
        self.strip = StartStrip(training, operations)
        self.check_strip = CheckStrip()
        self.ready = ReadyCard(self.strip, self.check_strip)
        self._asked_models_of = self._why_no_models = ""
        self.what.offer(models_at_once(self.where.choice))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(DEBOUNCE_MS)
        self._pause.timeout.connect(self._check)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(RECHECK_MS)
        self._again.timeout.connect(self._check)
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        lead = ElidedLabel(self.tr("Everything is checked before anything is sent or spent"))
        lead.set_look("second")
        self.cancel = button(self.tr("Cancel"), self._leave, look="quiet")
        self.header.addWidget(lead, 1)
        self.header.addWidget(self.cancel)
        form = QWidget()
        form.setLayout(
            column(
                self.where,
                self.what,
                self.how,
                None,
                spacing=16,
                margins=(26, 22, 11, 22),
            )
        )
        side = QWidget()
        side.setLayout(column(self.ready, None, margins=(11, 22, 26, 22)))
        self._side = scrolled(side)
        line = row(spacing=0)
        line.addWidget(scrolled(form), 1)
        line.addWidget(self._side)
        self.differs = Notice()
        self.outer.addWidget(self.differs)
        self.outer.addLayout(line, 1)
        self._fit(1440)

    def _connect(self) -> None:
        self.where.changed.connect(self._place_chosen)
        self.rows.changed.connect(self._rows_changed)
        for card in (self.what, self.how):
            card.changed.connect(self._touched)
        self.ready.start_asked.connect(self._start)
        self.ready.doubt_changed.connect(self._show_start)
        self.strip.switched.connect(self._show_start)
        self.check_strip.go_on_asked.connect(self._go_on)
        named_key(self, ("Ctrl+Return", "Ctrl+Enter"), self.tr("Start fine-tune"), self._start)
        named_key(self, "Esc", self.tr("Back without starting"), self._leave)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(event.size().width())

    def _fit(self, width_px: int) -> None:
        narrow = width_px < _NARROW_BELOW_PX
        self._side.setFixedWidth((_NARROW_READY_WIDTH if narrow else _READY_WIDTH) + 37)

    # --- coming and going ---------------------------------------------------------------

    def on_enter(self, payload: object = None) -> None:
        """`payload`: None, OPEN_DATASET, (provider id, model id) of the base model to start from,
        a job to start Again, or an AgainPlan whose dataset is open."""
        self.where.offer(self._training.providers())
        self._read_ends()
        self.where.show_keyless(self._training.without_key())
        self._show_again(payload if isinstance(payload, AgainPlan) else None)
        self._first = self.what.name
        self._named_like = ""
        self._is_wished = isinstance(payload, tuple | AgainPlan)
        if isinstance(payload, Again):
            self._fill(payload)
            self._first = self._setting(payload.setting)
        elif isinstance(payload, tuple) and len(payload) == 2:
            self.where.choose(str(payload[0]))
            self.what.want(str(payload[1]))
        self.ready.show_failure("")
        if payload == OPEN_DATASET or isinstance(payload, AgainPlan):
            self.rows.forget_choice()
        if isinstance(payload, Again):
            self.rows.enter(payload.dataset, has_test=payload.has_test)
        else:
            self.rows.enter()
        self._operations.run(self._training.jobs(), owner=self, done=self._jobs_known)
        self._suggest_name()
        self._readiness = None
        self._load_models()
        self._check()

    def _show_again(self, plan: AgainPlan | None) -> None:
        """Fill the page in; what is not as it was stays said while its dataset is open."""
        session = self._current.session
        if plan is None:
            if session is None or session.info.id != self._again_of:
                self.differs.hide()
            return
        self._again_of = plan.dataset.id
        self.where.choose(plan.provider_id)
        self.what.want(plan.base_model)
        self.what.name.setText(plan.name)
        self.how.fill(plan.hyperparameters, plan.seed)
        self.differs.tell(again_words(plan), kind="info")

    def _fill(self, again: Again) -> None:
        """The settings of a job that was started here; the rows are those of its dataset now."""
        plan = again.plan
        self.where.choose(plan.provider_id)
        self.what.want(plan.base_model)
        self._named_like = self._named_for = plan.name[:MAX_NAME]
        self.what.name.setText(self._named_for)
        self.how.fill(plan.hyperparameters, plan.seed)
        told = self.tr(
            "The settings of {name} are filled in: change what you like. The rows are those of the "
            "dataset as they are now."
        )
        self.differs.tell(told.format(name=plan.name), kind="info")

    def _setting(self, name: str) -> QWidget:
        """Where a setting is changed; the name of the fine-tune for one that has no place."""
        places: dict[str, QWidget] = {
            "n_epochs": self.how.n_epochs.edit,
            "batch_size": self.how.batch_size.edit,
            "learning_rate_multiplier": self.how.learning_rate.edit,
            "beta": self.how.beta.edit,
            "seed": self.how.seed_field.edit,
            "model": self.what.model,
            "training_file": self.rows.train_box,
            "validation_file": self.rows.test_box,
        }
        return places.get(name, self.what.name)

    def first_focus(self) -> QWidget | None:
        return self._first

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._generation += 1
        self.rows.leave(keep_open=self._is_starting)
        self._pause.stop()
        self._again.stop()

    def _leave(self) -> None:
        self.navigate.emit("data", None)

    def _suggest_name(self) -> None:
        """A name after the dataset, or after the job that is started again, that no job has yet;
        until the person writes one."""
        chosen, typed = self.rows.chosen, self.what.name_text
        if chosen is None or (typed and typed != self._named_for):
            return
        like = self._named_like or chosen.train.session.info.name.removesuffix(".jsonl")
        like = like[: MAX_NAME - 4].strip()
        stem = _NUMBER.sub("", like) if self._named_like else like
        names = itertools.chain([like], (f"{stem} {n}" for n in itertools.count(2)))
        self._named_for = next(name for name in names if name not in self._taken)
        self.what.name.setText(self._named_for)

    def _jobs_known(self, jobs: list[JobRecord]) -> None:
        self._taken = {job.name for job in jobs}
        self._suggest_name()

    def tables_changed(self) -> None:
        """Prices or ends are others than before: what is shown is worked out anew."""
        self._read_ends()
        if self.isVisible():
            self._touched()

    def _read_ends(self) -> None:
        self._operations.run(
            self._training.read_ends(),
            owner=self,
            done=lambda _: self.where.offer(self._training.providers()),
        )

    # --- checking -----------------------------------------------------------------------

    def _rows_changed(self) -> None:
        """While these very rows are looked at, each further step of that is no other question."""
        if self.isVisible() and (
            self._looking_at is None or self._looking_at != _rows_now(self.rows.chosen)
        ):
            self._suggest_name()
            self._show_method()
            self._touched()

    def _place_chosen(self) -> None:
        self.how.suit(self.where.choice)
        self.what.offer(models_at_once(self.where.choice))
        self._load_models()
        self._touched()

    def _load_models(self) -> None:
        """Ask the chosen provider once at a time; until it answers, what is shown stays."""
        provider_id = self.where.choice.id
        if self._asked_models_of != provider_id:
            self._asked_models_of = provider_id
            self._why_no_models = ""
            self._operations.run(
                self._training.base_models(provider_id),
                owner=self,
                done=lambda models: self._models_loaded(provider_id, models),
                failed=lambda error: self._models_failed(provider_id, error),
            )

    def _models_loaded(self, provider_id: str, models: list[BaseModel]) -> None:
        if self._asked_models_of != provider_id:
            return
        self._asked_models_of = ""
        if models and self.what.offer(models):
            self._touched()

    def _models_failed(self, provider_id: str, error: TunedeskError) -> None:
        """Where a model is known the checks say why its provider is out of reach, else this does;
        the models are asked for again later."""
        if self._asked_models_of == provider_id:
            self._asked_models_of = ""
            self._why_no_models = f"{error.title} {error.what} {error.next_step}"
            self._show_start()

    def _touched(self) -> None:
        """Whatever was known is about an older question now."""
        self._generation += 1
        self._readiness, self._early, self._looking_at = None, (), None
        self.ready.show_failure("")
        self._pause.start()
        self._show_start()

    def _show_method(self) -> None:
        """The rows that are learned decide."""
        if self.rows.chosen is not None:
            is_pairs = self.rows.chosen.train.session.format is Format.PREFERENCE
            method: Method = "dpo" if is_pairs else "supervised"
            self.what.show_method(method)
            self.how.learn_from(method)
            if is_pairs:
                self._ask_votes(self.rows.chosen.train.session)

    def _ask_votes(self, session: DatasetSession) -> None:
        """Once for each dataset of pairs: which model were they voted on?"""
        if session.info.id != self._voted_of and not self._is_wished:
            self._voted_of = session.info.id
            self._operations.run(
                self._training.voted_base(session),
                owner=self,
                done=lambda found: self._votes_known(session, found),
            )

    def _votes_known(self, session: DatasetSession, found: tuple[str, str] | None) -> None:
        chosen = self.rows.chosen
        if chosen is None or chosen.train.session is not session:
            return
        provider_id, model = found or (self.where.choice.id, "")
        self.where.choose(provider_id)
        self.what.suggest(model)

    def _plan(self) -> FineTunePlan:
        return FineTunePlan(
            name=self.what.name_text,
            provider_id=self.where.choice.id,
            base_model=self.what.model_id,
            method=self.how.method,
            hyperparameters=self.how.hyperparameters,
            seed=self.how.seed,
        )

    def _check(self, *, goes_on: bool = False) -> None:
        """Ask the services; nothing is asked about entries that are refused anyway, or of rows
        whose check a person stopped, unless it `goes_on`."""
        self._pause.stop()
        self._again.stop()
        self._generation += 1
        chosen = self.rows.chosen
        self._show_start()
        if not self.what.model_id:
            self.ready.show_nothing()  # what it says is about another place
        self._looking_at = None
        is_stopped = self._is_stopped() and not goes_on
        self.check_strip.follow(chosen.sessions if is_stopped and chosen is not None else ())
        if chosen is None or self.how.problem or not self.what.model_id or is_stopped:
            return
        asked, self._looking_at = self._generation, _rows_now(chosen)
        self._operations.run(
            self._training.readiness(
                self._plan(), chosen, lambda checks, known: self._told(asked, checks, known)
            ),
            owner=self,
            done=lambda readiness: self._checked(asked, readiness),
            failed=lambda error: self._check_failed(asked, error),
        )

    def _is_stopped(self) -> bool:
        """Whether a person stopped the look at the rows, which this page leaves so until asked."""
        return self.rows.chosen is not None and is_any_stopped(self.rows.chosen.sessions)

    def _go_on(self) -> None:
        self._touched()
        self._check(goes_on=True)

    def _told(self, asked: int, checks: Sequence[ReadyCheck], known: Readiness | None) -> None:
        """Something is known of a question that is not answered yet."""
        if asked == self._generation and self.rows.chosen is not None:
            self._early = checks
            self.ready.show_early(checks, known)
            self.check_strip.follow(self.rows.chosen.sessions)
            self._show_start()

    def _checked(self, asked: int, readiness: Readiness) -> None:
        if asked != self._generation:
            return
        self._looking_at = None
        self.check_strip.follow(())
        self._readiness = readiness
        self.ready.show_readiness(readiness)
        self.how.show_resolved(readiness.resolved, is_told=readiness.is_auto_told)
        self.rows.show_counts(readiness.n_train, readiness.n_test)
        self._show_start()
        pause_ms = max((_AGAIN_MS.get(check.code, 0) for check in readiness.checks), default=0)
        if any(check.level == "busy" for check in readiness.checks):
            pause_ms = RECHECK_MS
        if pause_ms and self.isVisible():
            self._again.start(pause_ms)

    def _check_failed(self, asked: int, error: TunedeskError) -> None:
        if asked == self._generation and self._is_stopped():
            self._check()
        elif asked == self._generation:
            self._looking_at = None
            self.check_strip.follow(())
            self.ready.set_start(False, self.tr("This could not be checked."))
            self.ready.show_failure(f"{error.title} {error.what} {error.next_step}")

    def _show_start(self) -> None:
        reason = self._reason()
        self.ready.set_start(not reason, reason, busy=self._is_starting)

    def _reason(self) -> str:
        """Why Start is off, empty when it may be pressed."""
        if self._is_starting:
            return ""
        if self._training.start_progress is not None:
            return self.tr("Another fine-tune is being started.")
        if self.rows.failure is not None:
            return f"{self.rows.failure.title} {self.rows.failure.what}"
        if self.rows.is_opening:
            return self.tr("Opening the dataset…")
        if self.rows.chosen is None:
            return self.tr("Open a dataset first: its train rows are what the model learns.")
        refused = self._refused()
        if refused:
            return refused
        return self._verdict()

    def _verdict(self) -> str:
        """What the checks say against it, as far as they are known."""
        if self._is_stopped():
            return self.tr("The rows are not all looked at.")
        if self._readiness is not None and self._readiness.can_start:
            return self._doubt()
        checks = self._early if self._readiness is None else self._readiness.checks
        found = sorted((c for c in checks if c.level in _STOPS), key=lambda c: _STOPS[c.level])
        if self._readiness is None and not any(c.level == "error" for c in found):
            return self.tr("Checking…")
        return self._not_yet(found[0]) if found else self.tr("This cannot be started as it is.")

    def _not_yet(self, cause: ReadyCheck) -> str:
        return self.tr("Not yet: {cause}.").format(cause=check_reason(cause))

    def _doubt(self) -> str:
        """What could start, but better not as it is."""
        doubt = self.ready.doubt
        if doubt is None:
            return ""
        words = self.tr("Not yet: {cause}. Put it right on Data, or tick “Start all the same”.")
        return words.format(cause=check_reason(doubt))

    def _refused(self) -> str:
        """What is in the way of every plan: an entry, or nobody to ask for a model."""
        if not self.what.model_id and self._why_no_models:
            return self._why_no_models
        return self.what.problem or self.how.problem

    # --- starting -----------------------------------------------------------------------

    def _start(self) -> None:
        chosen = self.rows.chosen
        if chosen is None or self._is_starting or self._reason():
            return
        self._is_starting = True
        self.ready.show_failure("")
        self._show_start()
        self._operations.run(
            self._run_start(chosen), owner=self, done=self._started, failed=self._start_failed
        )

    async def _run_start(self, chosen: ChosenRows) -> str:
        try:
            return await self._training.start(self._plan(), chosen)
        finally:
            self._is_starting = False
            if not self.isVisible():
                self.rows.leave(keep_open=False)

    def _started(self, local_id: str) -> None:
        self._named_for = self.what.name_text  # the next one gets another
        self._show_start()
        if self.isVisible():  # who went elsewhere meanwhile stays there
            self.navigate.emit("train", local_id)

    def _start_failed(self, error: TunedeskError) -> None:
        self._readiness = None
        self._check()
        self.ready.show_failure(f"{error.title}\n{error.what}\n{error.next_step}")


_Rows = tuple[ChosenRows, list[int]]


def _rows_now(chosen: ChosenRows | None) -> _Rows | None:
    """Equal for the same rows on the same sides."""
    return None if chosen is None else (chosen, [one.version for one in chosen.sessions])
