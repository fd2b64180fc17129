"""Compare: held-out prompts one after another, or free chat, judged blind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.core.messages import role_of
from tunedesk.services.compare.ahead_types import AheadOffer
from tunedesk.services.compare.comparison import (
    Comparison,
    Contender,
    HeldOutPrompt,
    PromptSet,
    Round,
)
from tunedesk.services.compare.settings import CompareSettings, with_system
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.compare.ahead_line import AheadLine
from tunedesk.ui.pages.compare.judging import Judging
from tunedesk.ui.pages.compare.kept_line import KeptLine
from tunedesk.ui.pages.compare.pickers import Pair, PairPicker, WantedPair
from tunedesk.ui.pages.compare.prompts import TestSet
from tunedesk.ui.pages.compare.rounds import RoundDriver
from tunedesk.ui.pages.compare.settings_popup import SettingsPopup
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import IconButton, button
from tunedesk.ui.widgets.empty_state import EmptyState
from tunedesk.ui.widgets.links import LinkOpener
from tunedesk.ui.widgets.page import Page
from tunedesk.ui.widgets.progress_bar import ProgressBar
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.words import counted

ROOM_FOR_BAR_PX = 900
_ROOM_FOR_BUTTONS_PX = 960
"""Below that, ways to other modes stand in the menu, and the models' names have their room."""


