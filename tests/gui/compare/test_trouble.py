"""Errors in place, stops, cut answers, and answers that are huge or hostile."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices

from tests.support.compare_bench import Bench, MakeBench
from tests.support.link_ask import LinkAsk
from tests.support.scripted_comparison import ScriptedComparison
from tunedesk.core.errors import TunedeskError


def test_an_error_is_told_in_place_and_can_be_tried_again(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    comparison.problem = TunedeskError("engine", "The engine stopped.", "It ended.", "Try again.")
    made = bench(comparison)
    made.enter()
    made.loop.settle(lambda: made.page.judging.notice.isVisible())
    assert "The engine stopped." in made.page.judging.notice.text.text()
    assert not made.page.judging.votes.can_vote("A")
    comparison.problem = None
    made.click("Try again")
    made.until_votable()
    assert made.page.judging.notice.isHidden()


def test_a_stopped_round_keeps_its_text_and_takes_no_vote(bench: MakeBench) -> None:
    comparison = ScriptedComparison([("word " * 2000, "word " * 2000)])
    made = bench(comparison)
    made.enter()
    made.loop.settle(lambda: made.page.judging.panes["A"].answer.text())
    made.click("Stop")
    made.loop.settle(lambda: made.page.judging.votes.can_go_on)
    assert "cut off" in made.page.judging.notice.text.text()
    assert made.figures_of("A") == "This answer was cut off before its end."
    assert made.page.judging.panes["A"].answer.text().startswith("word")
    made.press(Qt.Key.Key_Left)
    made.loop.turn(20)
    assert comparison.votes == []
    made.click("Next prompt")
    made.loop.settle(lambda: made.page.progress_text.text() == "Test set 2 of 3")


def test_a_cut_answer_takes_no_vote_and_can_be_asked_again(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    comparison.cut = comparison.is_silent = True
    made = bench(comparison)
    made.enter()
    made.loop.settle(lambda: made.page.judging.notice.isVisible())
    assert made.figures_of("A") == "No answer came."
    assert not made.page.judging.votes.can_vote("A")
    comparison.cut = False
    made.click("Ask again")
    made.until_votable()
    assert comparison.asked[0] == comparison.asked[1]


def test_an_answer_at_the_limit_takes_no_vote_and_is_asked_again_with_more_tokens(
    bench: MakeBench,
) -> None:
    comparison = ScriptedComparison()
    comparison.tokens_needed = 500
    made = bench(comparison)
    made.enter()
    made.loop.settle(lambda: made.page.judging.votes.can_go_on)
    assert "256 tokens" in made.page.judging.notice.text.text()
    assert made.figures_of("A") == "This answer was cut at the longest that is set, 256 tokens."
    made.press(Qt.Key.Key_Left)
    made.loop.turn(20)
    assert comparison.votes == []
    made.click("Ask again with up to 512 tokens")
    made.until_votable()
    assert comparison.asked[0] == comparison.asked[1]
    assert comparison.kept_settings.chat.max_tokens == 512, "and so is what comes after it"
    assert made.page.judging.ground.hasFocus()


def test_what_went_wrong_is_told_on_request_and_ends_the_round(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    comparison.cut = True
    made = bench(comparison)
    made.enter()
    made.loop.settle(lambda: made.page.judging.notice.isVisible())
    assert made.header_of("A") == "Hidden until you vote"
    made.click("Show what went wrong")
    made.loop.settle(lambda: made.header_of("A") != "Hidden until you vote")
    assert "A: The engine went away." in made.page.judging.notice.text.text()
    assert comparison.votes == []


def test_leaving_mid_answer_is_silent(bench: MakeBench) -> None:
    comparison = ScriptedComparison([("word " * 2000, "word " * 2000), ("Fine.", "Good.")])
    made = bench(comparison, size=(1440, 900))
    made.enter()
    made.loop.settle(lambda: made.page.judging.panes["A"].answer.text())
    made.click("Own prompts")
    made.loop.turn(50)
    assert made.page.judging.panes["A"].answer.text() == ""
    assert not made.page.judging.votes.can_vote("tie")


def test_a_long_stream_arrives_whole_in_both_panes(bench: MakeBench) -> None:
    text = "\n\n".join(f"Paragraph {n} with **bold** words." for n in range(600))[:20_000]
    comparison = ScriptedComparison([(text, text.upper())])
    comparison.step = 200
    made = bench(comparison)
    made.enter()
    made.until_votable()
    for seat in ("A", "B"):
        assert len(made.page.judging.panes[seat].answer.text()) == 20_000  # type: ignore[index]
    assert "Paragraph 500 with bold words." in made.page.judging.panes["A"].answer.plain_text()


HOSTILE = (
    "<img src='{file}'><script>alert(1)</script> ![x]({file}) ![y](http://canary.invalid/a.png) "
    "[open]({file}) [js](javascript:alert(1)) <a href='{file}'>z</a> "
    "[web](https://canary.invalid/path?q=1)"
)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that were handed to the system."""
    found: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: found.append(url.toString()))
    return found


def _click_all_over(made: Bench) -> None:
    viewport = made.page.judging.panes["A"].answer.viewport()
    for y in range(10, viewport.height(), 9):
        for x in range(10, viewport.width(), 32):
            made.bot.mouseClick(
                viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(x, y)
            )


def test_hostile_answers_and_prompts_open_nothing(
    bench: MakeBench, tmp_path: Path, opened: list[str]
) -> None:
    text = HOSTILE.format(file=(tmp_path / "canary.png").as_uri())
    ask = LinkAsk(yes=False)
    made = bench(ScriptedComparison([(text, text + " ")]), [text], ask=ask)
    made.enter()
    made.until_votable()
    _click_all_over(made)
    made.loop.turn(20)
    assert opened == []
    assert {text.split("\n")[-1] for text in ask.questions} == {"https://canary.invalid/path?q=1"}
    shown = made.page.judging.panes["A"].answer.plain_text()
    assert "<script>alert(1)</script>" in shown
    assert "[image: x]" in shown


def test_a_link_opens_after_a_yes(bench: MakeBench, opened: list[str]) -> None:
    made = bench(ScriptedComparison([("[web](https://canary.invalid/x)", "No link.")]))
    made.enter()
    made.until_votable()
    _click_all_over(made)
    made.loop.settle(lambda: opened)
    assert set(opened) == {QUrl("https://canary.invalid/x").toString()}
