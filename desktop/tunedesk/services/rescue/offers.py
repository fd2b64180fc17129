"""What keeping answers would take: who can be asked which prompts, and what that may cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from tunedesk.core.cost import conversation_usd
from tunedesk.core.retirement import RetirementTable, days_left, end_of, told_end
from tunedesk.core.tokens import TokenCounter
from tunedesk.providers.profiles import Profile
from tunedesk.services.project.project import Project
from tunedesk.services.providers.fact_tables import read_table
from tunedesk.services.rescue.importing import archive_of, saved_ends
from tunedesk.services.rescue.keeping_types import HeldOutPrompt, KeepCost, KeepOffer, KeepOffers
from tunedesk.services.train.costing import load_prices
from tunedesk.services.train.costing_types import Price
from tunedesk.services.train.price_lookup import price_for
from tunedesk.services.train.startable import made_at
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import AskState, FrozenAnswer

_REPLY_TOKENS = 200
"""Guess for an answer where the row has no reply to go by."""


class Tuned(NamedTuple):
    """A tuned model of this provider that the project knows, with all it was ever asked."""

    model: str
    label: str
    kind: str
    asks: Mapping[str, FrozenAnswer]


async def offers_for(
    project: Project, profile: Profile, prompts: Sequence[HeldOutPrompt], today: date
) -> KeepOffers:
    """Every tuned model and checkpoint of the provider against these prompts. Asks nobody;
    TunedeskError if tokens cannot be counted.

    When they end is what the provider's list said when it was saved, else the table's date.
    """
    counter = await project.tokens.counter()
    tuned = await project.in_ledger(lambda ledger: tuned_at(ledger, profile.id))
    told = await project.background.run(saved_ends, archive_of(project, profile.id))
    return await project.background.run(_offers, profile, tuned, prompts, counter, told, today)


def tuned_at(ledger: Ledger, provider_id: str) -> list[Tuned]:
    """Tuned models by the jobs the project knows, newest first, each with its checkpoints."""
    found: dict[str, Tuned] = {}
    for one in made_at(ledger, provider_id).values():
        asks = ledger.frozen_answers(provider_id, one.id)
        by_prompt = {ask.prompt_digest: ask for ask in asks}
        found[one.id] = Tuned(one.id, one.label, one.kind, by_prompt)
    return list(found.values())


def _offers(
    profile: Profile,
    tuned: Sequence[Tuned],
    prompts: Sequence[HeldOutPrompt],
    counter: TokenCounter,
    told: Mapping[str, str | None],
    today: date,
) -> KeepOffers:
    prices, ends = load_prices(), read_table(RetirementTable)
    sizes = {prompt.digest: _tokens(prompt, counter) for prompt in prompts}
    models = []
    for one in tuned:
        bill = _Bill(profile, price_for(prices, profile, one.model), sizes)
        known_as = profile.preset or profile.id
        last_day, _is_told = end_of(told_end(told, one.model), one.model, known_as, ends)
        models.append(_offer(profile, one, prompts, bill, last_day, today))
    return KeepOffers(models=models, as_of=prices.as_of)


def _offer(
    profile: Profile,
    tuned: Tuned,
    prompts: Sequence[HeldOutPrompt],
    bill: _Bill,
    last_day: date | None,
    today: date,
) -> KeepOffer:
    states: dict[str, AskState] = {
        prompt.digest: tuned.asks[prompt.digest].state
        for prompt in prompts
        if prompt.digest in tuned.asks
    }
    n = Counter(states.values())
    missing = [prompt for prompt in prompts if prompt.digest not in states]
    again = [prompt for prompt in prompts if states.get(prompt.digest) in ("lost", "cut_off")]
    return KeepOffer(
        provider_id=profile.id,
        provider=profile.name,
        model=tuned.model,
        label=tuned.label,
        kind=tuned.kind,
        n_prompts=len(prompts),
        missing=missing,
        again=again,
        n_whole=n["whole"],
        n_too_long=n["too_long"],
        n_refused=n["refused"],
        n_cut_off=n["cut_off"],
        n_lost=n["lost"],
        last_day=last_day,
        days_left=days_left(last_day, today) if last_day is not None else None,
        cost=bill.of(missing),
        cost_again=bill.of(again),
    )


def _tokens(prompt: HeldOutPrompt, counter: TokenCounter) -> tuple[int, int]:
    """Of the prompt, and about those of an answer."""
    n_out = counter.count(prompt.reference) if prompt.reference else _REPLY_TOKENS
    return counter.conversation(prompt.messages), n_out


class _Bill:
    """What asking costs at one model's price; our own engines bill nothing, wherever they run."""

    def __init__(
        self, profile: Profile, price: Price | None, sizes: Mapping[str, tuple[int, int]]
    ) -> None:
        self._is_free, self._price, self._sizes = profile.has_previews, price, sizes

    def of(self, prompts: Sequence[HeldOutPrompt]) -> KeepCost:
        sizes = [self._sizes[prompt.digest] for prompt in prompts]
        n_in, n_out = sum(size[0] for size in sizes), sum(size[1] for size in sizes)
        return KeepCost(
            n_prompts=len(prompts),
            input_tokens=n_in,
            output_tokens=n_out,
            usd=self._usd(n_in, n_out),
        )

    def _usd(self, n_in: int, n_out: int) -> float | None:
        if self._is_free or not n_in:
            return 0.0
        price = self._price
        if price is None:
            return None
        usd_in, usd_out = price.usd_per_million_input_tokens, price.usd_per_million_output_tokens
        return conversation_usd(n_in, n_out, usd_in, usd_out)
