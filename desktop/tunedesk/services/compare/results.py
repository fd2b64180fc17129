"""What the votes say, and what can be made of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.rows import VOTES_TAG, prompt_digest
from tunedesk.services.compare.held_out_loss import loss_of
from tunedesk.services.compare.results_types import Pair, ResultsView
from tunedesk.services.compare.results_work import Stored, repeats_left_out, summarised
from tunedesk.services.project.folder_names import free_path, safe_name
from tunedesk.services.project.project import Project
from tunedesk.store.atomic import write_atomically
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import Contender, VoteView


async def pairs(project: Project) -> list[Pair]:
    """Pairs there are votes on, the base model first, last judged pair first."""
    views = await project.in_ledger(Ledger.votes)
    found = dict.fromkeys(_pair(view) for view in reversed(views))
    return list(found)


async def results(
    project: Project, first: Contender, second: Contender, *, leaves_out_named: bool = False
) -> ResultsView:
    """What the votes say of `second` against `first`, whichever way they were asked.

    `leaves_out_named`: without votes where an answer says who gave it.
    """
    stored = await project.in_ledger(lambda ledger: _stored(ledger, first, second))
    work = partial(summarised, leaves_out_named=leaves_out_named)
    return await project.background.run(work, stored, first, second)


async def preference_pairs(project: Project, first: Contender, second: Contender) -> Path:
    """Write the decided votes as a preference dataset (OpenAI's DPO shape) and add it.

    Returns the new file, inside the project's datasets. Of several votes on one pair of answers
    the first is taken. Ties and both-bad votes say nothing about which is better and are left
    out. Its rows have the tag `VOTES_TAG`. Raises TunedeskError: "no_pairs", or if the file cannot
    be written.
    """
    votes = await _votes(project, first, second)
    views = [view for view in repeats_left_out(votes) if view.winner is not None]
    if not views:
        raise TunedeskError(
            "no_pairs",
            "There is no preference pair yet.",
            "Only votes that chose one of the answers make a pair.",
            "Judge more rounds in Compare.",
        )
    lines = [msgspec.json.encode(_preference(view)) + b"\n" for view in views]
    path = await project.background.run(
        _write, project.folder / "datasets", f"{second.label}-pairs", b"".join(lines)
    )
    made = await project.add_dataset(path)
    digests = await project.background.run(lambda: [prompt_digest(line) for line in lines])
    marks = dict.fromkeys(digests, (VOTES_TAG,))
    await project.in_ledger(lambda ledger: ledger.set_tags(made.id, marks.items()))
    return path


def _stored(ledger: Ledger, first: Contender, second: Contender) -> Stored:
    votes = ledger.votes()
    digests = {view.round.source_digest for view in votes if view.round.source_digest}
    return Stored(
        votes=votes,
        answered=ledger.answered_rounds(),
        tags={
            digest: tuple(tag for tag in tags if tag != VOTES_TAG)
            for digest, tags in ledger.tags_of_prompts(digests).items()
        },
        loss=loss_of(ledger, first, second),
        ratings=ledger.ratings(),
    )


def _pair(view: VoteView) -> Pair:
    first, second = view.round.first, view.round.second
    is_turned = second.kind == "base" and first.kind != "base"
    return (second, first) if is_turned else (first, second)


async def _votes(project: Project, first: Contender, second: Contender) -> list[VoteView]:
    pair = {first, second}
    views = await project.in_ledger(Ledger.votes)
    return [view for view in views if {view.round.first, view.round.second} == pair]


def _preference(view: VoteView) -> dict[str, Any]:
    assert view.winner is not None
    chosen = view.answer_of(view.winner).text
    loser = view.round.second if view.winner == view.round.first else view.round.first
    return {
        "input": {"messages": [dict(message) for message in view.round.messages]},
        "preferred_output": [_reply(view.edit.text if view.edit else chosen)],
        "non_preferred_output": [_reply(view.answer_of(loser).text)],
    }


def _reply(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def _write(folder: Path, name: str, data: bytes) -> Path:
    path = free_path(folder, safe_name(name, fallback="pairs"), ".jsonl")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data)
    except OSError as error:
        raise TunedeskError(
            "pairs_not_written",
            "The preference pairs were not written.",
            f"Writing {path} failed: {error.strerror}.",
            "Make room or allow writing there, then try again.",
        ) from error
    return path
