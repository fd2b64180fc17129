"""Rows dragged by a real mouse on a real screen; one start of the app for them all.

Each test leaves the sixty rows of "tone.jsonl" as it found them, open on the Data page.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.drag_stage import DragStage, drag_stage
from tests.e2e.person import Element
from tests.support.projects import rows_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DragStage]:
    folder = tmp_path_factory.mktemp("drags")
    with drag_stage(folder, Path("build/e2e/drags.png")) as made:
        yield made


@pytest.fixture
def stage(shared_stage: DragStage) -> Iterator[DragStage]:
    """The shared stage; whatever a failed test holds in its hand is let go."""
    yield shared_stage
    shared_stage.person.let_go()


def _questions(*numbers: int) -> list[str]:
    return [f"Question {number}?" for number in numbers]


def _lower_half(row: Element) -> tuple[int, int]:
    return row.middle[0] + 20, row.box[1] + row.box[3] - 6


def test_rows_that_are_apart_move_together_in_one_step(stage: DragStage) -> None:
    taken, place = stage.select(2, 4), stage.row(7)
    stage.drag(taken.middle, _lower_half(place), "Move 2 rows before row 8")
    assert not stage.is_edited()
    stage.person.let_go()
    stage.person.wait_button("Undo move 2 rows")
    assert stage.prompts()[:8] == _questions(0, 2, 4, 5, 6, 1, 3, 7)
    stage.undo("move 2 rows")
    assert stage.prompts()[:8] == _questions(*range(8))


def test_escape_and_what_takes_no_rows_move_nothing(stage: DragStage) -> None:
    person, taken = stage.person, stage.select(2, 3)
    stage.drag(taken.middle, _lower_half(stage.row(8)), "Move 2 rows before row 9")
    person.key("Escape")
    person.wait_gone("what a drop does", lambda e: e.name.startswith("Move 2 rows"))
    person.let_go()
    stage.drag(taken.middle, _lower_half(stage.row(8)), "Move 2 rows before row 9")
    person.carry(*person.wait_button("Problems 0").middle)
    person.wait_gone("what a drop does", lambda e: e.name.startswith("Move 2 rows"))
    person.carry(*person.wait_button("Search rows").middle)
    person.let_go()
    assert not stage.is_edited()
    assert stage.prompts()[:8] == _questions(*range(8))
    assert person.wait_button("Search rows").text == ""


def test_a_drag_that_rests_at_an_edge_scrolls_to_the_ends(stage: DragStage) -> None:
    taken = stage.select(3)
    table = stage.person.wait("the rows", lambda e: e.role == "table")
    x, bottom = taken.middle[0], table.box[1] + table.box[3]
    stage.drag(taken.middle, (x, bottom - 8), "Move 1 row to the end")
    stage.person.carry(x, taken.box[1] - 2 * taken.box[3] + 6)
    stage.person.wait_words("Move 1 row before row 1")
    stage.person.carry(x, bottom - 8)
    stage.person.wait_words("Move 1 row to the end")
    stage.person.let_go()
    stage.person.wait_button("Undo move row")
    assert stage.prompts()[-1] == "Question 2?"
    stage.undo("move row")
    stage.person.key("ctrl+Home")


def test_rows_go_to_a_side_by_its_chip(stage: DragStage) -> None:
    person = stage.person
    for chip, hint, undo, after in (
        ("Test ", "Put 2 rows in test", "put 2 rows in test", ""),
        ("Train ", "Put 2 rows in train", "put 2 rows in train", ""),
        ("Set aside ", "Set 2 rows aside", "set 2 rows aside", "Set aside 2"),
    ):
        taken = stage.select(1, 3)
        target = person.wait(
            chip, lambda e, chip=chip: e.name.startswith(chip) and e.role == "check box"
        )
        stage.drag(taken.middle, target.middle, hint)
        person.let_go()
        person.wait_button(f"Undo {undo}")
        if after:
            person.wait_button(after)
        stage.undo(undo)


def test_rows_go_to_another_dataset_and_undo_brings_them_back(stage: DragStage) -> None:
    person = stage.person
    (file,) = stage.home.glob("data/projects/*/datasets/marv.jsonl")
    before = file.read_bytes()
    rows = rows_of(60)
    taken, other = stage.select(2, 5), person.wait_button("Dataset marv.jsonl")
    stage.drag(taken.middle, other.middle, "Move 2 rows to marv.jsonl")
    own = person.wait("itself", lambda e: e.name == "Dataset tone.jsonl" and e.box[0] < 200)
    person.carry(*own.middle)
    person.wait_gone("what a drop does", lambda e: e.name.startswith("Move 2 rows"))
    person.carry(*other.middle)
    person.wait_words("Move 2 rows to marv.jsonl")
    person.let_go()
    person.wait_words("2 rows moved to marv.jsonl.")
    assert file.read_bytes() == before + rows[1] + b"\n" + rows[4] + b"\n"
    assert stage.prompts()[:4] == _questions(0, 2, 3, 5)
    stage.undo("move 2 rows to marv.jsonl")
    person.wait("54 rows there", lambda e: e.name == "Dataset marv.jsonl" and "54" in e.description)
    assert file.read_bytes() == before
    assert stage.prompts()[:6] == _questions(*range(6))
    person.press("Close")


def test_rows_dragged_out_are_a_file_of_their_own_bytes(stage: DragStage) -> None:
    taken = stage.select(1, 2, 6)
    stage.person.take(*taken.middle)
    given = stage.drop_on_tray()
    rows = rows_of(60)
    lines = b"".join(rows[at] + b"\n" for at in (0, 1, 5))
    assert given.files == {"tone-3.jsonl": lines}
    assert given.text.encode() == lines
    assert not stage.is_edited()
