"""Rate one model: its answers to the test rows, one after another, with nothing beside them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QFrame, QVBoxLayout, QWidget

from tunedesk.core.chat import longer_limit
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.comparison import Comparison, Contender, HeldOutPrompt
from tunedesk.services.compare.rating import Asked, RatingRecord, Ratings
from tunedesk.services.compare.settings import CompareSettings, with_system
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.ui.memory import Memory
from tunedesk.ui.model_names import model_names
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.compare.bubbles import PromptBubbles
from tunedesk.ui.pages.compare.reference import Reference
from tunedesk.ui.pages.compare.settings_popup import SettingsPopup
from tunedesk.ui.pages.compare.vote_keys import VoteKeys
from tunedesk.ui.pages.rate.rate_bar import STARS, RateBar
from tunedesk.ui.pages.rate.summary_card import SummaryCard
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.links import LinkOpener
from tunedesk.ui.widgets.markdown_view import MarkdownView
from tunedesk.ui.widgets.notice import Notice
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.widgets.proof import ProofButton
from tunedesk.ui.widgets.text import PlainLabel

_WATCH_MS = 33
_SCALE_KEY = "rate.scale"


class RatePage(Page):
    """Keys 1 to 5, P and F rate, → skips, U takes the last back, R shows the reference."""

    def __init__(
        self,
        *,
        ratings: Ratings,
        comparison: Comparison,
        session: Callable[[], DatasetSession | None],
        operations: Operations,
        ask: Ask,
        theme: Theme,
        memory: Memory,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", parent=parent)
        self.title_label.setText(self.tr("Rate one model"))
        self.setAccessibleName(self.tr("Rate one model"))
        self._ratings, self._comparison, self._session = ratings, comparison, session
        self._operations, self._memory = operations, memory
        self._contenders: Sequence[Contender] = ()
        self._waiting: list[HeldOutPrompt] = []
        self._n_all = 0
        self._asked: Asked | None = None
        self._last: RatingRecord | None = None
        self._settings = CompareSettings()
        self._generation = 0
        self._links = LinkOpener(ask, operations, self)
        self._watch = QTimer(self, interval=_WATCH_MS)
        self._watch.timeout.connect(self._show_text)
        self._build_header(theme)
        self._build_body(theme)
        self._connect()

    # --- building ---

    def _build_header(self, theme: Theme) -> None:
        self.model = ChoiceBox(theme, self.tr("Model to be rated"))
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.model.setMinimumWidth(120)
        self.model.setMaximumWidth(320)
        self.progress = PlainLabel("", "second")
        self.settings_popup = SettingsPopup(self)
        self.settings = button(self.tr("Settings ▾"), self._open_settings, name=self.tr("Settings"))
        self.back = button(self.tr("Blind comparison"), lambda: self.navigate.emit("compare", None))
        self.header.addWidget(self.model)
        self.header.addStretch()
        self.proof = ProofButton(theme)
        for part in (self.progress, self.proof, self.settings, self.back):
            self.header.addWidget(part)

    def _build_body(self, theme: Theme) -> None:
        self.notice = Notice()
        self.answer = MarkdownView(theme)
        self.answer.setAccessibleName(self.tr("The answer to be rated"))
        self.bubbles = PromptBubbles()
        self.said = PlainLabel("", "faint", wrap=True)
        self.answer.set_header(self.bubbles)
        self.answer.set_footer(self.said)
        self.reference = Reference()
        self.summary = SummaryCard()
        self.bar = RateBar(theme)
        self.bar.show_scale(self._memory.get(_SCALE_KEY) or STARS)
        panel = QFrame()
        panel.setObjectName("panel")
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.answer)
        for part in (self.notice, panel, self.reference, self.summary, self.bar):
            self.outer.addWidget(part, 1 if part is panel else 0)

    def _connect(self) -> None:
        self.model.activated.connect(lambda _index: self._begin())
        self.answer.link_activated.connect(self._links.offer)
        self.settings_popup.changed.connect(self._set_settings)
        self.bar.rated.connect(self._rate)
        self.bar.skip_wanted.connect(self._skip)
        self.bar.undo_wanted.connect(self._undo)
        self.bar.reference_wanted.connect(self._toggle_reference)
        self.bar.scale_chosen.connect(lambda name: self._memory.set(_SCALE_KEY, name))
        keys = VoteKeys(self)
        for number in range(1, 6):
            words = self.tr("{n} of 5 stars").format(n=number)
            keys.add(str(number), words, partial(self.bar.by_key, stars=number))
        keys.add("P", self.tr("Pass"), lambda: self.bar.by_key(passed=True))
        keys.add("F", self.tr("Fail"), lambda: self.bar.by_key(passed=False))
        keys.add(Qt.Key.Key_Right, self.tr("Skip"), self._skip)
        keys.add("U", self.tr("Undo"), self._undo)
        keys.add("R", self.tr("Reference reply"), self._toggle_reference)
        keys.add("N", self.tr("Note"), self.bar.note.setFocus)
        self.bar.note.returnPressed.connect(self.answer.setFocus)

    # --- entering ---

    def on_enter(self, payload: object = None) -> None:
        """`payload`: None, or the Contender to rate."""
        self._run(self._enter(payload if isinstance(payload, Contender) else None))

    def first_focus(self) -> QWidget | None:
        return self.answer

    async def _enter(self, wanted: Contender | None) -> None:
        chosen = wanted or self._who
        found = await self._comparison.contenders()
        self._contenders = [one for one in found if not one.is_frozen]
        self._settings = await self._comparison.settings()
        self.model.clear()
        self.model.addItems(model_names(self._contenders, self._comparison.place_of))
        self.model.setCurrentIndex(self._place_of(chosen))
        await self._show_summaries()
        self._begin()

    def _place_of(self, chosen: Contender | None) -> int:
        keys = [(one.provider_id, one.model) for one in self._contenders]
        if chosen is not None and (chosen.provider_id, chosen.model) in keys:
            return keys.index((chosen.provider_id, chosen.model))
        tuned = (n for n, one in enumerate(self._contenders) if one.kind != "base")
        return next(tuned, 0 if self._contenders else -1)

    @property
    def _who(self) -> Contender | None:
        at = self.model.currentIndex()
        return self._contenders[at] if 0 <= at < len(self._contenders) else None

    def _begin(self) -> None:
        """The test rows whose answers of this model are not rated yet."""
        self._generation += 1
        self._last = None
        who, generation = self._who, self._generation
        if who is None:
            self._tell_nothing(self.tr("There is no model to rate yet. Train one first."))
            return

        def known(found: list[HeldOutPrompt]) -> None:
            if generation == self._generation:
                self._waiting, self._n_all = found, len(found)
                self._next()

        work = self._ratings.prompts(who, self._session())
        self._operations.run(work, owner=self, done=known, failed=self._tell)

    # --- one answer after another ---

    def _next(self) -> None:
        self._generation += 1
        self._asked = None  # from here on no key may rate the answer before
        self.proof.show_answer(None)
        self.bar.allow(may_rate=False, may_undo=self._last is not None)
        self.reference.hide()
        self.bar.note.clear()
        self.notice.hide()
        n_done = self._n_all - len(self._waiting)
        self.progress.setText(
            self.tr("Test set {n} of {total}").format(
                n=f"{min(n_done + 1, self._n_all):,}", total=f"{self._n_all:,}"
            )
            if self._n_all
            else ""
        )
        if not self._waiting:
            self._tell_nothing(self._why_nothing())
            return
        self._run(self._ask(self._generation))

    def _why_nothing(self) -> str:
        if self._n_all:
            return self.tr("Every answer of the test set was rated or passed over.")
        return self.tr(
            "No test row of the open dataset waits for a rating: open a dataset with a test side "
            "on Data, or choose another model."
        )

    def _tell_nothing(self, words: str) -> None:
        self._asked = None
        self._watch.stop()
        self.answer.clear()
        self.bubbles.set_messages([])
        self.said.setText("")
        self.answer.refresh()
        self.notice.tell(words, kind="info")
        self.bar.allow(may_rate=False, may_undo=self._last is not None)

    async def _ask(self, generation: int) -> None:
        who = self._who
        if who is None:
            return
        prompt = with_system(self._waiting[0], self._settings.system)
        asked = await self._ratings.begin(who, prompt, self._settings.chat)
        if generation != self._generation:
            return
        self._asked = asked
        self.bubbles.set_messages(prompt.messages)
        self.answer.clear()
        self.reference.set_text(prompt.reference)
        self.bar.allow(may_rate=False, may_undo=self._last is not None)
        self.said.setText(self.tr("the answer is being written"))
        self.answer.refresh()
        self._watch.start()
        await self._ratings.run(asked, who, prompt, self._settings.chat)
        if generation == self._generation:
            self._show_whole(asked)

    def _show_text(self) -> None:
        if self._asked is not None:
            self.answer.set_text(self._asked.text)

    def _show_whole(self, asked: Asked) -> None:
        self._watch.stop()
        self._show_text()
        self.said.setText(self._why_not_rateable(asked))
        self.answer.refresh()
        self.proof.show_answer(asked.record.answer if asked.record is not None else None)
        if asked.problem is not None:
            self._tell(asked.problem)
        elif asked.met_limit:
            self._offer_longer()
        self.bar.allow(may_rate=asked.is_rateable, may_undo=self._last is not None)

    def _why_not_rateable(self, asked: Asked) -> str:
        if asked.is_rateable:
            return ""
        if asked.met_limit:
            return self.tr("This answer was cut at the longest that is set and cannot be rated.")
        return self.tr("This answer was cut off before its end and cannot be rated. → goes on.")

    def _offer_longer(self) -> None:
        limit = self._settings.chat.max_tokens
        words = self.tr("The answer was cut at {n} tokens. → goes on.").format(n=f"{limit:,}")
        longer = longer_limit(limit)
        if longer is None:
            self.notice.tell(words, kind="info")
            return
        way = self.tr("Ask again with up to {n} tokens").format(n=f"{longer:,}")
        self.notice.tell(words, (way, lambda: self._set_limit(longer)), kind="info")

    def _set_limit(self, n_tokens: int) -> None:
        """For this model and in Compare, from this prompt on."""
        chat = msgspec.structs.replace(self._settings.chat, max_tokens=n_tokens)
        self._settings = msgspec.structs.replace(self._settings, chat=chat)
        self._run(self._comparison.put_settings(self._settings))
        self.answer.setFocus()
        self._next()

    # --- rating ---

    def _rate(self, stars: int | None, passed: bool | None) -> None:
        if self._asked is not None and self._asked.record is not None:
            self.bar.allow(may_rate=False, may_undo=False)
            self._run(self._rate_now(self._asked.record, stars, passed))

    async def _rate_now(self, record: RatingRecord, stars: int | None, passed: bool | None) -> None:
        note = self.bar.note.text().strip()
        self._last = await self._ratings.rate(record, stars=stars, passed=passed, note=note)
        self._go_on()
        await self._show_summaries()

    def _skip(self) -> None:
        if self._waiting:
            self._go_on()

    def _go_on(self) -> None:
        del self._waiting[0]
        self._next()

    def _undo(self) -> None:
        """Show the answer rated last once more, unrated."""
        if self._last is not None:
            self._run(self._undo_now(self._last))

    async def _undo_now(self, last: RatingRecord) -> None:
        self._last = None
        await self._ratings.rate(last, stars=None, passed=None, note="")
        prompt = HeldOutPrompt(
            messages=last.messages, reference=last.reference, digest=last.prompt_digest
        )
        self._waiting.insert(0, prompt)
        self._next()
        await self._show_summaries()

    def _toggle_reference(self) -> None:
        if self._waiting:
            self.reference.setVisible(self.reference.isHidden())

    async def _show_summaries(self) -> None:
        self.summary.show_summaries(await self._ratings.summaries())

    # --- the rest ---

    def _open_settings(self) -> None:
        corner = self.settings.rect().bottomRight()
        self.settings_popup.open_at(self.settings.mapToGlobal(corner), self._settings)

    def _set_settings(self, settings: CompareSettings) -> None:
        self._settings = settings
        self._run(self._comparison.put_settings(settings))
        self._begin()

    def _run(self, work: Coroutine[Any, Any, object]) -> None:
        self._operations.run(work, owner=self, failed=self._tell)

    def _tell(self, error: TunedeskError) -> None:
        words = " ".join(part for part in (error.title, error.what, error.next_step) if part)
        self.notice.tell(words)
