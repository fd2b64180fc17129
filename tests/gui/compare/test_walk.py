"""Through the test set, prompt by prompt; free chat beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt

from tests.support.compare_bench import PROMPTS, MakeBench
from tests.support.scripted_comparison import BASE, TUNED, ScriptedComparison
from tunedesk.services.compare.comparison import Contender


def test_the_test_set_is_walked_from_its_first_prompt(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    made.enter()
    for number, prompt in enumerate(PROMPTS, start=1):
        made.until_votable()
        assert made.page.progress_text.text() == f"Test set {number} of 3"
        assert [m["content"] for m in comparison.asked[-1]] == [prompt]
        made.press(Qt.Key.Key_Right)
        made.until_revealed()
        made.press(Qt.Key.Key_Right)
    made.loop.turn(20)
    assert made.page.judging.votes.outcome.text() == "Every prompt of the test set is judged."
    made.click("See the results")
    assert made.went == ["results"]
    assert len(comparison.votes) == 3


def test_prompts_that_were_voted_on_are_passed(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    comparison.voted = list(PROMPTS[:2])
    made.enter()
    made.until_votable()
    assert made.page.progress_text.text() == "Test set 3 of 3"
    assert comparison.asked[0][0]["content"] == PROMPTS[2]


def test_r_shows_the_reference_and_the_next_prompt_hides_it(bench: MakeBench) -> None:
    made = bench(ScriptedComparison())
    made.enter()
    made.until_votable()
    made.press(Qt.Key.Key_R)
    assert made.page.judging.reference.isVisible()
    assert made.page.judging.reference.text.text() == "Ref."
    made.press(Qt.Key.Key_Down)
    made.until_revealed()
    made.press(Qt.Key.Key_Return)
    assert made.page.judging.reference.isHidden()


def test_a_pair_that_is_looked_up_twice_at_once_is_asked_all_the_same(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    comparison.ahead.is_offering = True
    made = bench(comparison)
    made.enter()
    comparison.may_repeat.clear()
    made.loop.settle(lambda: comparison.n_repeat_asks == 1)
    made.enter()
    made.loop.turn(20)
    comparison.may_repeat.set()
    made.until_votable()
    assert comparison.n_rounds == 1
    assert made.page.ahead.isVisible()


def test_coming_back_goes_on_where_it_stood(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    made.enter()
    made.until_votable()
    made.enter()
    made.loop.turn(20)
    assert comparison.n_rounds == 1
    assert made.page.judging.votes.can_vote("A")


def test_a_payload_selects_the_pair(bench: MakeBench) -> None:
    other = Contender(provider_id="local", model="ft:other", label="Other", kind="tuned")
    comparison = ScriptedComparison()
    comparison.known = [BASE, TUNED, other]
    made = bench(comparison)
    made.enter((None, other))
    made.until_votable()
    assert made.page.picker.pair == (BASE, other)


def test_a_wanted_model_that_is_gone_is_said_and_no_other_is_asked(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    gone = Contender(provider_id="local", model="ft:gone", label="Gone", kind="tuned")
    made = bench(comparison)
    made.enter((BASE, gone))
    made.loop.settle(made.page.judging.notice.isVisible)
    assert "Gone cannot be asked any more" in made.page.judging.notice.text.text()
    assert made.page.picker.pair is None and comparison.n_rounds == 0


def test_a_name_that_several_providers_have_is_told_with_the_provider(bench: MakeBench) -> None:
    twin = Contender(provider_id="elsewhere", model="m", label="BaseModelLabel", kind="base")
    comparison = ScriptedComparison()
    comparison.known = [BASE, TUNED, twin]
    made = bench(comparison)
    made.enter((twin, BASE))
    made.until_votable()
    names = [made.page.picker.first.itemText(n) for n in range(3)]
    assert names == ["BaseModelLabel · local", "TunedModelLabel", "BaseModelLabel · elsewhere"]
    assert made.page.picker.pair == (twin, BASE)


def test_without_a_tuned_model_the_page_leads_to_training(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    comparison.known = [BASE]
    made = bench(comparison)
    made.enter()
    made.loop.settle(lambda: made.page.empty.isVisible())
    made.click("New fine-tune")
    assert made.went == ["new_fine_tune"]
    assert comparison.n_rounds == 0


def test_free_chat_asks_both_models_what_is_typed(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison, prompts=())
    made.enter()
    made.loop.settle(lambda: made.page.judging.prompt_box.isVisible())
    box = made.page.judging.prompt_box
    made.bot.keyClicks(box.system, "Be brief.")
    made.bot.keyClicks(box.text, "Why")
    made.bot.keyClick(box.text, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    made.bot.keyClicks(box.text, "0?")
    made.bot.keyClick(box.text, Qt.Key.Key_Return)
    made.until_votable()
    assert [(m["role"], m["content"]) for m in comparison.asked[0]] == [
        ("system", "Be brief."),
        ("user", "Why\n0?"),
    ]
    made.click("A is better")
    made.until_revealed()
    assert [vote[0] for vote in comparison.votes] == ["A"]


def test_one_can_switch_to_free_chat_and_back(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison, size=(1440, 900))
    made.enter()
    made.until_votable()
    made.click("Own prompts")
    assert made.page.judging.prompt_box.isVisible()
    assert not made.page.judging.votes.can_vote("tie")
    made.click("Test set")
    made.until_votable()
    assert made.page.progress_text.text() == "Test set 1 of 3"


def test_kept_answers_say_how_many_of_the_prompts_they_are_to(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    kept = Contender(provider_id="p", model="kept:ft:x", label="old · kept answers", kind="frozen")
    comparison.known, comparison.n_skipped = [BASE, kept], 2
    made = bench(comparison)
    made.enter()
    made.until_votable()
    line = made.page.kept
    assert line.isVisible()
    assert line.text.text() == "Kept answers: to 3 of 5 test prompts; skipped for want of one: 2."
    assert not made.page.mode.isVisible()  # nobody is there to be asked anything else
    made.click("A is better")
    made.until_revealed()
    assert "frozen old · kept answers" in (made.header_of("A"), made.header_of("B"))
