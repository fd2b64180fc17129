"""A Comparison whose models say what a test wrote down, word by word, when the test lets them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from tunedesk.core.blind import Seat, other_seat
from tunedesk.core.chat import Answer, ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.ahead_types import AheadOffer, AheadState
from tunedesk.services.compare.comparison import (
    Comparison,
    Contender,
    HeldOutPrompt,
    PromptSet,
    Reveal,
)
from tunedesk.services.compare.round import at_limit
from tunedesk.services.compare.settings import CompareSettings

BASE = Contender(provider_id="local", model="base-model", label="BaseModelLabel", kind="base")
TUNED = Contender(
    provider_id="local", model="ft:tuned-model", label="TunedModelLabel", kind="tuned"
)

CUT_OFF = TunedeskError("round.cut_off", "No vote is possible.", "An answer was cut off.", "")
WHY_CUT_OFF = TunedeskError("reset", "The engine went away.", "It was killed.", "Start it again.")
SHORT = (("First answer.", "Second one."),)


class ScriptedRound:
    """Writes `texts` (of the first and the second contender) in pieces of `step` characters."""

    def __init__(
        self,
        owner: ScriptedComparison,
        pair: tuple[Contender, Contender],
        prompt: HeldOutPrompt,
        settings: ChatSettings | None = None,
    ) -> None:
        self._owner = owner
        self.limit_tokens = (settings or ChatSettings()).max_tokens
        self._pair = pair
        self._seat_of_first: Seat = owner.next_seat()
        self._texts = owner.next_texts()
        self._length = 0
        self._stopped = asyncio.Event()
        self.id = f"round-{owner.n_rounds}"
        self.prompt = prompt
        self.finished = False
        self.votable = False
        self.problem: TunedeskError | None = None

    def _text_at(self, seat: Seat) -> str:
        return self._texts[0 if seat == self._seat_of_first else 1]

    def shown(self, seat: Seat) -> str:
        return self._text_at(seat)[: self._length]

    async def run(self, on_change: Callable[[], None]) -> None:
        while self._length < max(map(len, self._texts)) and not self._stopped.is_set():
            await self._owner.may_write.wait()
            self._length += self._owner.step
            on_change()
            await asyncio.sleep(0)
        self.finished = True
        is_cut = self._stopped.is_set() or self._owner.cut
        self.problem = CUT_OFF if is_cut else self._at_limit()
        self.votable = self.problem is None

    @property
    def is_of_row(self) -> bool:
        return bool(self.prompt.digest)

    async def skip(self) -> None:
        self._owner.skipped.append(self.prompt.digest)

    async def change_vote(self, choice: str, reasons: Sequence[str] = (), note: str = "") -> Reveal:
        self._owner.changes.append((choice, tuple(reasons), note))
        winner = self._seats()[choice] if choice in ("A", "B") else None  # type: ignore[index]
        return self._reveal(winner)

    @property
    def identical(self) -> bool:
        return self.votable and self._texts[0] == self._texts[1]

    def _at_limit(self) -> TunedeskError | None:
        needed = self._owner.tokens_needed
        return at_limit(self.limit_tokens) if needed > self.limit_tokens else None

    def met_limit(self, seat: Seat) -> bool:
        return self.is_cut_off(seat) and self.problem is not CUT_OFF

    def is_cut_off(self, seat: Seat) -> bool:
        return self.problem is not None and seat == "A"

    def is_silent(self, seat: Seat) -> bool:
        return self.is_cut_off(seat) and self._owner.is_silent

    async def stop(self) -> None:
        self._stopped.set()
        self._owner.may_write.set()

    async def vote(self, choice: str, reasons: Sequence[str] = (), note: str = "") -> Reveal:
        self._owner.votes.append((choice, tuple(reasons), note))
        seats = self._seats()
        winner = seats[choice] if choice in ("A", "B") else None  # type: ignore[index]
        return self._reveal(winner)

    async def abandon(self) -> Reveal:
        return self._reveal(None)

    def _seats(self) -> dict[Seat, Contender]:
        first, second = self._pair
        return {self._seat_of_first: first, other_seat(self._seat_of_first): second}

    def _reveal(self, winner: Contender | None) -> Reveal:
        seats = self._seats()
        return Reveal(
            answers={seat: self._answer(seat, who) for seat, who in seats.items()},
            contenders=seats,
            winner=winner,
            problems={"A": WHY_CUT_OFF} if self.problem is not None else {},
        )

    def _answer(self, seat: Seat, who: Contender) -> Answer:
        return Answer(
            provider_id=who.provider_id,
            model=who.model,
            text=self._text_at(seat),
            finish_reason="stop",
            elapsed_ms=1500,
            completion_tokens=30,
            settings=ChatSettings(),
        )


class ScriptedAhead:
    """A held-out run that a test moves on with `tell`; offers `usd` for whatever is not `done`.

    `cut_at`: prompts whose answer met a limit, by the limit. `begun` keeps what was to be asked:
    the digests, and whether again. Without `usd` nothing is offered.
    """

    def __init__(self) -> None:
        self.state = AheadState()
        self.usd: float | None = None
        self.is_paid = False
        self.is_offering = False
        self.done: set[str] = set()
        self.cut_at: dict[int, set[str]] = {}
        self.begun: list[list[str]] = []
        self.did: list[str] = []
        self._callback: Callable[[], object] = lambda: None

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        self._callback = callback
        return lambda: None

    def tell(self, state: AheadState) -> None:
        self.state = state
        self._callback()

    async def offer(
        self,
        pair: tuple[Contender, Contender],
        prompts: Sequence[HeldOutPrompt],
        settings: ChatSettings,
    ) -> AheadOffer:
        missing = [one for one in prompts if one.digest not in self.done]
        at_limit = [
            one for one in missing if one.digest in self.cut_at.get(settings.max_tokens, ())
        ]
        missing = [one for one in missing if one not in at_limit]
        return AheadOffer(
            pair=pair,
            settings=settings,
            missing=missing if self.is_offering else [],
            doubtful=[],
            at_limit=at_limit,
            n_ready=len(prompts) - len(missing),
            input_tokens=1200,
            output_tokens=800,
            usd=self.usd,
            usd_again=0.0,
            as_of=date(2026, 11, 28),
            is_paid=self.is_paid,
        )

    def begin(
        self, offer: AheadOffer, n_prompts: int | None = None, *, again: bool = False
    ) -> None:
        prompts = (offer.doubtful if again else offer.missing)[:n_prompts]
        self.begun.append([prompt.digest for prompt in prompts])
        self.tell(AheadState(is_running=True, n_all=len(prompts)))

    def pause(self) -> None:
        self.did.append("pause")

    def stop(self) -> None:
        self.did.append("stop")


class ScriptedComparison:
    """`texts` are used in turn, the last again and again; `seats` likewise.

    Answers wait until `may_write` is set (it is, at first). `asked` keeps every prompt's messages,
    `votes` every vote as (choice, reasons, note). `cut` cuts an answer off, as does a limit below
    `tokens_needed`; `problem` is raised
    when the prompts are looked up. Whether a round comes once more is not known until `may_repeat`.
    """

    def __init__(
        self, texts: Sequence[tuple[str, str]] = (("First answer.", "Second one."),)
    ) -> None:
        self.texts = list(texts)
        self.seats: list[Seat] = ["A"]
        self.known: list[Contender] = [BASE, TUNED]
        self.voted: list[str] = []
        self.held_out: list[HeldOutPrompt] = []
        self.n_skipped = 0
        self.step = 7
        self.cut = False
        self.is_silent = False
        self.tokens_needed = 0
        self.problem: TunedeskError | None = None
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.asked: list[Sequence[Mapping[str, Any]]] = []
        self.votes: list[tuple[str, tuple[str, ...], str]] = []
        self.n_rounds = 0
        self.ahead = ScriptedAhead()
        self.kept_settings = CompareSettings()
        self.asked_under: list[ChatSettings | None] = []
        self.skipped: list[str] = []
        self.changes: list[tuple[str, tuple[str, ...], str]] = []
        self.repeats: list[HeldOutPrompt] = []
        self.n_repeat_asks = 0
        self.may_repeat = asyncio.Event()
        self.may_repeat.set()

    async def contenders(self) -> list[Contender]:
        return self.known

    def place_of(self, who: Contender) -> str:
        return who.provider_id

    async def voted_digests(self, first: Contender, second: Contender) -> set[str]:
        return set(self.voted)

    async def prompts(self, first: Contender, second: Contender, session: object) -> PromptSet:
        if self.problem is not None:
            raise self.problem
        return PromptSet(
            prompts=self.held_out if session is not None else [],
            n_skipped=self.n_skipped,
            is_kept_alone=first.is_frozen or second.is_frozen,
        )

    async def begin(
        self,
        first: Contender,
        second: Contender,
        messages: Sequence[Mapping[str, Any]],
        settings: ChatSettings | None = None,
        source_digest: str | None = None,
        reference: str = "",
        *,
        again: object = None,
    ) -> ScriptedRound:
        self.asked.append(messages)
        self.asked_under.append(settings)
        prompt = HeldOutPrompt(messages=messages, reference=reference, digest=source_digest or "")
        made = ScriptedRound(self, (first, second), prompt, settings)
        self.n_rounds += 1
        return made

    async def named_in(self, reveal: Reveal) -> dict[Seat, str]:
        return await Comparison.named_in(self, reveal)  # type: ignore[arg-type]

    @property
    def _background(self) -> ScriptedComparison:
        return self

    async def run(self, work: Callable[[], Any]) -> Any:
        return work()

    async def repeat(
        self, first: Contender, second: Contender, *, is_at_end: bool
    ) -> ScriptedRound | None:
        """The prompts in `repeats` come once more, one each time it is asked."""
        self.n_repeat_asks += 1
        await self.may_repeat.wait()
        if not self.repeats:
            return None
        made = ScriptedRound(self, (first, second), self.repeats.pop(0))
        self.n_rounds += 1
        return made

    async def settings(self) -> CompareSettings:
        return self.kept_settings

    async def put_settings(self, settings: CompareSettings) -> None:
        self.kept_settings = settings

    def next_seat(self) -> Seat:
        return self.seats[min(self.n_rounds, len(self.seats) - 1)]

    def next_texts(self) -> tuple[str, str]:
        return self.texts[min(self.n_rounds, len(self.texts) - 1)]


def held_out(prompts: Sequence[str], reply: str = "Ref.") -> list[HeldOutPrompt]:
    """Prompts of a test set; the digest of each is its text."""
    return [
        HeldOutPrompt(
            messages=[{"role": "user", "content": prompt}], reference=reply, digest=prompt
        )
        for prompt in prompts
    ]
