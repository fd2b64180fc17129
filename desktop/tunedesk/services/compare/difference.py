"""Do two models really differ? Asked before a run: nobody should judge one against itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import aclosing

import msgspec

from tunedesk.core.chat import ChatRequest, ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.comparison_types import HeldOutPrompt
from tunedesk.services.compare.seating import Messages, Pair
from tunedesk.services.providers.directory import Providers
from tunedesk.store.records import Contender

NO_DIFFERENCE = "ahead.no_difference"
N_PROMPTS = 2
PROBE_SETTINGS = ChatSettings(temperature=0.0, max_tokens=24)

_Said = tuple[str, tuple[float, ...]]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """`by_chances`: the probabilities of every token were compared, else the texts alone."""

    is_found: bool
    by_chances: bool


async def difference(
    providers: Providers, pair: Pair, prompts: Sequence[HeldOutPrompt]
) -> Difference | None:
    """Ask both the first two prompts at temperature 0, for a short answer.

    Engines of ours tell the probability of each token, which differ as soon as the weights do; of
    others the texts are compared. None where it cannot be told: a model with kept answers alone, no
    prompt, or a provider that does not answer (the run itself says why).
    """
    if any(who.is_frozen for who in pair) or not prompts:
        return None
    by_chances = all(providers.profile(who.provider_id).has_previews for who in pair)
    try:
        for prompt in prompts[:N_PROMPTS]:
            asked = (_said(providers, who, prompt.messages, by_chances) for who in pair)
            if len(set(await _all_of(asked))) > 1:
                return Difference(is_found=True, by_chances=by_chances)
    except TunedeskError:
        return None
    return Difference(is_found=False, by_chances=by_chances)


async def _all_of(asked: Iterable[Awaitable[_Said]]) -> list[_Said]:
    """Every answer. Raises the first refusal once nothing is under way any more."""
    found = await asyncio.gather(*asked, return_exceptions=True)
    refusal = next((one for one in found if isinstance(one, BaseException)), None)
    if refusal is not None:
        raise refusal
    return [one for one in found if not isinstance(one, BaseException)]


async def _said(
    providers: Providers, who: Contender, messages: Messages, wants_logprobs: bool
) -> _Said:
    provider = await providers.get(who.provider_id)
    request = ChatRequest(
        model=who.model,
        messages=messages,
        settings=PROBE_SETTINGS,
        wants_logprobs=wants_logprobs,
    )
    text = ""
    chances: tuple[float, ...] = ()
    async with aclosing(provider.chat(request, is_paid=not wants_logprobs)) as deltas:
        async for delta in deltas:
            text, chances = text + delta.text, chances + delta.logprobs
    return text, chances


def no_difference(found: Difference) -> TunedeskError:
    """What is said where there is none."""
    what = (
        "Both gave the same probability to every token of two prompts."
        if found.by_chances
        else "Both gave the same answers, word for word, to two prompts at temperature 0."
    )
    return TunedeskError(
        NO_DIFFERENCE,
        "These two models do not differ.",
        what,
        "Look on Train whether the tuned model has learned anything, or ask all the same.",
    )
