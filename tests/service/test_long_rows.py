"""Rows that are too long for the model they are for, as the Data page has them."""

from __future__ import annotations

from pathlib import Path

from tests.support.dataset_rows import assistant, chat, numbered_chats, user
from tests.support.projects import home, project, run, session
from tunedesk.core.edits import DeleteRow, MoveRows, SetRow
from tunedesk.core.issues import Issue
from tunedesk.services.dataset_session import DatasetSession
from tunedesk.services.long_rows import LengthTarget

SMALL = LengthTarget(model="smollm2", label="SmolLM2", limit_tokens=2_048)
LARGE = LengthTarget(model="gpt-4.1", label="gpt-4.1", limit_tokens=65_536)
CUT = chat(user("word " * 1_500), assistant("more words " * 600))
ALL_LOST = chat(user("word " * 3_000), assistant("Yes."))


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
