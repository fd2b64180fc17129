"""What services bill."""

from __future__ import annotations

import pytest

from tunedesk.core.cost import billed_tokens, cost_usd, likely_epochs


def test_a_row_is_billed_up_to_the_limit() -> None:
    assert billed_tokens([10, 70_000]) == 70_010
    assert billed_tokens([10, 70_000], 65_536) == 65_546
    assert billed_tokens([]) == 0


@pytest.mark.parametrize(
    ("n_rows", "epochs"),
    [(0, 3), (1, 25), (4, 25), (10, 10), (33, 3), (34, 3), (8_333, 3), (8_334, 2), (30_000, 1)],
)
def test_epochs_by_the_cookbook(n_rows: int, epochs: int) -> None:
    assert likely_epochs(n_rows) == epochs


def test_cost_is_tokens_by_epochs_by_price() -> None:
    assert cost_usd(200_000, 3, 25.0) == pytest.approx(15.0)
    assert cost_usd(200_000, 3, 0.0) == 0.0
