"""The held-out run in one line: what it would take, how far it is, why it stopped."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from tunedesk.core.chat import longer_limit
from tunedesk.services.compare.ahead_types import AheadOffer, AheadState
from tunedesk.services.compare.comparison import Comparison
from tunedesk.services.compare.difference import NO_DIFFERENCE
from tunedesk.ui.operations import Operations
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.job_words import dollars
from tunedesk.ui.widgets.notice import Action, Notice
from tunedesk.ui.words import counted, date_words

FEWEST = 2
A_PART = 40


class AheadLine(Notice):
    """Below the header. Sends nothing that is paid for before the person has agreed to it.

    `acted` after each press: its buttons go, and the keyboard has to be somewhere else.
    `longer_wanted(tokens)`: the longest answer is to be set so.
    """

    acted = Signal()
    longer_wanted = Signal(int)

    def __init__(
        self,
        comparison: Comparison,
        operations: Operations,
        ask: Ask,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._ahead = comparison.ahead
        self._operations, self._ask = operations, ask
        self._offer: AheadOffer | None = None
        self._shown = ""
        self._forget = self._ahead.subscribe(self.show_state)
        self.destroyed.connect(lambda: self._forget())

    def show_offer(self, offer: AheadOffer | None) -> None:
        """What can be asked ahead now; None where there is no test set to ask."""
        self._offer = offer
        self.show_state()

    def show_state(self) -> None:
        state = self._ahead.state
        if state.is_running:
            shown = "pausing" if state.is_pausing else "asking"
            if self._shown == shown:
                self.say(self._progress(state))
            else:
                self.tell(self._progress(state), *self._while_running(state), kind="info")
            self._shown = shown
        elif self._shown:
            self._shown = ""
            self.look_again()
        else:
            self._show_offer(state)

    def look_again(self) -> None:
        """A run is over, or a prompt was judged: what is left to ask is counted anew."""
        offer = self._offer
        if offer is not None and not self._ahead.state.is_running:
            prompts = [*offer.missing, *offer.doubtful, *offer.at_limit]
            self._operations.run(
                self._ahead.offer(offer.pair, prompts, offer.settings),
                owner=self,
                done=self.show_offer,
            )

    def _show_offer(self, state: AheadState) -> None:
        offer = self._offer
        stopped = state.stopped_by
        if offer is None or not (offer.missing or offer.doubtful or offer.at_limit):
            self.hide()
        elif stopped is not None and offer.missing:
            words = f"{stopped.title} {stopped.what} {stopped.next_step}"
            is_same = stopped.code == NO_DIFFERENCE
            go_on = self.tr("Ask all the same") if is_same else self.tr("Go on asking ahead")
            self.tell(words, (go_on, self._begin), kind="warning" if is_same else "error")
        elif len(offer.missing) >= FEWEST:
            self.tell(self._offered(offer), *self._ways(offer), kind="info")
        elif offer.doubtful:
            self._show_doubtful(offer)
        elif offer.at_limit:
            self._show_at_limit(offer)
        else:
            self.hide()

    def _show_doubtful(self, offer: AheadOffer) -> None:
        words = self.tr(
            "Of {n} prompts an answer was cut off or lost. They may have been paid for, and cannot "
            "be voted on as they are."
        ).format(n=f"{len(offer.doubtful):,}")
        again = (self.tr("Ask these again…"), lambda: self._begin(again=True))
        self.tell(words, again, kind="warning")

    def _show_at_limit(self, offer: AheadOffer) -> None:
        limit = max(offer.settings.max_tokens, offer.limit_met_tokens)
        one = self.tr(
            "Of one prompt an answer was cut at the longest that is set, {limit} tokens, and "
            "cannot be voted on."
        )
        many = self.tr(
            "Of {n} prompts an answer was cut at the longest that is set, {limit} tokens, and "
            "cannot be voted on."
        )
        n_prompts = len(offer.at_limit)
        words = (one if n_prompts == 1 else many).format(n=f"{n_prompts:,}", limit=f"{limit:,}")
        longer = longer_limit(limit)
        ways: list[Action] = []
        if longer is not None:
            way = self.tr("Allow up to {n} tokens").format(n=f"{longer:,}")
            ways = [(way, lambda: self._set_longer(longer))]
        self.tell(words, *ways, kind="warning")

    def _set_longer(self, n_tokens: int) -> None:
        self.acted.emit()
        self.longer_wanted.emit(n_tokens)

    # --- words ---

    def _offered(self, offer: AheadOffer) -> str:
        prompts = counted(
            offer.n_to_ask, self.tr("the one prompt that is left"), self.tr("the {n} prompts left")
        )
        if offer.is_paid:
            words = self.tr("Ask both models {prompts}, ahead of time. {price}")
            return words.format(prompts=prompts, price=self._price(offer))
        words = self.tr("Ask both models {prompts} ahead of time, and judge without waiting.")
        return words.format(prompts=prompts)

    def _ways(self, offer: AheadOffer) -> list[Action]:
        dots = "…" if offer.is_paid else ""
        ways: list[Action] = [
            (self.tr("Ask all {n}").format(n=f"{offer.n_to_ask:,}") + dots, self._begin)
        ]
        if offer.n_to_ask > A_PART:
            words = self.tr("Ask the first {n}").format(n=A_PART) + dots
            ways.append((words, lambda: self._begin(n_prompts=A_PART)))
        return ways

    def _price(self, offer: AheadOffer) -> str:
        words = self.tr("About {n_in} tokens to send and {n_out} to receive: {usd}.").format(
            n_in=f"{offer.input_tokens:,}",
            n_out=f"{offer.output_tokens:,}",
            usd=self._usd(offer.usd),
        )
        if not offer.usd:
            return words
        return f"{words} {self.tr('Prices of {day}.').format(day=date_words(offer.as_of))}"

    def _usd(self, usd: float | None) -> str:
        if usd is None:
            return self.tr("our table of prices does not know one of them")
        return self.tr("under $0.01") if 0 < usd < 0.01 else dollars(usd)

    def _progress(self, state: AheadState) -> str:
        parts = [
            self.tr("Asking ahead: {n} of {all}").format(
                n=f"{state.n_done:,}", all=f"{state.n_all:,}"
            )
        ]
        if state.n_identical:
            words = self.tr("{n} the same from both, skipped")
            parts.append(words.format(n=f"{state.n_identical:,}"))
        if state.n_cut_off:
            parts.append(self.tr("{n} cut off").format(n=f"{state.n_cut_off:,}"))
        if state.is_pausing:
            parts.append(self.tr("waiting for the answers under way"))
        elif state.waits_s:
            parts.append(self.tr("waiting {n} s").format(n=round(state.waits_s)))
        return " · ".join(parts)

    def _while_running(self, state: AheadState) -> list[Action]:
        stop: Action = (self.tr("Stop now"), self._stop)
        return [stop] if state.is_pausing else [(self.tr("Pause"), self._pause), stop]

    def _pause(self) -> None:
        self._ahead.pause()
        self.acted.emit()

    def _stop(self) -> None:
        self._ahead.stop()
        self.acted.emit()

    # --- asking ---

    def _begin(self, n_prompts: int | None = None, *, again: bool = False) -> None:
        offer = self._offer
        if offer is None:
            return
        self.acted.emit()
        if not offer.is_paid:
            self._ahead.begin(offer, n_prompts)
            return
        self._operations.run(
            self._agreed(offer, n_prompts, again=again),
            owner=self,
            done=lambda yes: self._ahead.begin(offer, n_prompts, again=again) if yes else None,
        )

    async def _agreed(self, offer: AheadOffer, n_prompts: int | None, *, again: bool) -> bool:
        prompts = (offer.doubtful if again else offer.missing)[:n_prompts]
        title = counted(
            len(prompts),
            self.tr("Ask 1 prompt of both models?"),
            self.tr("Ask {n} prompts of both models?"),
        )
        price = self.tr("This may cost {usd}.").format(usd=self._usd(offer.usd_again))
        text = price if again else self._price(offer)
        if not again and len(prompts) < offer.n_to_ask:
            all_words = self.tr("Of that, these are {n} of {all} prompts.")
            part = all_words.format(n=f"{len(prompts):,}", all=f"{offer.n_to_ask:,}")
            text = f"{text} {part}"
        once = self.tr(
            "Two short answers of each model first show whether they differ. Then each prompt is "
            "sent once; what is answered is kept in the project."
        )
        return await self._ask.confirm(title, f"{text} {once}", self.tr("Ask them"))
