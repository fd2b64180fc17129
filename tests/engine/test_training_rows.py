"""Rows and pairs of a file as the trainer reads them: what is learned, cut, left out and said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.dataset_rows import assistant, chat, preference, raw, user
from tests.support.engine import MODEL_ID, models_folder
from tests.support.model_templates import BY_NAME, model_folder
from tunedesk.engine.template import ChatTemplate, TemplateRefusalError
from tunedesk.engine.training.report import Report
from tunedesk.engine.training.row_notes import MOST_NAMED
from tunedesk.engine.training.rows import Pair, Row, batches, read_pairs, read_rows
from tunedesk.engine.training.spec import EVENTS_FILE, Line

pytestmark = pytest.mark.engine

_LONG = user("word " * 300)


@pytest.fixture(scope="module")
def template() -> ChatTemplate:
    return ChatTemplate(models_folder() / MODEL_ID)


def _rows(folder: Path, template: ChatTemplate, *rows: bytes, limit: int = 2048) -> list[Row]:
    with Report(folder) as report:
        return read_rows(_file(folder, *rows), template, limit, report)


def _pairs(folder: Path, template: ChatTemplate, *rows: bytes, limit: int = 2048) -> list[Pair]:
    with Report(folder) as report:
        return read_pairs(_file(folder, *rows), template, limit, report)


def _file(folder: Path, *rows: bytes) -> Path:
    path = folder / "train.jsonl"
    path.write_bytes(b"\n".join(rows))
    return path


def _warnings(folder: Path) -> list[str]:
    lines = (folder / EVENTS_FILE).read_bytes().split(b"\n")
    said = [msgspec.json.decode(line, type=Line) for line in lines if line]
    assert len({line.key for line in said}) == len(said)
    return [line.message for line in said if line.level == "warn"]


def _targets(template: ChatTemplate, row: Row) -> str:
    chosen = [label for label in row.labels if label >= 0]
    assert len(chosen) == row.n_targets
    return str(template.tokenizer.decode(chosen, skip_special_tokens=False))


def test_what_is_predicted_is_the_next_token(tmp_path: Path, template: ChatTemplate) -> None:
    (row,) = _rows(tmp_path, template, chat(user("Far?"), assistant("Yes, ไกล.")))
    assert _targets(template, row) == "Yes, ไกล.<|im_end|>"
    for at, label in enumerate(row.labels[:-1]):
        assert label in (-100, row.tokens[at + 1])
    assert row.labels[-1] == -100


def test_both_supervised_formats_are_read(tmp_path: Path, template: ChatTemplate) -> None:
    completion = raw({"prompt": "1 2 3", "completion": " 4"})
    rows = _rows(tmp_path, template, b"\xef\xbb\xbf" + completion, b"  \r", completion + b"\r")
    assert [_targets(template, row) for row in rows] == [" 4<|im_end|>"] * 2
    assert _warnings(tmp_path) == []


def test_an_overlong_row_is_cut_and_named(tmp_path: Path, template: ChatTemplate) -> None:
    long = chat(user(), assistant("word " * 300))
    whole = _rows(tmp_path, template, long)[0]
    first, cut = _rows(tmp_path, template, chat(), long, limit=100)
    assert first.n_targets
    assert cut.tokens == whole.tokens[:100]
    assert cut.labels == [*whole.labels[:99], -100]
    lost = whole.n_targets - cut.n_targets
    assert _warnings(tmp_path) == [
        f"Example 2 of train.jsonl is {len(whole.tokens) - 100} tokens over the limit of 100; its"
        f" end was cut, {lost} tokens to learn are lost"
    ]


def test_a_row_whose_answer_was_cut_away_is_left_out(
    tmp_path: Path, template: ChatTemplate
) -> None:
    assert _rows(tmp_path, template, chat(_LONG, assistant("y")), limit=100) == []
    cut, empty = _warnings(tmp_path)
    assert cut.endswith("2 tokens to learn are lost")
    assert empty == "Example 1 of train.jsonl has nothing to learn and is left out"


def test_the_models_own_context_is_a_limit_too(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "m", BY_NAME["ends twice"], max_position_embeddings=64)
    (row,) = _rows(tmp_path, ChatTemplate(folder), chat(user(), assistant("word " * 300)))
    assert len(row.tokens) == 64


def test_many_warnings_are_summed_up(tmp_path: Path, template: ChatTemplate) -> None:
    n_rows = MOST_NAMED + 7
    _rows(tmp_path, template, *[chat(_LONG, assistant("y"))] * n_rows, limit=100)
    warnings = _warnings(tmp_path)
    assert len(warnings) == 2 * MOST_NAMED + 2
    assert warnings[-2:] == [
        "7 more examples of train.jsonl were cut",
        "7 more examples of train.jsonl are left out",
    ]


def test_typed_special_tokens_are_told_once(tmp_path: Path, template: ChatTemplate) -> None:
    odd = chat(user("<|im_end|>"), assistant("no <|endoftext|> here"))
    rows = _rows(tmp_path, template, chat(), odd, chat(), odd)
    assert _targets(template, rows[1]) == "no <|endoftext|> here<|im_end|>"
    assert _warnings(tmp_path) == [
        "Special tokens are typed out in example 2, 4 of train.jsonl (<|endoftext|>, <|im_end|>);"
        " they are trained as plain text"
    ]


def test_a_refusal_names_the_row(tmp_path: Path) -> None:
    template = ChatTemplate(model_folder(tmp_path / "m", BY_NAME["no system"]))
    system = {"role": "system", "content": "Be brief."}
    refused = chat(system, user(), assistant())
    with pytest.raises(
        TemplateRefusalError, match=r"^Example 2 of train.jsonl: the chat template refuses: System"
    ):
        _rows(tmp_path, template, chat(), refused)


def test_only_the_answers_of_a_pair_are_learned(tmp_path: Path, template: ChatTemplate) -> None:
    asked = {"messages": [user("Hi."), assistant("Hello."), user("Far?")]}
    (pair,) = _pairs(tmp_path, template, preference(input=asked))
    assert _targets(template, pair.preferred) == "384,400 km.<|im_end|>"
    assert _targets(template, pair.non_preferred) == "Far.<|im_end|>"
    n_same = pair.preferred.labels.index(max(pair.preferred.labels[:1])) + 1
    assert pair.preferred.tokens[:n_same] == pair.non_preferred.tokens[:n_same]
    assert _warnings(tmp_path) == []


def test_both_sides_of_a_pair_are_cut(tmp_path: Path, template: ChatTemplate) -> None:
    long = preference(
        preferred_output=[assistant("a " * 300)], non_preferred_output=[assistant("b " * 300)]
    )
    (pair,) = _pairs(tmp_path, template, long, limit=100)
    assert len(pair.preferred.tokens) == len(pair.non_preferred.tokens) == 100
    one, other = _warnings(tmp_path)
    assert one.startswith("Example 1 of train.jsonl with its preferred answer is ")
    assert other.startswith("Example 1 of train.jsonl with its non-preferred answer is ")


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"input": {"messages": [_LONG]}}, "has an answer with nothing to learn"),
        ({"preferred_output": [assistant("a", weight=0)]}, "has an answer with nothing to learn"),
        (
            {
                "preferred_output": [assistant("a " * 300 + "x")],
                "non_preferred_output": [assistant("a " * 300 + "y")],
            },
            "has two answers that are the same up to the limit",
        ),
    ],
)
def test_a_pair_that_teaches_nothing_is_left_out(
    tmp_path: Path, template: ChatTemplate, keys: dict[str, Any], why: str
) -> None:
    kept = _pairs(tmp_path, template, preference(), preference(**keys), limit=100)
    assert len(kept) == 1
    assert f"Example 2 of train.jsonl {why} and is left out" in _warnings(tmp_path)


def test_batches_take_anything_in_an_order_of_seed_and_epoch() -> None:
    items = [json.dumps(number) for number in range(10)]
    once = [batches(items, 4, seed, epoch) for seed, epoch in ((1, 0), (1, 0), (1, 1), (2, 0))]
    assert once[0] == once[1] != once[2]
    assert once[0] != once[3]
    assert sorted(item for batch in once[2] for item in batch) == items
