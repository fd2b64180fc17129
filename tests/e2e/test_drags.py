"""Rows, messages, texts and files dragged by a real mouse; one start of the app for them all.

Each test leaves the sixty rows of "tone.jsonl" as it found them, open on the Data page.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.drag_stage import TALK, TALK_ROW, DragStage, drag_stage
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
    own = stage.in_rail("tone.jsonl")
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


def test_a_sorted_grid_takes_no_rows_and_says_why(stage: DragStage) -> None:
    person, why = stage.person, "Rows can be moved by hand only in the file's own order"
    stage.select(1)  # the grid follows the row that is open
    stage.sort_by("Reply", "Question 0?")
    person.wait_until("row 11 third", lambda: stage.prompts()[2] == "Question 10?")
    taken = stage.select(11)
    stage.drag(taken.middle, _lower_half(stage.row(12)), why)
    person.let_go()
    person.wait_button("Close")
    person.wait_words(why)
    assert not stage.is_edited()
    assert stage.prompts()[:4] == _questions(0, 1, 10, 11)
    person.press("Close")
    person.wait_gone("the reason", lambda e: why in e.words)
    stage.sort_by("Number", "Question 0?")
    person.wait_until("the file's order", lambda: stage.prompts()[:3] == _questions(0, 1, 2))


def test_messages_move_by_their_handles(stage: DragStage) -> None:
    person = stage.person
    stage.select(TALK_ROW)
    stage.wait_texts(*TALK)
    handles = {n: person.wait_button(f"Move message {n}") for n in range(1, 6)}
    x, below = handles[2].middle[0], person.wait_button("+ Message").middle[1]
    stage.drag(handles[2].middle, (x, below), "Move message 2 to place 5")
    person.carry(x, handles[2].box[1])
    person.wait_gone("what a drop does", lambda e: e.name.startswith("Move message 2 to"))
    person.carry(x, handles[4].box[1])
    person.wait_words("Move message 2 to place 3")
    person.let_go()
    stage.wait_texts(TALK[0], TALK[2], TALK[1], *TALK[3:])
    stage.undo("move message 2")
    stage.wait_texts(*TALK)


def test_a_message_let_go_after_escape_stays(stage: DragStage) -> None:
    person = stage.person
    stage.select(TALK_ROW)
    handles = {n: person.wait_button(f"Move message {n}") for n in (1, 4)}
    stage.drag(handles[4].middle, handles[1].middle, "Move message 4 to place")
    person.key("Escape")
    person.wait_gone("what a drop does", lambda e: e.name.startswith("Move message 4 to"))
    person.let_go()
    stage.wait_texts(*TALK)
    assert not stage.is_edited()


def test_text_goes_from_message_to_message_as_it_is_in_one_step(stage: DragStage) -> None:
    person = stage.person
    stage.select(TALK_ROW)
    taken, place = stage.text_box(3), stage.text_box(2)
    person.click(taken)
    person.key("ctrl+Home", "shift+End")
    stage.drag((taken.box[0] + 16, taken.box[1] + 12), place.middle)
    person.let_go()
    stage.wait_texts(TALK[0], "Mars?<b>Loud</b>", "\nnoise.", *TALK[3:])
    stage.undo("move text")
    stage.wait_texts(*TALK)


def test_text_of_another_program_loses_its_dress(stage: DragStage) -> None:
    stage.select(TALK_ROW)
    place = stage.text_box(5)
    stage.carry_file("words", (place.box[0] + 8, place.middle[1]))
    stage.person.wait("the box taking it", lambda e: (e.name, e.description) == ("words", "copied"))
    stage.person.let_go()
    stage.wait_texts(*TALK[:4], "Three <i>words</i> more Answer 9.")
    stage.undo("edit message 5")
    stage.wait_texts(*TALK)


def test_a_file_dropped_on_any_page_is_opened_on_data(stage: DragStage) -> None:
    person = stage.person
    seven, tone = ("seven.jsonl", 7), ("tone.jsonl", 60)
    pages = ("Train", "Compare", "Models", "Results")
    for page, (file, n_rows) in zip(pages, (seven, tone) * 2, strict=True):
        stage.show_page(page)
        stage.carry_file(file, stage.middle(), f"Drop {file} to open it")
        person.let_go()
        stage.wait_page("Data")
        person.wait_words(f"{n_rows} valid")
        person.wait(
            file, lambda e, name=f"Dataset {file}": e.name == name and "checked" in e.states
        )
    assert stage.prompts()[:3] == _questions(0, 1, 2)


def test_a_folder_dropped_on_any_page_is_looked_through_first(stage: DragStage) -> None:
    person = stage.person
    for page in ("Settings", "Models", "New fine-tune"):
        stage.show_page(page)
        stage.carry_file("both", stage.middle(), "Drop both to look for examples in it")
        person.let_go()
        person.wait_words("one.jsonl")
        person.wait_words("two.jsonl")
        person.key("Escape")
        person.wait_gone("the import", lambda e: e.name == "Name of the new dataset")
        stage.wait_page(page)
    stage.show_page("Data")
    assert not any(e.name == "Dataset both.jsonl" for e in person.shown())


def test_what_holds_no_examples_is_refused_in_a_sentence(stage: DragStage) -> None:
    person = stage.person
    offer = person.wait_button("photo.png")
    stage.select(TALK_ROW)
    stage.carry_file("photo.png", stage.text_box(3).middle, "Drop photo.png to look for examples")
    person.carry(*offer.middle)
    person.wait_gone("what a drop does", lambda e: e.name.startswith("Drop photo.png"))
    person.carry(*stage.middle())
    person.wait_words("Drop photo.png to look for examples")
    person.let_go()
    person.wait_words("No examples were found.")
    person.wait_words("photo.png: No row of a known")
    person.press("Close")
    person.wait_gone("the sentence", lambda e: "No examples were found" in e.words)
    assert not stage.is_edited()
    assert not any(e.name.startswith("Dataset photo") for e in person.shown())


def test_a_file_dropped_on_welcome_is_a_project_of_its_own(stage: DragStage) -> None:
    person = stage.person
    person.press("All projects")
    welcome = person.wait_words("What should the model learn?")
    stage.carry_file("fresh.jsonl", welcome.middle, "Drop fresh.jsonl to open it")
    field = person.wait_words("Drop a file of examples here")
    person.carry(*field.middle)
    person.wait_gone("what a drop does", lambda e: e.name == "Drop fresh.jsonl to open it")
    person.let_go()
    person.wait("its window", lambda e: e.role == "frame" and e.name == "fresh – Tunedesk")
    person.wait_words("5 valid")
    assert stage.prompts() == _questions(*range(400, 405))
    person.press("All projects")
    person.press("Open Marv, the sarcastic one")
    person.click(stage.in_rail("tone.jsonl"))
    person.wait_words("60 valid")
