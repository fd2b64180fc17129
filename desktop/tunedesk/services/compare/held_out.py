"""The rows of a dataset as questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from tunedesk.core.messages import as_asked
from tunedesk.core.rows import RowError, prompt_digest, prompt_messages, reference_reply
from tunedesk.services.compare.comparison_types import HeldOutPrompt
from tunedesk.services.dataset.session import DatasetSession

Side = Literal["train", "test"]


async def prompts_of(
    session: DatasetSession, sides: Sequence[Side] = ("test",)
) -> list[HeldOutPrompt]:
    """The rows of these sides as questions, in their order, each prompt once.

    Rows with errors, or with nothing to ask, are left out. Raises TunedeskError if the rows
    cannot be read.
    """
    await session.check(upto="tokens")
    await session.know_cuts(reader := session.target)
    rows = {index for side in sides for index in session.sendable(side, reader).rows}
    prompts: dict[str, HeldOutPrompt] = {}
    for prompt in _prompts(session, sorted(rows)):
        prompts.setdefault(prompt.digest, prompt)
    return list(prompts.values())


def _prompts(session: DatasetSession, rows: Iterable[int]) -> Iterable[HeldOutPrompt]:
    for index in rows:
        raw = session.row(index)
        try:
            messages, reference = prompt_messages(raw), reference_reply(raw)
        except RowError:
            continue
        if messages:
            yield HeldOutPrompt(
                messages=[as_asked(message) for message in messages],
                reference=reference,
                digest=prompt_digest(raw),
            )