class ComparePage(Page):
    """`voted` after each vote that was written down, for whoever shows a count. `row_wanted(round
    id, text)`: the winner's answer is to be a row of the dataset."""

    voted = Signal()
    row_wanted = Signal(str, str)

    def __init__(
        self,
        *,
        comparison: Comparison,
        session: Callable[[], DatasetSession | None],
        operations: Operations,
        ask: Ask,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", parent=parent)
        self.set_title(self.tr("Compare"))
        self.setAccessibleName(self.tr("Compare"))
        self._comparison = comparison
        self._session = session
        self._operations = operations
        self._free = False
        self._has_mode = False
        self._may_be_free = True
        self._test_set = TestSet()
        self._walked: Pair | None = None
        self._generation = 0
        self._is_due = False
        self._voted: set[str] = set()
        self._settings = CompareSettings()
        self._ask_user = ask
        self._is_repeat = False
        self._rounds = RoundDriver(comparison, operations, self)
        self.judging = Judging(self._rounds, theme)
        self.judging.connect_links(LinkOpener(ask, operations, self))
        self._build_header(theme)
        self._build_body()
        self.picker.changed.connect(self._pair_changed)
        self.judging.prompt_box.asked.connect(self._ask)
        self.judging.judged.connect(self._judged)
        self.judging.skipped.connect(self._passed)
        self.judging.row_wanted.connect(self.row_wanted)
        self.settings_popup.changed.connect(self._set_settings)
        self.judging.next_wanted.connect(self._next)
        self.judging.longer_wanted.connect(self._ask_longer)
        self.ahead.longer_wanted.connect(lambda n: self._set_settings(self._with_limit(n)))

    # --- building ---

    def _build_header(self, theme: Theme) -> None:
        self.picker = PairPicker(theme)
        self.progress_text = PlainLabel("", "second")
        self.progress = ProgressBar()
        self.progress.setMinimumWidth(40)
        self.progress.setMaximumWidth(150)
        self.progress.setAccessibleName(self.tr("Progress through the test set"))
        self.mode = button("", self._switch_mode, name=self.tr("Own prompts"))
        self.chat = button(self.tr("Free chat"), self._to_chat)
        more = self.tr("More ways to judge")
        self.more = IconButton(theme, "more", more, self._open_more)
        self.header.addWidget(self.picker)
        self.header.addWidget(PlainLabel(self.tr("Blind"), "chip-accent"))
        self.header.addStretch()
        self.header.addWidget(self.progress_text)
        self.header.addWidget(self.progress, 1)
        self.header.addWidget(self.mode)
        self.header.addWidget(self.chat)
        self.settings_popup = SettingsPopup(self)
        self.settings = button(self.tr("Settings ▾"), self._open_settings, name=self.tr("Settings"))
        self.header.addWidget(self.settings)
        self.header.addWidget(self.more)

    def _build_body(self) -> None:
        self.empty = EmptyState(
            self.tr("Nothing to compare yet"),
            self.tr(
                "Compare puts a tuned model against its base, or any two models. Train one first, "
                "or add a provider in Settings."
            ),
            self.tr("New fine-tune"),
            lambda: self.navigate.emit("new_fine_tune", None),
        )
        self._body = QStackedWidget()
        self._body.addWidget(self.judging)
        self._body.addWidget(self.empty)
        self.kept = KeptLine()
        self.ahead = AheadLine(self._comparison, self._operations, self._ask_user)
        self.outer.addWidget(self.kept)
        self.outer.addWidget(self.ahead)
        self.ahead.acted.connect(self.judging.ground.setFocus)
        self.outer.addWidget(self._body, 1)

    # --- entering ---

    def on_enter(self, payload: object = None) -> None:
        """`payload`: None, or the pair of Contenders to select (either may be None)."""
        wanted = _pair_of(payload)
        self._operations.run(
            self._comparison.contenders(),
            owner=self,
            done=lambda found: self._contenders_known(found, wanted),
            failed=self._cannot_begin,
        )

    def first_focus(self) -> QWidget | None:
        return self.judging.prompt_box.text if self._free else self.judging.ground

    def _contenders_known(self, found: Sequence[Contender], wanted: WantedPair) -> None:
        self.picker.set_contenders(found, self._comparison.place_of, wanted)
        can_compare = len(found) > 1
        self._body.setCurrentIndex(0 if can_compare else 1)
        for part in (self.picker, self.progress_text, self.progress, self.mode):
            part.setEnabled(can_compare)
        if not can_compare:
            self._has_mode = False
            self._make_room()
        elif self.picker.pair is None:
            self._ask_for_a_pair(self._why_no_pair(found, wanted))
        else:
            self._begin_walk()

    def _why_no_pair(self, found: Sequence[Contender], wanted: WantedPair) -> str:
        missing = wanted[1]
        keys = {(one.provider_id, one.model) for one in found}
        if missing is None or (missing.provider_id, missing.model) in keys:
            return self.tr("Choose two models above. Nothing is asked before that.")
        words = self.tr(
            "{model} cannot be asked any more: it was deleted or has ended, or its provider does "
            "not answer. Choose another one above."
        )
        return words.format(model=missing.label)

    def _cannot_begin(self, error: TunedeskError) -> None:
        self._body.setCurrentIndex(0)
        self._walked = None
        self.judging.tell_error(error, self.on_enter)

    def _pair_changed(self) -> None:
        if self.picker.pair is None:
            self._ask_for_a_pair(self.tr("Choose two different models."))
            return
        self.ahead.show_offer(None)  # that of the pair before
        self._begin_walk()

    def _ask_for_a_pair(self, words: str) -> None:
        self._walked = None
        self.kept.hide()
        self.ahead.show_offer(None)
        self._has_mode = False
        self.progress_text.hide()
        self._make_room()
        self.judging.set_free(False)
        self.judging.clear()
        self.judging.notice.tell(words, kind="info")

    def _begin_walk(self) -> None:
        """Start the test set for this pair and dataset, or go on where it stands."""
        pair = self.picker.pair
        if pair is not None:
            self._generation += 1
            self._operations.run(
                self._look_up(pair, self._generation), owner=self, failed=self._cannot_begin
            )

    async def _look_up(self, pair: Pair, generation: int) -> None:
        found = await self._comparison.prompts(*pair, self._session())
        voted = await self._comparison.voted_digests(*pair)
        settings = await self._comparison.settings()
        if generation == self._generation:
            self._use_settings(settings)
            self._walk(pair, found, voted)

    def _open_settings(self) -> None:
        corner = self.settings.rect().bottomRight()
        self.settings_popup.open_at(self.settings.mapToGlobal(corner), self._settings)

    def _use_settings(self, settings: CompareSettings) -> None:
        self._settings = settings
        self._rounds.settings = settings.chat
        self.judging.votes.set_own_reasons(settings.own_reasons)

    def _set_settings(self, settings: CompareSettings) -> None:
        """From the next prompt on; what was asked stays as it was asked."""
        is_asked_otherwise = (settings.chat, settings.system) != (
            self._settings.chat,
            self._settings.system,
        )
        self._keep_settings(settings)
        if is_asked_otherwise and not self._free:
            self._walked = None
            self._begin_walk()

    def _keep_settings(self, settings: CompareSettings) -> None:
        self._use_settings(settings)
        self._operations.run(
            self._comparison.put_settings(settings), owner=self, failed=self._cannot_begin
        )

    def _with_limit(self, n_tokens: int) -> CompareSettings:
        chat = msgspec.structs.replace(self._settings.chat, max_tokens=n_tokens)
        return msgspec.structs.replace(self._settings, chat=chat)

    def _ask_longer(self, n_tokens: int) -> None:
        """An answer met the longest that was set: this prompt is asked under a longer one, and so
        is what comes after it. What ended by itself stays."""
        self._keep_settings(self._with_limit(n_tokens))
        self._offer_ahead()
        self.judging.again()

    def _offer_ahead(self) -> None:
        """What of the test set nobody was asked yet, for these two."""
        pair, generation = self._walked, self._generation
        prompts = [one for one in self._test_set.prompts if one.digest not in self._voted]
        if pair is None or self._free or not prompts:
            self.ahead.show_offer(None)
            return

        def show(offer: AheadOffer) -> None:
            if generation == self._generation and not self._free:
                self.ahead.show_offer(offer)

        asked = self._comparison.ahead.offer(pair, prompts, self._settings.chat)
        self._operations.run(asked, owner=self, done=show, failed=lambda _error: None)

    def _walk(self, pair: Pair, found: PromptSet, voted: Collection[str]) -> None:
        under = [with_system(prompt, self._settings.system) for prompt in found.prompts]
        test_set = TestSet(found.prompts if found.is_kept_alone else under)
        if self._walked == pair and self._test_set.equals(test_set):
            self._catch_up()
            return
        self._walked = pair
        self._test_set = test_set
        self._may_be_free = not found.is_kept_alone
        self._voted = set(voted)
        self._free = len(test_set) == 0 and self._may_be_free
        self.kept.show_set(found)
        self.judging.clear()
        self._show_mode()
        self._offer_ahead()
        if not self._free:
            self._ask_current()

    def _catch_up(self) -> None:
        """What was under way for this pair when it was looked up once more was dropped."""
        self._offer_ahead()
        if self._is_due and not self._free:
            self._ask_current()

    # --- test set and free chat ---

    def _switch_mode(self) -> None:
        self._free = not self._free
        self.judging.clear()
        self._show_mode()
        self._offer_ahead()
        if self._free:
            self.judging.prompt_box.text.setFocus()
        else:
            self._ask_current()

    def _to_chat(self) -> None:
        """Where the models' names are in sight, and one word follows another."""
        self.navigate.emit("chat", None)

    def offered_menu(self) -> QMenu:
        """Other ways to judge; those whose buttons have no room, too."""
        menu = QMenu(self)
        if self._has_mode and not self._has_room:
            menu.addAction(self.mode.text(), self._switch_mode)
        if not self._has_room:
            menu.addAction(self.chat.text(), self._to_chat)
        menu.addAction(self.tr("Rate one model alone"), self._to_rate)
        return menu

    def _open_more(self) -> None:
        menu = self.offered_menu()
        menu.aboutToHide.connect(menu.deleteLater, Qt.ConnectionType.QueuedConnection)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _to_rate(self) -> None:
        """The second of the two alone, with nothing beside it."""
        self.navigate.emit("rate", self.picker.pair[1] if self.picker.pair else None)

    def _show_mode(self) -> None:
        total = len(self._test_set)
        self.mode.setText(self.tr("Test set") if self._free else self.tr("Own prompts"))
        self.mode.setAccessibleName(self.mode.text())
        self._has_mode = total > 0 and self._may_be_free
        self.judging.set_free(self._free)
        self.progress_text.setVisible(not self._free)
        self._make_room()
        position = min(self._test_set.index + 1, total)
        self.progress_text.setText(
            self.tr("Test set {n} of {total}").format(n=f"{position:,}", total=f"{total:,}")
        )
        self.progress.setRange(0, max(1, total))
        self.progress.setValue(min(self._test_set.index, total))
        last = not self._free and position == total
        self.judging.next_text = self.tr("Finish") if last else self.tr("Next prompt")

    @property
    def _has_room(self) -> bool:
        return self.width() >= _ROOM_FOR_BUTTONS_PX

    def _make_room(self) -> None:
        """The bar says nothing the words beside it do not: it goes where there is no room."""
        self.progress.setVisible(
            not self._free and self._walked is not None and self.width() >= ROOM_FOR_BAR_PX
        )
        self.mode.setVisible(self._has_mode and self._has_room)
        self.chat.setVisible(self._has_room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _ask_current(self) -> None:
        """Ask the first prompt from here on that has no vote yet, or show a round once more that is
        due for it."""
        self._test_set.seek(self._voted)
        self._show_mode()
        pair, generation = self._walked, self._generation
        self._is_due = pair is not None
        if pair is None:
            return

        def go_on(again: Round | None) -> None:
            if generation == self._generation and not self._free:
                self._is_due = False
                self._show_next(pair, again)

        due = self._comparison.repeat(*pair, is_at_end=self._test_set.at_end)
        self._operations.run(due, owner=self, done=go_on, failed=self._cannot_begin)

    def _show_next(self, pair: Pair, again: Round | None) -> None:
        self._is_repeat = again is not None
        prompt = self._test_set.current
        if again is not None:
            digest = again.prompt.digest
            references = (one.reference for one in self._test_set.prompts if one.digest == digest)
            self.judging.ask_again(pair, again, next(references, ""))
        elif prompt is not None:
            self._ask(prompt)
        else:
            self._finish()

    def _finish(self) -> None:
        left = sum(one.digest not in self._voted for one in self._test_set.prompts)
        if left:
            words = counted(
                left,
                self.tr("The end of the test set. One prompt has no vote."),
                self.tr("The end of the test set. {n} prompts have no vote."),
            )
        elif self._may_be_free:
            words = self.tr("Every prompt of the test set is judged.")
        else:
            words = self.tr("Every prompt with a kept answer is judged.")
        self.judging.finish(words, self.tr("See the results"))

    def _ask(self, prompt: HeldOutPrompt) -> None:
        pair = self.picker.pair
        if pair is not None:
            typed = (
                with_system(prompt, self._settings.system) if not _has_system(prompt) else prompt
            )
            self.judging.ask(pair, typed if not prompt.digest else prompt)

    def _passed(self, prompt: HeldOutPrompt) -> None:
        if prompt.digest:
            self._voted.add(prompt.digest)
            self.ahead.look_again()

    def _judged(self, prompt: HeldOutPrompt) -> None:
        self._passed(prompt)
        self.voted.emit()

    def _next(self) -> None:
        if self._free:
            self.judging.prompt_box.text.setFocus()
        elif self._test_set.at_end and not self._is_repeat:
            self.navigate.emit("results", None)
        else:
            self._test_set.index += not self._is_repeat
            self.judging.reference.hide()
            self._ask_current()


def _has_system(prompt: HeldOutPrompt) -> bool:
    return any(role_of(message) in ("system", "developer") for message in prompt.messages)


def _pair_of(payload: object) -> WantedPair:
    """What a page that leads here wants compared; None where it has no wish."""
    if isinstance(payload, tuple) and len(payload) == 2:
        first, second = (one if isinstance(one, Contender) else None for one in payload)
        return first, second
    return None, None
