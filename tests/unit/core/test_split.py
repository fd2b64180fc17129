"""The split is a function of the prompt: stable, without leaks, fair on average."""

from __future__ import annotations

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from tests.support.dataset_rows import assistant, chat, user
from tunedesk.core.rows import prompt_digest
from tunedesk.core.split import assign

DIGESTS = [sha256(str(i).encode()).hexdigest() for i in range(2_000)]
SHARES = st.floats(0, 1)


def test_a_known_row_stays_where_it_was_in_the_first_release() -> None:
    sides = "".join(assign(digest, 42, 0.2)[1] for digest in DIGESTS[:20])
    assert sides == "rrrrreerrrrrrrrrrrre"


def test_share_is_met_on_average() -> None:
    for seed in range(5):
        n_test = sum(assign(digest, seed, 0.2) == "test" for digest in DIGESTS)
        assert 320 <= n_test <= 480  # 400 ± 4.5 standard deviations


def test_nothing_and_everything() -> None:
    assert {assign(digest, 1, 0.0) for digest in DIGESTS} == {"train"}
    assert {assign(digest, 1, 1.0) for digest in DIGESTS} == {"test"}


def test_another_seed_is_another_split() -> None:
    first, second = ([assign(d, seed, 0.5) for d in DIGESTS] for seed in (1, 2))
    assert 800 < sum(a != b for a, b in zip(first, second, strict=True)) < 1_200


@given(st.sampled_from(DIGESTS), st.integers(), SHARES, SHARES)
def test_a_larger_share_only_adds_to_test(digest: str, seed: int, a: float, b: float) -> None:
    if assign(digest, seed, min(a, b)) == "test":
        assert assign(digest, seed, max(a, b)) == "test"


@given(st.text(), st.text(), st.text(), st.integers(0, 2**31), SHARES)
def test_equal_prompts_are_never_on_both_sides(
    prompt: str, reply: str, other: str, seed: int, share: float
) -> None:
    rows = [
        chat(user(prompt), assistant(reply)),
        chat({"content": prompt, "role": "user"}, assistant(other), tools=[]),
    ]
    assert len({assign(prompt_digest(row), seed, share) for row in rows}) == 1
