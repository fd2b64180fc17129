"""Every text has its Thai: if this fails, run `make translations` and fill in what it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tunedesk.core.phrases import SLOT, Phrases, load_phrases

ROOT = Path(__file__).resolve().parents[3]
THAI = ROOT / "resources" / "translations" / "th"


def groups() -> dict[str, dict[str, str]]:
    from words.catalogue import kept

    return kept(THAI)


def test_each_text_of_the_sources_is_translated() -> None:
    from words.catalogue import wanted

    missing = {
        name: [english for english, said in group.items() if not said]
        for name, group in wanted(ROOT / "desktop" / "tunedesk", groups()).items()
    }
    assert not {name: texts for name, texts in missing.items() if texts}, "run: make translations"


def test_no_slot_is_lost_or_made_up() -> None:
    def slots(text: str) -> list[str]:
        """Of Python and of Qt."""
        return sorted(found[0] for found in SLOT.finditer(text)) + sorted(re.findall("%[1n]", text))

    other = [
        (english, said)
        for group in groups().values()
        for english, said in group.items()
        if said and slots(english) != slots(said)
    ]
    assert not other


def test_the_tone_is_calm_and_spaces_at_the_ends_stay() -> None:
    wrong = [
        (english, said)
        for name, group in groups().items()
        for english, said in group.items()
        if "!" in said
        or (name != "qt" and english.endswith((" ", "\n")) != said.endswith((" ", "\n")))
    ]
    assert not wrong


@pytest.fixture(scope="module")
def thai() -> Phrases:
    return load_phrases(THAI)


def test_a_sentence_that_is_filled_in_is_said_with_what_fills_it(thai: Phrases) -> None:
    assert thai.said("Nebius does not accept the key.") == "Nebius ไม่รับคีย์นี้"
    assert (
        thai.said("The certificate of a.example has expired.") == "ใบรับรองของ a.example หมดอายุแล้ว"
    )


def test_what_nobody_translated_stays(thai: Phrases) -> None:
    assert thai.said("Rate limit reached for gpt-4.1") == "Rate limit reached for gpt-4.1"


def test_one_word_can_be_another_in_a_context(thai: Phrases) -> None:
    assert thai.of("Train", "NumbersCard") == "ฝึก"
    assert thai.of("Train", "TrainPage") == "การฝึก"
