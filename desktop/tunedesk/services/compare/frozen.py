"""Kept answers as models: who they are, and what they said."""

from __future__ import annotations

from collections.abc import Sequence

from tunedesk.core.chat import Answer
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.comparison_types import HeldOutPrompt
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import FROZEN, Contender, FrozenAnswer, FrozenModel

_MARK = "kept:"


def contender_of(frozen: FrozenModel) -> Contender:
    """How a comparison knows it."""
    return kept_contender(frozen.provider_id, frozen.model, frozen.label)


def kept_contender(provider_id: str, model: str, label: str) -> Contender:
    """Of a model's kept answers: not the same as the model itself while that still answers."""
    return Contender(
        provider_id=provider_id,
        model=_MARK + model,
        label=f"{label} · kept answers",
        kind=FROZEN,
    )


def real_model(model: str) -> str:
    """The provider's id of the model whose answers were kept."""
    return model.removeprefix(_MARK)


def contenders_of(ledger: Ledger) -> list[Contender]:
    """Everyone with a kept answer that can be compared."""
    return [
        contender_of(frozen)
        for frozen in ledger.frozen_models()
        if any(ask.is_comparable for ask in _asks(ledger, contender_of(frozen)))
    ]


def kept_by_all(ledger: Ledger, contenders: Sequence[Contender]) -> dict[str, HeldOutPrompt]:
    """The prompts that each of these has an answer to, by digest, as they were asked."""
    of_each = [
        {ask.prompt_digest: ask for ask in _asks(ledger, one) if ask.is_comparable}
        for one in contenders
    ]
    first, *others = of_each
    return {
        digest: HeldOutPrompt(messages=ask.messages, reference=ask.reference, digest=digest)
        for digest, ask in first.items()
        if all(digest in other for other in others)
    }


def kept_answers(
    ledger: Ledger, contenders: Sequence[Contender], prompt_digest: str
) -> dict[Contender, Answer]:
    """What each frozen one among them said. TunedeskError if one was not asked."""
    found = {}
    for one in contenders:
        if one.is_frozen:
            ask = ledger.frozen_answer(one.provider_id, real_model(one.model), prompt_digest)
            if ask is None or ask.answer is None or not ask.is_comparable:
                raise _not_kept(one)
            found[one] = ask.answer
    return found


def _asks(ledger: Ledger, contender: Contender) -> list[FrozenAnswer]:
    return ledger.frozen_answers(contender.provider_id, real_model(contender.model))


def _not_kept(contender: Contender) -> TunedeskError:
    return TunedeskError(
        "round.not_kept",
        "There is no kept answer to this prompt.",
        f"{contender.label} was not asked this, and cannot be asked any more.",
        "Go through the test set, or choose another model.",
    )
