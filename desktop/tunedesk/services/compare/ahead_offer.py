"""What a held-out run would take: which prompts are still to be asked, of whom, at what price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tunedesk.core.chat import ChatSettings
from tunedesk.core.tokens import TokenCounter
from tunedesk.services.compare.ahead_cost import Asks, bill_of, is_free
from tunedesk.services.compare.ahead_types import AheadOffer
from tunedesk.services.compare.comparison_types import HeldOutPrompt
from tunedesk.services.compare.prompt_standing import Standing, standing_of
from tunedesk.services.compare.seating import Pair, judged_digests
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.train.costing import load_prices
from tunedesk.store.ledger import Ledger
from tunedesk.store.ledger_held_out import WaitingRound
from tunedesk.store.records import Contender

_Waiting = Mapping[str, Sequence[WaitingRound]]


async def offer_of(
    project: Project,
    providers: Providers,
    pair: Pair,
    prompts: Sequence[HeldOutPrompt],
    settings: ChatSettings,
) -> AheadOffer:
    """Against all that was asked before; what was judged is left out. Sends nothing. Raises
    TunedeskError."""
    counter = await project.tokens.counter()
    waiting, judged = await project.in_ledger(
        lambda ledger: (_waiting_by_row(ledger), judged_digests(ledger, pair))
    )
    made = _Offering(providers, pair, settings, waiting)
    left = [prompt for prompt in prompts if prompt.digest not in judged]
    return await project.background.run(made.offer, left, counter)


def is_paid(providers: Providers, who: Contender) -> bool:
    """Whether asking it may cost money."""
    return not who.is_frozen and not is_free(providers.profile(who.provider_id))


def is_doubtful(providers: Providers, there: Standing) -> bool:
    """An answer that may have been paid for broke off or was lost."""
    return any(is_paid(providers, who) for who in there.doubtful)


def _waiting_by_row(ledger: Ledger) -> _Waiting:
    found: dict[str, list[WaitingRound]] = {}
    for one in ledger.waiting_rounds():
        found.setdefault(one.round.source_digest or "", []).append(one)
    return found


class _Offering:
    def __init__(
        self, providers: Providers, pair: Pair, settings: ChatSettings, waiting: _Waiting
    ) -> None:
        self._providers, self._pair, self._settings = providers, pair, settings
        self._waiting = waiting
        self._asks: dict[tuple[bool, Contender], list[HeldOutPrompt]] = {}

    def offer(self, prompts: Sequence[HeldOutPrompt], counter: TokenCounter) -> AheadOffer:
        missing: list[HeldOutPrompt] = []
        doubtful: list[HeldOutPrompt] = []
        at_limit: list[HeldOutPrompt] = []
        limits_tokens: list[int] = []
        n_ready = 0
        for prompt in prompts:
            there = self._there(prompt)
            if there is not None and there.is_ready:
                n_ready += 1
                continue
            if there is not None and there.is_at_limit:
                at_limit.append(prompt)
                limits_tokens.append(there.limit_met_tokens)
                continue
            is_doubt = there is not None and is_doubtful(self._providers, there)
            (doubtful if is_doubt else missing).append(prompt)
            for who in self._to_ask(there):
                self._asks.setdefault((is_doubt, who), []).append(prompt)
        table = load_prices()
        bill, again = (bill_of(self._of(doubt), table, counter) for doubt in (False, True))
        return AheadOffer(
            pair=self._pair,
            settings=self._settings,
            missing=missing,
            doubtful=doubtful,
            at_limit=at_limit,
            limit_met_tokens=min(limits_tokens, default=0),
            n_ready=n_ready,
            input_tokens=bill.input_tokens,
            output_tokens=bill.output_tokens,
            usd=bill.usd,
            usd_again=again.usd,
            as_of=table.as_of,
            is_paid=any(is_paid(self._providers, who) for who in self._pair),
        )

    def _there(self, prompt: HeldOutPrompt) -> Standing | None:
        known = self._waiting.get(prompt.digest, ())
        return standing_of(known, self._pair, prompt.messages, self._settings)

    def _to_ask(self, there: Standing | None) -> list[Contender]:
        said = there.said if there is not None else {}
        return [who for who in self._pair if not who.is_frozen and who not in said]

    def _of(self, is_doubt: bool) -> list[Asks]:
        return [
            Asks(self._providers.profile(who.provider_id), who.model, prompts)
            for (doubt, who), prompts in self._asks.items()
            if doubt == is_doubt
        ]
