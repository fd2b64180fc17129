"""The second look: rows that are too much alike."""

from __future__ import annotations

import random
from collections.abc import Collection

import numpy as np
import pytest

from tests.support.dataset_rows import assistant, chat, numbered_chats, preference, raw, user
from tunedesk.core.alike import kin
from tunedesk.core.alike.search import NOBODY
from tunedesk.core.alike.sketches import prompts
from tunedesk.core.fixes import Fix, apply_fix, fixes_of, mended_rows
from tunedesk.core.issues import Issue
from tunedesk.core.validation.kinship import leak_issues, near_duplicate_issues, sample_of
from tunedesk.core.validation.rows import check_row
from tunedesk.core.validation.second_look import SecondLook, common_words, second_look_issues

TRAIN, TEST, ASIDE = range(3)
LONG = (
    "The parcel left the north depot on Monday morning by train, so it should reach you within "
    "three working days unless the weather delays it again, as it did last winter when the roads "
    "over the pass were closed for a week and nothing could be sent at all."
)
THAI = "ขอบคุณสำหรับคำถามครับ เราตรวจสอบแล้วพบว่าพัสดุถูกส่งเมื่อวานตอนเช้า จะถึงภายในสามวันทำการ"

ALIKE = {
    "case and punctuation": ("Is water wet?", "is water  WET", "Yes.", "yes!"),
    "spaces": ("a b", " a\u00a0b\n", "c", "c"),
    "Thai digits": ("ราคา ๑๐๐ บาท", "ราคา 100 บาท", "ครับ", "ครับ"),
    "one word in many": ("Where is it?", "Where is it?", LONG, LONG.replace("Monday", "Tuesday")),
    "a word more in Thai": ("พัสดุ", "พัสดุ", THAI * 3, THAI * 3 + "นะ"),
}
DIFFERENT = {
    "another number": ("What is 3 + 4?", "What is 3 + 5?", "7", "8"),
    "a sign": ("What is -5?", "What is 5?", "A number.", "A number."),
    "a point": ("Round 3.5", "Round 35", "Done", "Done"),
    "an operator": ("Is 3 + 4?", "Is 3 = 4?", "Yes", "Yes"),
    "a tone mark": ("ไกล", "ใกล้", "ไม่", "ไม่"),
    "half of it": (LONG, LONG, "One answer to it.", " ".join(reversed(LONG.split()))),
    "no words": ("?", "!", "...", "???"),
}


