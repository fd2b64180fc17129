"""Rows that are too long for the model they are for, as the Data page has them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.support.dataset_rows import assistant, chat, numbered_chats, user
from tests.support.engine import MODEL_ID, models_folder
from tests.support.projects import home, project, run, session
from tunedesk.core.edits import DeleteRow, MoveRows, SetRow
from tunedesk.core.issues import Issue
from tunedesk.core.model_tokens import ModelCounter
from tunedesk.core.validation.length import Cut, Target
from tunedesk.core.validation.rows import cut_of_row
from tunedesk.engine.template import ChatTemplate
from tunedesk.services.check import row_cuts
from tunedesk.services.check.row_cuts import LengthTarget
from tunedesk.services.dataset.session import DatasetSession, Side

SMALL = LengthTarget(model="smollm2", label="SmolLM2", limit_tokens=2_048)
LARGE = LengthTarget(model="gpt-4.1", label="gpt-4.1", limit_tokens=65_536)
CUT = chat(user("word " * 1_500), assistant("more words " * 600))
ALL_LOST = chat(user("word " * 3_000), assistant("Yes."))


SIDES: tuple[Side, Side] = ("train", "test")


def long_ones(of: DatasetSession) -> list[tuple[int, str]]:
    return [(i.row, i.severity) for i in of.issues() if i.code == "over_long"]


def words_of(of: DatasetSession) -> Issue:
    return next(issue for issue in of.issues() if issue.code == "over_long")


def test_rows_beyond_the_models_limit_are_found_with_the_cut(tmp_path: Path) -> None:
    async def work() -> None:
        rows = [*numbered_chats(10), CUT, ALL_LOST]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as data:
            await data.check()
            assert long_ones(data) == []
            data.set_target(SMALL)
            await data.check()
            assert long_ones(data) == [(11, "warning"), (12, "error")]
            assert words_of(data).path == "$.messages[1]"
            assert "SmolLM2 reads 2,048" in words_of(data).message
            assert [data.state(row).status for row in (9, 10, 11)] == ["ok", "warning", "error"]

    run(work())


def test_a_model_that_reads_more_has_nothing_against_them(tmp_path: Path) -> None:
    async def work() -> None:
        rows = [*numbered_chats(10), CUT]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as data:
            data.set_target(SMALL)
            await data.check()
            assert long_ones(data)
            data.set_target(LARGE)
            await data.check()
            assert long_ones(data) == [] and data.state(10).status == "ok"

    run(work())


def test_a_row_is_examined_once_for_each_way_of_counting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also over edits, other checks and another model in between; an edited row is new."""
    examined: list[int] = []

    def seen(raw: bytes, target: Target) -> Cut | None:
        examined.append(target.limit_tokens)
        return cut_of_row(raw, target)

    monkeypatch.setattr(row_cuts, "cut_of_row", seen)

    async def work() -> None:
        rows = [*numbered_chats(10), CUT, ALL_LOST]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as data:
            for target in (SMALL, LARGE, SMALL):
                data.set_target(target)
                data.apply(MoveRows(11, 1, 0))
                await data.check()
            await data.know_cuts(SMALL)
            assert len(long_ones(data)) == 2 and examined == [2_048, 2_048]
            data.apply(SetRow(0, CUT.replace(b"more", b"less")))
            await data.check()
            assert len(long_ones(data)) == len(examined) == 3

    run(work())


def test_what_is_found_follows_edits_and_undo(tmp_path: Path) -> None:
    async def work() -> None:
        rows = [*numbered_chats(10), CUT]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as data:
            data.set_target(SMALL)
            await data.check()
            data.apply(DeleteRow(0))
            assert long_ones(data) == [(10, "warning")]
            data.apply(MoveRows(9, 1, 0))
            assert long_ones(data) == [(1, "warning")] and data.state(0).status == "warning"
            back = data.apply(SetRow(0, numbered_chats(20)[19]))
            assert long_ones(data) == [] and data.state(0).status == "ok"
            data.apply(back)
            await data.check()
            assert long_ones(data) == [(1, "warning")]

    run(work())


THAI = chat(user("สวัสดีครับ ช่วยอธิบายหน่อย " * 60), assistant("ได้เลย " * 10))


@pytest.mark.engine
def test_a_models_own_tokens_count_where_its_tokenizer_is_here(tmp_path: Path) -> None:
    """In OpenAI's vocabulary the Thai row has 700 tokens, in SmolLM2's some 3,000."""
    tokenizer = models_folder() / MODEL_ID / "tokenizer.json"
    exact = msgspec.structs.replace(SMALL, tokenizer=tokenizer)
    gone = msgspec.structs.replace(SMALL, tokenizer=tmp_path / "tokenizer.json")

    async def work() -> None:
        rows = [*numbered_chats(10), THAI, CUT]
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as data:
            for target, expected in ((gone, [12]), (exact, [11, 12])):
                data.set_target(target)
                await data.check()
                assert [row for row, _ in long_ones(data)] == expected
                await data.know_cuts(target)
                sides = [data.sendable(side, target) for side in SIDES]
                assert sum(side.n_cut_off for side in sides) == (target is exact)
                assert max(side.longest_tokens for side in sides) > 2_500  # of CUT
            said = words_of(data)
            assert 2_500 < int(str(said.params["tokens"]).replace(",", "")) < 3_500
            data.apply(SetRow(10, numbered_chats(20)[19]))
            await data.check()
            assert [row for row, _ in long_ones(data)] == [12]

    run(work())


@pytest.mark.engine
def test_counts_are_those_of_the_engine() -> None:
    """All but the template's own system prompt, which the engine adds where there is none."""
    folder = models_folder() / MODEL_ID
    messages = [
        {"role": "system", "content": "สั้น ๆ"},
        {"role": "user", "content": "สวัสดี how are you?"},
        {"role": "assistant", "content": "สบายดี " * 20},
    ]
    counter = ModelCounter(folder / "tokenizer.json")
    encoded = ChatTemplate(folder).row(messages)
    n_opening = counter.conversation([])
    assert counter.conversation(messages) - n_opening == len(encoded.tokens)
