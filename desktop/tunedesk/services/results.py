"""What the votes say, and what can be made of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.messages import role_of, text_of
from tunedesk.core.statistics import Verdict, judge
from tunedesk.services.folder_names import free_path, safe_name
from tunedesk.services.project import Project
from tunedesk.store.atomic import write_atomically
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import Contender, VoteView

Winner = Literal["base", "tuned", "tie", "both_bad"]
Pair = tuple[Contender, Contender]


class VoteRow(msgspec.Struct, frozen=True, kw_only=True):
    """One vote. `prompt` is the last user text; "base" and "tuned" are first and second."""

    prompt: str
    base_text: str
    tuned_text: str
    winner: Winner
    reasons: list[str]
    note: str
    at_ms: int


class ResultsView(msgspec.Struct, frozen=True, kw_only=True):
    """The votes on a pair. `by_reason` has (reason, tuned, tie, base), most often named first;
    "both bad" counts as a tie there. `votes` has the newest first.
    """

    base_label: str
    tuned_label: str
    verdict: Verdict
    by_reason: list[tuple[str, int, int, int]]
    votes: list[VoteRow]


async def pairs(project: Project) -> list[Pair]:
    """Pairs there are votes on, the base model first, last judged pair first."""
    views = await project.in_ledger(Ledger.votes)
    found = dict.fromkeys(_pair(view) for view in reversed(views))
    return list(found)


async def results(project: Project, first: Contender, second: Contender) -> ResultsView:
    """What the votes say of `second` against `first`, whichever way they were asked."""
    views = await _votes(project, first, second)
    winners = [_winner(view, first, second) for view in views]
    counts = Counter(winners)
    verdict = judge(
        wins=counts["tuned"],
        losses=counts["base"],
        ties=counts["tie"],
        both_bad=counts["both_bad"],
        left_picks=sum(view.vote.choice == "A" for view in views),
    )
    rows = [_row(view, winner, first, second) for view, winner in zip(views, winners, strict=True)]
    return ResultsView(
        base_label=first.label,
        tuned_label=second.label,
        verdict=verdict,
        by_reason=_by_reason(rows),
        votes=rows[::-1],
    )


async def preference_pairs(project: Project, first: Contender, second: Contender) -> Path:
    """Write the decided votes as a preference dataset (OpenAI's DPO shape) and add it.

    Returns the new file, inside the project's datasets. Ties and both-bad votes say nothing about
    which is better and are left out. Raises TunedeskError: "no_pairs", or if the file cannot be
    written.
    """
    views = [view for view in await _votes(project, first, second) if view.winner is not None]
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
    await project.add_dataset(path)
    return path


def _pair(view: VoteView) -> Pair:
    first, second = view.round.first, view.round.second
    is_turned = second.kind == "base" and first.kind != "base"
    return (second, first) if is_turned else (first, second)


async def _votes(project: Project, first: Contender, second: Contender) -> list[VoteView]:
    pair = {first, second}
    views = await project.in_ledger(Ledger.votes)
    return [view for view in views if {view.round.first, view.round.second} == pair]


def _winner(view: VoteView, first: Contender, second: Contender) -> Winner:
    if view.vote.choice == "tie":
        return "tie"
    if view.vote.choice == "both_bad":
        return "both_bad"
    return "tuned" if view.winner == second else "base"


def _row(view: VoteView, winner: Winner, first: Contender, second: Contender) -> VoteRow:
    return VoteRow(
        prompt=_last_question(view.round.messages),
        base_text=view.answer_of(first).text,
        tuned_text=view.answer_of(second).text,
        winner=winner,
        reasons=list(view.vote.reasons),
        note=view.vote.note,
        at_ms=view.vote.created_at_ms,
    )


def _last_question(messages: Sequence[Mapping[str, Any]]) -> str:
    asked = [message for message in messages if role_of(message) == "user"]
    return text_of(asked[-1]) if asked else ""


def _by_reason(rows: Sequence[VoteRow]) -> list[tuple[str, int, int, int]]:
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        for reason in row.reasons:
            counts.setdefault(reason, Counter())[row.winner] += 1
    named = sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))
    return [(name, c["tuned"], c["tie"] + c["both_bad"], c["base"]) for name, c in named]


def _preference(view: VoteView) -> dict[str, Any]:
    assert view.winner is not None
    loser = view.round.second if view.winner == view.round.first else view.round.first
    return {
        "input": {"messages": [dict(message) for message in view.round.messages]},
        "preferred_output": [_reply(view.answer_of(view.winner).text)],
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
