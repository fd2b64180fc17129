"""The held-out run as the page shows it, and the settings both models are asked under."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from tests.support.compare_bench import PROMPTS, MakeBench
from tests.support.link_ask import LinkAsk
from tests.support.scripted_comparison import ScriptedComparison
from tunedesk.core.chat import ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.ahead_types import AheadState


def _offering(*, usd: float) -> ScriptedComparison:
    comparison = ScriptedComparison()
    comparison.ahead.is_offering = True
    comparison.ahead.usd = usd
    return comparison


def test_what_costs_nothing_is_asked_at_once(bench: MakeBench) -> None:
    comparison = _offering(usd=0.0)
    made = bench(comparison)
    made.enter()
    made.until_votable()
    made.loop.settle(lambda: made.page.ahead.isVisible())
    made.click("Ask all 3")
    assert comparison.ahead.begun == [list(PROMPTS)]
    assert made.ask.questions == []
    told = AheadState(is_running=True, n_done=2, n_all=3, n_identical=1, n_cut_off=1)
    comparison.ahead.tell(told)
    words = "Asking ahead: 2 of 3 · 1 the same from both, skipped · 1 cut off"
    assert made.page.ahead.text.text() == words
    made.loop.turn(5)
    made.click("Pause")
    made.click("Stop now")
    assert comparison.ahead.did == ["pause", "stop"]
    assert made.page.judging.ground.hasFocus(), "the next key votes"
    comparison.ahead.done = set(PROMPTS)
    comparison.ahead.tell(AheadState(n_done=3, n_all=3))
    made.loop.settle(lambda: made.page.ahead.isHidden())


def test_a_price_is_agreed_to_before_anything_is_asked(bench: MakeBench) -> None:
    comparison = _offering(usd=0.34)
    comparison.ahead.is_paid = True
    ask = LinkAsk(yes=False)
    made = bench(comparison, ask=ask)
    made.enter()
    made.loop.settle(lambda: made.page.ahead.isVisible())
    made.click("Ask all 3")
    made.loop.settle(lambda: ask.questions)
    assert "$0.34" in ask.questions[0] and "each prompt is sent once" in ask.questions[0]
    made.loop.turn(20)
    assert comparison.ahead.begun == []
    ask.yes = True
    made.click("Ask all 3")
    made.loop.settle(lambda: comparison.ahead.begun)


def test_a_prompt_that_was_judged_is_not_offered_any_more(bench: MakeBench) -> None:
    comparison = _offering(usd=0.0)
    made = bench(comparison)
    made.enter()
    made.until_votable()
    made.loop.settle(lambda: "3 prompts left" in made.page.ahead.text.text())
    comparison.ahead.done = {PROMPTS[0]}
    made.bot.keyClick(made.page.judging.ground, Qt.Key.Key_Left)
    made.loop.settle(lambda: "2 prompts left" in made.page.ahead.text.text())


def test_what_met_the_limit_is_told_and_walked_again_with_more_tokens(bench: MakeBench) -> None:
    comparison = _offering(usd=0.0)
    comparison.ahead.cut_at = {256: set(PROMPTS)}
    made = bench(comparison)
    made.enter()
    made.loop.settle(lambda: "Of 3 prompts" in made.page.ahead.text.text())
    assert "256 tokens" in made.page.ahead.text.text()
    made.click("Allow up to 512 tokens")
    made.loop.settle(lambda: "3 prompts left" in made.page.ahead.text.text())
    assert comparison.kept_settings.chat.max_tokens == 512
    made.until_votable()
    assert comparison.asked_under[-1] == ChatSettings(max_tokens=512)


def test_why_a_run_stopped_is_said_and_it_goes_on(bench: MakeBench) -> None:
    comparison = _offering(usd=0.0)
    made = bench(comparison)
    made.enter()
    made.loop.settle(lambda: made.page.ahead.isVisible())
    made.click("Ask all 3")
    why = TunedeskError("quota", "Nothing is left.", "The account is empty.", "Fill it.")
    comparison.ahead.tell(AheadState(n_done=1, n_all=3, stopped_by=why))
    made.loop.settle(lambda: "The account is empty." in made.page.ahead.text.text())
    made.click("Go on asking ahead")
    assert len(comparison.ahead.begun) == 2


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_settings_are_for_both_and_for_what_is_asked_from_then_on(bench: MakeBench) -> None:
    comparison = ScriptedComparison()
    made = bench(comparison)
    made.enter()
    made.until_votable()
    made.click("Settings")
    popup = made.page.settings_popup
    assert popup.isVisible()
    popup.sampling.temperature.setValue(0.7)
    popup.sampling.seed.setValue(42)
    popup.sampling.max_tokens.setValue(64)
    made.bot.keyClicks(popup.system, "Be brief.")
    made.bot.keyClicks(popup.reasons, "humour, tone")
    made.bot.keyClick(popup, Qt.Key.Key_Escape)
    made.loop.settle(lambda: len(comparison.asked) == 2)
    expected = ChatSettings(temperature=0.7, seed=42, max_tokens=64)
    assert comparison.asked_under == [ChatSettings(), expected]
    assert [m["content"] for m in comparison.asked[1]] == ["Be brief.", PROMPTS[0]]
    assert comparison.kept_settings.chat == expected
    assert list(comparison.kept_settings.own_reasons) == ["humour"]
