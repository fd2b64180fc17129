"""Measures of answers: chrF as sacrebleu's, JSON, refusals, and the table of two models."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.chrf import CHRF

from tunedesk.core.chat import Answer, ChatSettings
from tunedesk.core.measures import Loss, Measure, Sample, best_and_worst, chrf, corpus_chrf, measure
from tunedesk.core.measures.json_shape import NOT_JSON, has_shape, is_structured, json_of
from tunedesk.core.measures.refusals import looks_like_refusal

TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="ab c\nกา", max_size=40),
    st.sampled_from(["", " ", "Rome.", "Rome, if you insist.", "กรุงเทพมหานคร"]),
)


@given(TEXTS, TEXTS)
@settings(max_examples=150, deadline=None)
def test_chrf_of_a_text_is_sacrebleus(hypothesis: str, reference: str) -> None:
    theirs = CHRF().sentence_score(hypothesis, [reference]).score
    assert chrf(hypothesis, reference) == pytest.approx(theirs, rel=1e-9, abs=1e-9)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_chrf_of_many_texts_is_sacrebleus(pairs: list[tuple[str, str]]) -> None:
    hypotheses, references = zip(*pairs, strict=True)
    theirs = CHRF().corpus_score(list(hypotheses), [list(references)]).score
    assert corpus_chrf(pairs) == pytest.approx(theirs, rel=1e-9, abs=1e-9)


def test_chrf_of_no_texts_is_nothing() -> None:
    assert corpus_chrf([]) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        (" [1, null]\n", [1, None]),
        ("null", None),
        ('```json\n{"a": 1}\n```', NOT_JSON),
        ('Here: {"a": 1}', NOT_JSON),
        ('{"a": NaN}', NOT_JSON),
        ('{"a": 1', NOT_JSON),
        ("", NOT_JSON),
        ("[" * 100_000, NOT_JSON),
    ],
)
def test_what_is_json(text: str, value: object) -> None:
    assert json_of(text) == value


def test_only_an_object_or_a_list_asks_for_json() -> None:
    assert is_structured('{"a": 1}')
    assert not is_structured("42")
    assert not is_structured("[sic] it is so")


REFERENCE = {"name": "a", "n": 1, "ok": True, "tags": ["x", {"y": 2.5}], "any": None, "free": []}


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"n": 2.5}, True),
        ({"n": True}, False),
        ({"name": None}, False),
        ({"any": {"anything": 1}}, True),
        ({"free": [1, "two"]}, True),
        ({"tags": []}, True),
        ({"tags": ["p", "q", {"y": 0}]}, True),
        ({"tags": [{"z": 0}]}, False),
        ({"more": 1}, False),
    ],
)
def test_the_shape_of_the_reference(changes: dict[str, object], fits: bool) -> None:
    assert has_shape({**REFERENCE, **changes}, REFERENCE) is fits


def test_a_missing_key_is_another_shape() -> None:
    assert not has_shape({"name": "a"}, REFERENCE)
    assert not has_shape([], {})
    assert not has_shape(json_of("no"), {})


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I’m afraid I cannot do that.",
        "I cannot assist with this request.",
        "As an AI language model, I am not able to have feelings.",
        "ขออภัยค่ะ ดิฉันไม่สามารถให้ข้อมูลนี้ได้",
        "ผมไม่สามารถช่วยเรื่องนี้ได้ครับ",
        "ขอโทษด้วยครับ เรื่องนี้ตอบไม่ได้",
    ],
)
def test_words_of_a_refusal(text: str) -> None:
    assert looks_like_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "Rome.",
        "I'm sorry to hear that. Restart the router and try again.",
        "You can't park there on Sundays.",
        "ขอโทษที่ตอบช้า ร้านเปิดเก้าโมง",
        "เครื่องไม่สามารถเปิดได้เพราะแบตเตอรี่หมด",
        "x" * 300 + " I cannot help with that.",
    ],
)
def test_words_that_are_none(text: str) -> None:
    assert not looks_like_refusal(text)


def _answer(
    text: str, reason: str | None = "stop", *, tokens: int | None = 4, ms: int = 100
) -> Answer:
    return Answer(
        provider_id="p",
        model="m",
        text=text,
        finish_reason=reason,
        elapsed_ms=ms,
        completion_tokens=tokens,
        settings=ChatSettings(),
    )


def _sample(base: Answer, tuned: Answer, reference: str = "Rome.", prompt: str = "?") -> Sample:
    return Sample(prompt=prompt, prompt_digest=None, reference=reference, base=base, tuned=tuned)


def _by_name(samples: list[Sample]) -> dict[str, Measure]:
    return {line.name: line for line in measure(samples)}


def test_two_models_side_by_side() -> None:
    lines = _by_name(
        [
            _sample(_answer("It is Paris.", tokens=8, ms=900), _answer(" Rome.\n", ms=300)),
            _sample(_answer("Rome.", tokens=6, ms=700), _answer("Rome.", tokens=2, ms=500)),
            _sample(_answer("Ro", "length", tokens=256), _answer("I can't answer that.", ms=100)),
        ]
    )
    exact = lines["exact_match"]
    assert (exact.base, exact.tuned, exact.n, exact.better) == (1 / 3, 2 / 3, 3, "tuned")
    assert (lines["length_tokens"].base, lines["length_tokens"].tuned) == (8, 4)
    assert lines["length_tokens"].better == ""
    assert (lines["latency"].base, lines["latency"].better) == (700, "tuned")
    assert (lines["cut_off"].base, lines["cut_off"].tuned) == (1, 0)
    assert (lines["refusals"].base, lines["refusals"].tuned) == (0, 1)
    assert "json_valid" not in lines
    assert "held_out_loss" not in lines


def test_an_answer_without_an_end_takes_its_prompt_out_for_both() -> None:
    lines = _by_name(
        [
            _sample(_answer("Rome.", None), _answer("Rome.")),
            _sample(_answer("Rome."), _answer("Paris.")),
        ]
    )
    assert (lines["exact_match"].n, lines["exact_match"].tuned) == (1, 0.0)
    assert (lines["cut_off"].n, lines["cut_off"].base) == (2, 1)


def test_characters_are_counted_where_a_server_counts_no_tokens() -> None:
    lines = _by_name([_sample(_answer("abc", tokens=None), _answer("abcdef"))])
    assert "length_tokens" not in lines
    assert (lines["length_chars"].base, lines["length_chars"].tuned) == (3, 6)


def test_json_is_measured_where_the_reference_is_json() -> None:
    wanted = '{"city": "Rome"}'
    lines = _by_name(
        [
            _sample(_answer("Rome"), _answer('{"city": "Milan"}'), wanted),
            _sample(_answer('{"town": 1}'), _answer(wanted), wanted),
            _sample(_answer("Rome."), _answer("Rome.")),
        ]
    )
    valid, shape = lines["json_valid"], lines["json_shape"]
    assert (valid.base, valid.tuned, valid.n) == (0.5, 1.0, 2)
    assert (shape.base, shape.tuned) == (0.0, 1.0)


def test_loss_is_there_where_it_was_told() -> None:
    (loss, *_) = measure([], Loss(base=2.31, tuned=0.58, n_rows=241))
    assert (loss.name, loss.n, loss.better) == ("held_out_loss", 241, "tuned")
    assert measure([]) == []


def test_best_and_worst_rows_are_those_that_changed_most() -> None:
    samples = [
        _sample(_answer("x"), _answer("Rome."), prompt="gained all"),
        _sample(_answer("Rome"), _answer("Rome."), prompt="gained some"),
        _sample(_answer("Rome."), _answer("x"), prompt="lost all"),
        _sample(_answer("Rome."), _answer("Rome."), prompt="same"),
        _sample(_answer("Rome.", None), _answer("x"), prompt="no end"),
        _sample(_answer("Rome."), _answer("x"), "", prompt="no reference"),
    ]
    best, worst = best_and_worst(samples)
    assert [one.prompt for one in best] == ["gained all", "gained some"]
    assert [one.prompt for one in worst] == ["lost all"]
    assert [one.prompt for one in best_and_worst(samples, most=1)[0]] == ["gained all"]
