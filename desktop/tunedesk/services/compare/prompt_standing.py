"""How far a prompt is with two models: what was said, and who is still to be asked for it."""

from __future__ import annotations

from collections.abc import Sequence

from tunedesk.core.chat import Answer, ChatSettings, alike_but_for_limit
from tunedesk.services.compare.round_opening import whole_answers
from tunedesk.services.compare.seating import Messages, Pair
from tunedesk.store.ledger_held_out import WaitingRound
from tunedesk.store.records import Contender


class Standing:
    """A round that waits, as it counts under settings that are those it was asked with, or differ
    from them in the longest answer: what ended by itself is as it would be now."""

    def __init__(self, waits: WaitingRound, settings: ChatSettings) -> None:
        self.waits = waits
        self._limit_tokens = settings.max_tokens
        self.is_same = waits.round.settings == settings
        self.said: dict[Contender, Answer] = whole_answers(waits.round, waits.answers, settings)

    @property
    def is_ready(self) -> bool:
        """It can be judged as it is."""
        return len(self.said) == len(_who(self.waits))

    @property
    def is_at_limit(self) -> bool:
        """An answer was cut at the longest that is set now, or at a longer one."""
        return self.limit_met_tokens >= self._limit_tokens

    @property
    def limit_met_tokens(self) -> int:
        """The longest at which an answer was cut; 0 where none was."""
        cut = (self.waits.answers[seat] for seat in self.waits.at_limit)
        return max((one.settings.max_tokens for one in cut), default=0)

    @property
    def doubtful(self) -> list[Contender]:
        """Who was asked under these settings, and whose answer was lost or broke off."""
        seats = self.waits.doubtful if self.is_same else ()
        return [self.waits.round.contender_at(seat) for seat in seats]

    @property
    def is_replaced(self) -> bool:
        """A round under these settings has all that is whole in it: nobody needs it any more."""
        n_whole = sum(answer.is_whole for answer in self.waits.answers.values())
        return n_whole == len(self.said)


def standing_of(
    waiting: Sequence[WaitingRound], pair: Pair, messages: Messages, settings: ChatSettings
) -> Standing | None:
    """That of the round among these that put just this to just these two: of one that can be judged
    first, then of the newest asked under these settings, then of the newest under another limit."""
    asked = [dict(message) for message in messages]
    found = [
        Standing(one, settings)
        for one in waiting
        if set(_who(one)) == set(pair)
        and alike_but_for_limit(one.round.settings, settings)
        and [dict(message) for message in one.round.messages] == asked
    ]
    found.sort(key=lambda one: (one.is_ready, one.is_same))
    return found[-1] if found else None


def _who(waits: WaitingRound) -> Pair:
    return waits.round.first, waits.round.second
