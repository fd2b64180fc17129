"""The dataset in numbers: tokens, longest row, time here, price elsewhere, how long rows are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QMenu, QPushButton, QWidget

from tunedesk.core.rows import Format
from tunedesk.services.check.row_cuts import LengthTarget
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.train.costing import (
    Estimate,
    MeasuredRate,
    Part,
    Spread,
    estimate,
    load_prices,
    model_here,
    price_of,
    spread_of,
)
from tunedesk.services.train.costing_types import Price, PriceTable
from tunedesk.ui.memory import Memory
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.histogram import Histogram
from tunedesk.ui.pages.data.price_words import price_tip
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import IconButton, button
from tunedesk.ui.widgets.job_words import dollars
from tunedesk.ui.widgets.layout import Card, KeyValues, column, row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip
from tunedesk.ui.words import counted, duration

_FEW_ROWS = 20_000  # counted at once; more take a thread
_PAUSE_MS = 1_000  # with no change: counting a million rows takes the window's time, too
_PART_KEY, _MODEL_KEY, _FOLDED_KEY = "numbers.part", "numbers.model", "numbers.folded"
_TARGET_KEY = "numbers.target"


class NumbersCard(Card):
    """Shown below the row; says "counting…" until the check has run.

    `target_chosen(LengthTarget)`: the rows are for another model. `targets_wanted()`: the menu of
    models is about to be read. `rate` is set by
    whoever knows how fast this computer trains.
    """

    target_chosen = Signal(object)
    targets_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        operations: Operations,
        targets: Sequence[LengthTarget] = (),
        parent: QWidget | None = None,
    ) -> None:
        """`targets`: the models that rows can be for, the first of them unless one was chosen."""
        super().__init__(look="card-sunken", parent=parent)
        self._targets = tuple(targets)
        self._operations = operations
        self._memory = Memory()
        self._table: PriceTable = load_prices()
        self._session: DatasetSession | None = None
        self._counting: asyncio.Task[Spread] | None = None
        self._weighing: asyncio.Task[float] | None = None
        self._times_own: float | None = None
        self._shown: tuple[object, ...] | None = None
        self._spread: Spread | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_PAUSE_MS)
        self._later.timeout.connect(self._count)
        self.rate: MeasuredRate | None = None
        self.body.setContentsMargins(14, 12, 14, 10)
        self.body.setSpacing(7)
        self._values = KeyValues()
        self._histogram = Histogram(theme)
        self._low, self._high = PlainLabel("", "second"), PlainLabel("", "second")
        self._add_head(theme)
        middle = PlainLabel(self.tr("tokens per row"), "second")
        self._inside = QWidget()
        self._inside.setLayout(
            column(
                self._for_whom(),
                self._values,
                row(self._elsewhere(), None, self._price(), margins=(-4, 0, 0, 0)),
                self._histogram,
                row(self._low, None, middle, None, self._high),
                spacing=7,
            )
        )
        self.body.addWidget(self._inside)

    def _add_head(self, theme: Theme) -> None:
        self._group = QButtonGroup(self)
        self.parts: dict[Part, QPushButton] = {}
        words: dict[Part, str] = {
            "all": self.tr("All"),
            "train": self.tr("Train"),
            "test": self.tr("Test"),
        }
        for part, text in words.items():
            name = self.tr("Numbers of: {part}").format(part=text)
            made = button(text, partial(self._choose_part, part), look="filter", name=name)
            self._group.addButton(made)
            self.parts[part] = made
        self.parts["train"].setChecked(True)
        heading = PlainLabel(self.tr("This dataset"), "heading")
        self.fold = IconButton(theme, "down", "", self._fold)
        self._name_fold(is_open=True)
        self.body.addLayout(row(heading, None, *self.parts.values(), self.fold, spacing=4))

    def _fold(self) -> None:
        is_open = self._inside.isHidden()
        self._memory.set(_FOLDED_KEY, "" if is_open else "yes")
        self._show_inside(is_open=is_open)

    def _show_inside(self, *, is_open: bool) -> None:
        self._inside.setVisible(is_open)
        for made in self.parts.values():
            made.setVisible(is_open)
        self._name_fold(is_open=is_open)

    def _name_fold(self, *, is_open: bool) -> None:
        words = self.tr("Hide the numbers") if is_open else self.tr("Show the numbers")
        self.fold.show_as("down" if is_open else "up", words)

    def _for_whom(self) -> QWidget:
        """A menu of models; nothing where there are none."""
        words = self.tr("Rows are for")
        self.target_button = button("", look="link", name=words)
        menu = QMenu(self.target_button)
        menu.aboutToShow.connect(self.targets_wanted)
        self.target_button.setMenu(menu)
        line = QWidget(self)
        line.setLayout(row(PlainLabel(words, "second"), None, self.target_button))
        line.setHidden(not self._targets)
        return line

    def _elsewhere(self) -> QPushButton:
        self.model = button("", look="link", name=self.tr("Price elsewhere"))
        self.model.setMenu(QMenu(self.model))
        self._fill_menus()
        return self.model

    def _fill_menus(self) -> None:
        """The models to choose from, in both menus."""
        for button_, choices in (
            (
                self.target_button,
                [(t.label, partial(self._choose_target, t)) for t in self._targets],
            ),
            (self.model, [(p.label, partial(self._choose_model, p)) for p in self._table.prices]),
        ):
            menu = button_.menu()
            menu.clear()
            for label, choose in choices:
                menu.addAction(label, choose)

    def _price(self) -> PlainLabel:
        self.price = PlainLabel("")
        return self.price

    def use(self, memory: Memory, rate: MeasuredRate | None) -> None:
        """Take up what was chosen last time, and how fast this computer was."""
        self._memory, self.rate = memory, rate
        self._show_inside(is_open=not self._memory.get(_FOLDED_KEY))
        kept = self._memory.get(_PART_KEY)
        for part, made in self.parts.items():
            if part == kept:
                made.setChecked(True)
        self._shown = None
        if self._session is not None:
            self.show_session(self._session)

    def use_prices(self, table: PriceTable, targets: Sequence[LengthTarget]) -> None:
        """Another table of prices, with the models it names; what was chosen stays where it can."""
        before = self.target
        if (table, tuple(targets)) == (self._table, self._targets):
            return
        self._table, self._targets = table, tuple(targets)
        self._fill_menus()
        self._show(self._spread)
        if self.target != before and self.target is not None:
            self.target_chosen.emit(self.target)

    # -- choices -------------------------------------------------------------------------------

    @property
    def part(self) -> Part:
        return next(part for part, made in self.parts.items() if made.isChecked())

    def _chosen_price(self) -> Price | None:
        kept = self._memory.get(_MODEL_KEY)
        prices = self._table.prices
        return next((price for price in prices if price.model == kept), next(iter(prices), None))

    @property
    def lacks_target(self) -> bool:
        """Whether the model that was chosen is not among those that are known."""
        kept = self._memory.get(_TARGET_KEY)
        return bool(kept) and kept not in {target.model for target in self._targets}

    @property
    def target(self) -> LengthTarget | None:
        """The model that rows are for."""
        kept = self._memory.get(_TARGET_KEY)
        found = (target for target in self._targets if target.model == kept)
        return next(found, self._targets[0] if self._targets else None)

    def _choose_target(self, target: LengthTarget) -> None:
        self._memory.set(_TARGET_KEY, target.model)
        self._show_target()
        self.target_chosen.emit(target)
        self._show(self._spread)

    def _show_target(self) -> None:
        target = self.target
        if target is None:
            return
        self.target_button.setText(target.label.replace("&", "&&"))
        words = self.tr(
            "{model} reads {n} tokens of a row; longer rows are cut and listed as problems."
        )
        said = words.format(model=target.label, n=f"{target.limit_tokens:,}")
        set_tip(self.target_button, said)
        self.target_button.setAccessibleDescription(said)

    def _choose_part(self, part: Part) -> None:
        self._memory.set(_PART_KEY, part)
        if self._session is not None:
            self.show_session(self._session)

    def _choose_model(self, price: Price) -> None:
        self._memory.set(_MODEL_KEY, price.model)
        self._show(self._spread)

    # -- showing -------------------------------------------------------------------------------

    def show_session(self, session: DatasetSession) -> None:
        """Follow the session; counts again only if an edit or a check made that necessary."""
        is_counting = _is_counting(session)
        state = (session.version, is_counting, self.part, session.totals().tokens)
        if session is self._session and state == self._shown:
            return
        if session is not self._session:
            self._times_own = None
        self._session, self._shown = session, state
        if is_counting:
            self._show(None)
        elif len(session) <= _FEW_ROWS:
            self._show(spread_of(session.marks(), self.part))
        else:
            self._later.start()

    def _count(self) -> None:
        """In a thread, one after the other: what changes meanwhile is counted next."""
        session, state = self._session, self._shown
        if session is None or self._counting is not None:
            return
        work = asyncio.to_thread(spread_of, session.marks(), self.part)

        def done(spread: Spread) -> None:
            self._counting = None
            if session is self._session and not _is_counting(session):
                self._show(spread)
            if self._session is not None and (session, state) != (self._session, self._shown):
                self._shown = None
                self.show_session(self._session)

        self._counting = self._operations.run(work, owner=self, done=done)

    def _weigh(self) -> None:
        """Have it told how many tokens the model here makes of the rows."""
        session, model = self._session, model_here(self.rate)
        if session is None or self._weighing is not None:
            return
        here = (one.tokenizer for one in self._targets if one.model == model and one.tokenizer)
        tokenizer, version = next(here, None), session.version
        if tokenizer is None:
            self._times_own = 1.0
            return

        def done(times: float) -> None:
            self._weighing = None
            if session is not self._session or session.version != version:
                self._weigh()
            elif times != self._times_own:
                self._times_own = times
                self._show_here()

        work = session.times_own(tokenizer)
        self._weighing = self._operations.run(work, owner=self, done=done)

    def _show(self, spread: Spread | None) -> None:
        self._spread = spread
        self._show_target()
        price = self._chosen_price()
        label = price.label if price is not None else self.tr("Price elsewhere")
        self.model.setText(label.replace("&", "&&"))
        if spread is None:
            self._show_waiting()
            return
        self._weigh()
        self._values.set(self.tr("Tokens (o200k)"), f"{spread.tokens:,}")
        self._show_longest(spread)
        self._show_here()
        self._show_price(spread, price)
        self._histogram.set_bins(spread.histogram(), self._spoken(spread))
        self._low.setText(f"{spread.shortest_tokens:,}")
        self._high.setText(f"{spread.longest_tokens:,}")

    def _show_here(self) -> None:
        """What training here takes; the time once it is known how the model here counts."""
        spread, session = self._spread, self._session
        if spread is None or session is None:
            return
        found = estimate(
            spread,
            self.rate,
            is_pairs=session.format is Format.PREFERENCE,
            times_own=self._times_own or 1.0,
        )
        self._values.set(self._trained_name(), f"{found.trained_tokens:,}")
        shown = counted(
            found.n_epochs,
            self.tr("Trained tokens × 1 epoch"),
            self.tr("Trained tokens × {n} epochs"),
        )
        self._values.call(self._trained_name(), shown)
        is_known = self._times_own is not None
        time_here = self._time_here(found) if is_known else self.tr("counting…")
        self._values.set(self.tr("On this computer"), time_here)
        set_tip(self._values, self._tip(found))

    def _trained_name(self) -> str:
        return self.tr("Trained tokens")

    def _show_waiting(self) -> None:
        is_stopped = self._session is not None and self._session.is_check_stopped
        waiting = self.tr("not counted yet") if is_stopped else self.tr("counting…")
        for name in (
            self.tr("Tokens (o200k)"),
            self.tr("Longest row"),
            self._trained_name(),
            self.tr("On this computer"),
        ):
            self._values.set(name, waiting)
        self.price.setText(waiting)
        self._histogram.set_bins((), waiting)
        for end in (self._low, self._high):
            end.setText("")

    def _show_longest(self, spread: Spread) -> None:
        name, target = self.tr("Longest row"), self.target
        if target is None:
            self._values.set(name, f"{spread.longest_tokens:,}")
            return
        words = self.tr("{longest} of {limit}")
        said = words.format(longest=f"{spread.longest_tokens:,}", limit=f"{target.limit_tokens:,}")
        is_over = spread.longest_tokens > target.limit_tokens
        self._values.set(name, said, look="second-error" if is_over else "body")

    def _time_here(self, found: Estimate) -> str:
        if found.local_s is None:
            return "—"
        return self.tr("free · about {time}").format(time=duration(found.local_s))

    def _tip(self, found: Estimate) -> str:
        epochs = counted(
            found.n_epochs,
            self.tr("Trained tokens are those of 1 epoch."),
            self.tr("Trained tokens are those of {n} epochs."),
        )
        if self.rate is not None:
            rate = self.tr("Time from your last run here: {n} tokens a second.")
            return f"{epochs}\n{rate.format(n=f'{self.rate.tokens_per_s:,.0f}')}"
        rate = self.tr("Time from measurements on a computer with two cores.")
        return f"{epochs}\n{rate}"

    def _show_price(self, spread: Spread, price: Price | None) -> None:
        if price is None:
            self._tell_price(self.tr("unknown"), self.tr("The table of prices is empty."))
            return
        usd, n_epochs = price_of(spread, price)
        told = price_tip(spread, price, n_epochs, self._table.as_of)
        self._tell_price(f"≈ {dollars(usd)}" if spread.n_rows else "—", told)
        name = self.tr("{model}: about {price}")
        self.price.setAccessibleName(name.format(model=price.label, price=dollars(usd)))

    def _tell_price(self, words: str, told: str) -> None:
        self.price.setText(words)
        self.price.setAccessibleName(words)
        for part in (self.price, self.model):
            set_tip(part, told)

    def _spoken(self, spread: Spread) -> str:
        words = self.tr("Tokens per row, as bars: {rows} rows from {low} to {high} tokens")
        return words.format(
            rows=f"{spread.n_counted:,}",
            low=f"{spread.shortest_tokens:,}",
            high=f"{spread.longest_tokens:,}",
        )


def _is_counting(session: DatasetSession) -> bool:
    """Whether sums would be too small: rows' tokens are being counted, or none has any yet."""
    is_under_way = session.check_state is not None or not session.is_checked
    is_begun = session.totals().tokens > 0 and session.is_checked
    return not session.is_counted and (is_under_way or not is_begun)