def looked(rows: list[bytes], parts: int = 1) -> SecondLook:
    """The rows looked at in so many parts."""
    look = SecondLook()
    size = -(-len(rows) // parts)
    for at in range(0, len(rows), size):
        part = SecondLook()
        part.add(rows[at : at + size])
        look.join(part)
    return look


def partners(
    rows: list[bytes], parts: int = 1, known: Collection[int] = (), look: SecondLook | None = None
) -> dict[int, int]:
    found = (look or looked(rows, parts)).partners(rows.__getitem__, known)
    return {row: int(other) for row, other in enumerate(found) if other != NOBODY}


def leaks(rows: list[bytes], sides: list[int]) -> dict[int, int]:
    look = looked(rows)
    groups = kin.groups_of(prompts(look.sketches), look.partners(rows.__getitem__))
    found = kin.leaks(np.array(sides, np.uint8), groups, TRAIN, TEST)
    return dict(zip(found.rows.tolist(), found.taught.tolist(), strict=True))


@pytest.mark.parametrize("case", ALIKE.values(), ids=ALIKE.keys())
@pytest.mark.parametrize("parts", [1, 3])
def test_rows_alike_are_told(case: tuple[str, ...], parts: int) -> None:
    asked, asked_again, answered, answered_again = case
    one = chat(user(asked), assistant(answered))
    other = chat(user(asked_again), assistant(answered_again))
    rows = [*numbered_chats(4), one, chat(user("x"), assistant("y")), other]
    assert partners(rows, parts) == {6: 4}
    (issue,) = near_duplicate_issues(partners(rows).items())
    assert (issue.row, issue.code, issue.params["other"]) == (7, "near_duplicate", 5)
    assert "as row 5;" in issue.message


@pytest.mark.parametrize("case", DIFFERENT.values(), ids=DIFFERENT.keys())
def test_rows_that_differ_in_meaning_are_not(case: tuple[str, ...]) -> None:
    asked, asked_again, answered, answered_again = case
    one = chat(user(asked), assistant(answered))
    assert partners([one, chat(user(asked_again), assistant(answered_again))]) == {}


def test_rows_of_a_template_are_not_near_duplicates() -> None:
    assert partners(numbered_chats(2_000)) == {}


def test_a_shared_system_prompt_makes_no_rows_alike() -> None:
    system = {"role": "system", "content": LONG * 5}
    rows = [chat(system, user(f"Question {i}?"), assistant(f"Answer {i}.")) for i in range(20)]
    assert partners(rows) == {}


def test_other_pictures_make_other_rows() -> None:
    def seen(picture: str, reply: str = LONG) -> bytes:
        shown = {"type": "image_url", "image_url": {"url": f"https://x.org/{picture}.png"}}
        return chat(user([{"type": "text", "text": LONG}, shown]), assistant(reply))

    rows = [seen("a"), seen("b"), seen("c", "No."), seen("d", "No."), seen("b"), seen("a", "No.")]
    assert partners(rows) == {4: 1}
    asked = prompts(looked(rows).sketches).tolist()
    assert asked[1] == asked[4] and asked[0] == asked[5] and len(set(asked)) == 4


def test_shared_instructions_make_no_rows_alike() -> None:
    """The same long prompt around a few words, as in data for sorting texts into kinds."""
    rows = [
        chat(user(f"{LONG} {LONG[::-1]} Text: number {n} of {n * 7}"), assistant("positive"))
        for n in range(60)
    ]
    common = common_words(rows)
    look = SecondLook(common)
    rows.append(rows[3].replace(b"positive", b"Positive!"))
    look.add(rows)
    assert partners(rows, look=look) == {60: 3}
    assert not len(common_words(rows[:20]))


def test_the_sample_is_spread_evenly() -> None:
    assert sample_of(0) == []
    assert sample_of(3) == [0, 1, 2]
    assert sample_of(1_000_000)[:3] == [0, 2_500, 5_000]


def test_every_format_is_compared_and_broken_rows_with_nothing() -> None:
    pair = preference(input={"messages": [user(LONG)]})
    same_pair = preference(input={"messages": [user(LONG.upper())]})
    other_answer = preference(
        input={"messages": [user(LONG)]}, non_preferred_output=[assistant(LONG[::-1])]
    )
    done = raw({"prompt": LONG, "completion": "x"})
    same_done = raw({"prompt": f" {LONG}", "completion": "X"})
    rows = [b"{", b"{", b"[1]", b"[1]", pair, same_pair, other_answer, done, same_done]
    assert partners(rows) == {5: 4, 8: 7}


def test_rows_known_as_repeats_are_not_told_twice() -> None:
    rows = [*numbered_chats(2), numbered_chats(1)[0]]
    assert partners(rows, known={2}) == {}


def test_a_leak_is_kin_on_both_sides() -> None:
    rows = [
        chat(user("Is water wet?"), assistant("Yes.")),  # train
        chat(user("is water wet"), assistant("Put your hand in and see for yourself.")),  # test
        chat(user("Where?"), assistant(LONG)),  # test
        chat(user("Where?"), assistant(LONG.replace("north", "south"))),  # train
        chat(user("Where?"), assistant(LONG.replace("three", "four"))),  # aside
        chat(user("Who?"), assistant("Nobody.")),  # test
        chat(user("who"), assistant("No one at all, I fear.")),  # test
    ]
    found = leaks(rows, [TRAIN, TEST, TEST, TRAIN, ASIDE, TEST, TEST])
    assert found == {1: 0, 2: 3}
    issues = list(leak_issues(found.items()))
    assert [(issue.row, issue.code) for issue in issues] == [(2, "leak"), (3, "leak")]
    assert "row 4 in the train set" in issues[1].message
    assert fixes_of(issues[0])[0].kind == "train"


def test_no_leaks_within_one_side() -> None:
    rows = [chat(user("Is water wet?"), assistant(str(n))) for n in range(5)]
    assert leaks(rows, [TRAIN] * 5) == {}
    assert leaks(rows, [TRAIN, TEST, TRAIN, TEST, ASIDE]) == {1: 0, 3: 0}


def test_odd_system_prompts_are_told_with_the_usual_one() -> None:
    rows, issues = _with_system_prompts()
    assert [(issue.row, issue.path) for issue in issues] == [
        (3, "$.messages[0].content"),
        (6, "$.input.messages[0].content"),
    ]
    assert issues[0].params["usual"] == "Be brief."
    assert '(rows: 3, first: 1): "Be brief."' in issues[0].message
    (fix,) = fixes_of(issues[0])
    mended = {i: after for i, _, after in _mended(rows, issues, fix)}
    assert sorted(mended) == [2, 5]
    assert looked([mended.get(i, row) for i, row in enumerate(rows)]).system_prompts.issues
    again = looked([mended.get(i, row) for i, row in enumerate(rows)])
    assert list(again.system_prompts.issues()) == []
    assert apply_fix(rows[2], issues[0], fix) == mended[2]
    assert check_row(mended[5], 1) == []


def _mended(rows: list[bytes], issues: list[Issue], fix: Fix) -> list[tuple[int, bytes, bytes]]:
    by_row = {issue.row - 1: issue for issue in issues}
    return list(mended_rows(enumerate(rows), "spaced_system_prompt", fix, by_row))


def _with_system_prompts() -> tuple[list[bytes], list[Issue]]:
    def system(text: str) -> dict[str, str]:
        return {"role": "system", "content": text}

    rows = [
        chat(system("Be brief."), user("1"), assistant("one")),
        chat(system("Be brief."), user("2"), assistant("two")),
        chat(system("be  brief"), user("3"), assistant("three")),
        chat(system("Be long."), user("4"), assistant("four")),
        chat(system("Be brief."), user("5"), assistant("five")),
        preference(input={"messages": [system("Be brief"), user("6")]}),
        chat(user("7"), assistant("seven")),
        b"not a row",
    ]
    look = looked(rows, parts=2)
    nobody = np.full(len(rows), NOBODY, np.int32)
    return rows, list(second_look_issues(nobody, look.system_prompts))


def test_a_hostile_file_of_rows_half_alike_ends() -> None:
    """Every row shares half of its words with every other one."""
    chance = random.Random(5)
    rows = [
        chat(user(LONG), assistant(" ".join(chance.choices(LONG.split(), k=60))))
        for _ in range(1_500)
    ]
    n_read = 0

    def read(row: int) -> bytes:
        nonlocal n_read
        n_read += 1
        return rows[row]

    looked(rows).partners(read)
    assert n_read < 40 * len(rows)
