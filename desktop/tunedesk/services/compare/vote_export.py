"""Every vote on two models, with the proof of who answered what, as CSV or JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from tunedesk.core.formats.table_text import protected, write_record
from tunedesk.services.compare.results_types import Pair
from tunedesk.services.compare.results_work import blind, last_question, marked, winner_of
from tunedesk.services.project.project import Project
from tunedesk.services.work.apart import Progress, Tell, run_apart
from tunedesk.services.work.new_file import new_file, write_bytes
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import Contender, VoteView

VoteFormat = Literal["csv", "json"]

FORMAT, VERSION = "tunedesk-votes", 1

_TELL_EVERY = 100
_BOM = b"\xef\xbb\xbf"  # so that spreadsheets read Thai


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    pair: Pair
    votes: Sequence[tuple[VoteView, bool]]
    trained_on: Mapping[tuple[str, str], str]
    at_ms: int
    format: VoteFormat
    staged: Path
    target: Path


async def export_votes(
    project: Project,
    pair: Pair,
    target: Path,
    kind: VoteFormat,
    progress: Progress | None = None,
) -> int:
    """Write all votes on these two, oldest first; how many there are. Raises TunedeskError.

    Of a vote that was changed after the reveal both are there, the blind one as the vote. Cells of
    a CSV that look like formulas are kept from running by an apostrophe. Of tuned models the digest
    of the rows they learned from is told where the project has their job.
    """
    votes = await project.in_ledger(lambda ledger: _votes(ledger, pair))
    trained_on = await project.in_ledger(_trained_on)
    async with new_file(project.background, target) as staged:
        order = _Order(
            pair=pair,
            votes=votes,
            trained_on=trained_on,
            at_ms=project.clock(),
            format=kind,
            staged=staged,
            target=target,
        )
        await run_apart(project.background, _write, order, progress, in_process=False)
    return len(votes)


def _votes(ledger: Ledger, pair: Pair) -> list[tuple[VoteView, bool]]:
    views = ledger.votes()
    return marked(view for view in views if {view.round.first, view.round.second} == set(pair))


def _trained_on(ledger: Ledger) -> dict[tuple[str, str], str]:
    """The digest of its training rows, by provider and model."""
    found: dict[tuple[str, str], str] = {}
    for job in ledger.jobs():
        models = [checkpoint.model for checkpoint in ledger.checkpoints(job.local_id)]
        if job.state is not None and job.state.fine_tuned_model:
            models.append(job.state.fine_tuned_model)
        found |= {(job.provider_id, model): job.train_digest for model in models}
    return found


def _write(order: _Order, tell: Tell) -> None:
    records = []
    for number, (view, is_repeat) in enumerate(order.votes):
        if number % _TELL_EVERY == 0:
            tell(number, len(order.votes))
        records.append(_record(order, view, is_repeat))
    data = _json(order, records) if order.format == "json" else _csv(records)
    write_bytes(order.staged, order.target, data)


def _record(order: _Order, view: VoteView, is_repeat: bool) -> dict[str, Any]:
    first, second = order.pair
    asked = view.round
    vote = blind(view).vote
    return {
        "round_id": asked.id,
        "asked_at_ms": asked.created_at_ms,
        "voted_at_ms": vote.created_at_ms,
        "kind": asked.kind,
        "prompt": last_question(asked.messages),
        "messages": [dict(message) for message in asked.messages],
        "row_digest": asked.source_digest,
        "reference": asked.reference,
        "seat_seed": asked.seed,
        "choice": vote.choice,
        "winner": winner_of(blind(view), second),
        "reasons": list(vote.reasons),
        "note": vote.note,
        "changed_after_reveal_to": winner_of(view, second) if view.original else None,
        "edited_winner": view.edit.text if view.edit else None,
        "is_repeat": is_repeat,
        "base": _answer(order, view, first),
        "tuned": _answer(order, view, second),
    }


def _answer(order: _Order, view: VoteView, who: Contender) -> dict[str, Any]:
    answer = view.answer_of(who)
    return {
        "seat": view.round.seat_of(who),
        "label": who.label,
        "kind": who.kind,
        "provider": answer.provider_id,
        "model": answer.model,
        "model_digest": answer.model_digest,
        "trained_on_digest": order.trained_on.get((who.provider_id, who.model)),
        "text": answer.text,
        "finish_reason": answer.finish_reason,
        "is_refusal": answer.is_refusal,
        "prompt_digest": answer.prompt_digest or None,
        "asked_at_ms": answer.at_ms or None,
        "elapsed_ms": answer.elapsed_ms,
        "completion_tokens": answer.completion_tokens,
        "settings": msgspec.to_builtins(answer.settings),
    }


def _json(order: _Order, records: Sequence[Mapping[str, Any]]) -> bytes:
    whole = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at_ms": order.at_ms,
        "base": order.pair[0].label,
        "tuned": order.pair[1].label,
        "votes": records,
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def _csv(records: Sequence[Mapping[str, Any]]) -> bytes:
    lines = [_flat(record) for record in records]
    heads = list(lines[0]) if lines else ["round_id"]
    text = write_record(heads) + "".join(
        write_record([protected(line[head]) for head in heads]) for line in lines
    )
    return _BOM + text.encode("utf-8", "replace")


def _flat(record: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """One cell a value: inner objects have their key before that of theirs, lists are JSON."""
    cells: dict[str, str] = {}
    for key, value in record.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            cells |= _flat(value, f"{name}_")
        elif value is None:
            cells[name] = ""
        elif isinstance(value, str):
            cells[name] = value
        else:
            cells[name] = msgspec.json.encode(value).decode()
    return cells
