"""The whole loop with hands and eyes: look at rows, mend one, train, compare, vote, read."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.e2e.app_run import ask_ledger, processes_of, said, started_app
from tests.e2e.person import Element, Person

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

_TRAINING_S = 240
_ANSWER_S = 90
_CUT_OFF = "This round cannot be voted on."


def _log(home: Path) -> Path:
    return home / "app.log"


def _close_window(person: Person) -> None:
    person.key("alt+F4")


def _edit_first_reply(person: Person) -> None:
    """Through the screen reader's interface alone."""
    person.wait_words("Two, Phobos and Deimos.")
    box = person.wait("the reply's text box", lambda e: e.name == "Text of message 3")
    person.write("Text of message 3", "")
    person.act("Conversation")
    person.wait_heard("The reply is empty")
    person.write("Text of message 3", f"{box.text} Sigh.")
    person.act("Conversation")  # leaving the box is what ends an edit
    person.key("ctrl+s")
    person.wait_words("Saved ·")
    person.wait_heard("Saved ·")


def _do(person: Person, words: str, button: str) -> None:
    """By keys: find an action that is possible by its words."""
    person.wait_button(button, timeout_s=_ANSWER_S)
    person.key("ctrl+k")
    person.wait(
        "the list of actions", lambda e: e.name == "Find an action" and "focused" in e.states
    )
    person.type(words)
    person.wait("the action", lambda e: e.role == "list item" and e.name.startswith(button))
    person.key("Return")


def _start_training(person: Person) -> None:
    """By keys alone."""
    _do(person, "train on this", "Train on this →")
    person.wait("the page", lambda e: e.name == "n_epochs" and e.role != "label")
    for _ in range(60):
        if any(e.name == "n_epochs" and "focused" in e.states for e in person.shown()):
            break
        person.key("Tab")
    person.type("1")
    person.wait_button("Start fine-tune", timeout_s=60)
    person.key("ctrl+Return")


def _wait_for_two_answers(person: Person) -> None:
    """Prompts that one of the models talks on and on about are passed over."""
    while True:
        person.wait(
            "two answers", lambda e: _takes_a_vote(e) or _CUT_OFF in e.words, timeout_s=_ANSWER_S
        )
        if not any(_CUT_OFF in e.words for e in person.shown()):
            return
        person.press("Next prompt")
        person.wait_gone("the round", lambda e: _CUT_OFF in e.words)


def _takes_a_vote(element: Element) -> bool:
    return element.name == "A is better" and "enabled" in element.states and element.role != "label"


def _is_end_heard(answer: Element, person: Person) -> bool:
    """An answer is said piece by piece, each once it rests for a moment."""
    return any(piece.strip() and answer.description.endswith(piece) for piece in person.heard())


def _place(person: Person) -> int:
    """Which prompt of the test set is shown."""
    found = person.wait("the place in the test set", lambda e: "Test set " in e.words)
    return int(re.findall(r"Test set (\d+) of 10", found.words)[0])


def _vote(person: Person, key: str) -> None:
    _wait_for_two_answers(person)
    person.key(key)
    person.wait_button("Next prompt", timeout_s=20)


def test_the_whole_loop(environment: dict[str, str], home: Path, person: Person) -> None:
    with started_app(environment, _log(home)) as app:
        person.wait_words("SmolLM2-135M ready", timeout_s=60)
        _edit_first_reply(person)
        _start_training(person)
        person.wait_words("Step 11/11", timeout_s=_TRAINING_S)
        _do(person, "compare with base", "Compare with base")
        person.wait_words("Test set 1 of 10")
        _wait_for_two_answers(person)
        place = _place(person)
        answer = person.wait(
            "what an answer says", lambda e: e.name.startswith("Answer ") and bool(e.description)
        )
        person.wait_until("the end of it said aloud", lambda: _is_end_heard(answer, person))
        person.act("A is better")
        person.wait_button("Next prompt", timeout_s=20)
        person.wait_heard("You chose ")
        person.key("Return")
        person.wait_words(f"Test set {place + 1} of 10")
        _vote(person, "Down")
        person.key("ctrl+4")
        person.wait_words("Too early to tell")
        _close_window(person)
        assert app.wait_closed() == 0, _log(home).read_text()

    assert said(_log(home)) == []
    assert processes_of(home) == []
    _look_into_the_ledger(home)
    (rows,) = home.glob("data/projects/*/datasets/*.jsonl")
    assert b"unlike your browser tabs. Sigh." in rows.read_bytes().split(b"\n")[0]


def _look_into_the_ledger(home: Path) -> None:
    assert ask_ledger(home, "SELECT status, n_train, n_held_out FROM jobs") == [
        ("succeeded", 44, 10)
    ]
    losses = ask_ledger(
        home,
        "SELECT json_extract(event, '$.data.train_loss') AS loss FROM events"
        " WHERE loss IS NOT NULL",
    )
    assert len(losses) == 11
    assert sorted(ask_ledger(home, "SELECT choice FROM votes")) == [("A",), ("tie",)]
    assert ask_ledger(
        home, "SELECT count(*) FROM answers JOIN votes USING (round_id) WHERE finish_reason > ''"
    ) == [(4,)]


def test_closing_and_coming_back_in_the_middle(
    environment: dict[str, str], home: Path, person: Person
) -> None:
    with started_app(environment, _log(home)) as app:
        person.wait_words("SmolLM2-135M ready", timeout_s=60)
        _start_training(person)
        person.wait_words("Step 3/11", timeout_s=_TRAINING_S)
        _close_window(person)
        assert app.wait_closed() == 0, _log(home).read_text()
    assert processes_of(home) == []

    began_s = time.monotonic()
    with started_app(environment, _log(home)) as app:
        person.wait("the window", lambda e: e.role == "frame" and "Tunedesk" in e.name)
        shown_after_s = time.monotonic() - began_s
        person.wait_words("Step 11/11", timeout_s=_TRAINING_S)
        person.wait_words("succeeded", timeout_s=60)
        _close_window(person)
        assert app.wait_closed() == 0, _log(home).read_text()

    assert shown_after_s < 10, "a generous bound; `make bench` measures the start"
    assert ask_ledger(home, "SELECT status FROM jobs") == [("succeeded",)]
    assert said(_log(home)) == []


def test_a_killed_app_leaves_no_engine(
    environment: dict[str, str], home: Path, person: Person
) -> None:
    with started_app(environment, _log(home)) as app:
        person.wait_words("SmolLM2-135M ready", timeout_s=60)
        assert len(processes_of(home)) >= 2
        app.kill()
    end_s = time.monotonic() + 10
    while processes_of(home) and time.monotonic() < end_s:
        time.sleep(0.05)
    assert processes_of(home) == []
