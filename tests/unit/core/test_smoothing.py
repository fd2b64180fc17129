"""A smooth curve is honest at its beginning, and a curve's table says what was measured."""

from __future__ import annotations

import pytest

from tunedesk.core.curve_table import curve_csv
from tunedesk.core.curves import Curve
from tunedesk.core.smoothing import smoothed


def test_the_first_value_stands_as_it_is() -> None:
    found = smoothed([(1, 3.0), (2, 3.0), (9, 3.0)])
    assert [step for step, _ in found] == [1, 2, 9]
    assert [value for _, value in found] == pytest.approx([3.0, 3.0, 3.0])


def test_the_average_is_that_of_all_points_so_far_by_their_weights() -> None:
    points = [(1, 4.0), (2, 2.0), (3, 1.0)]
    by_hand = (1.0 + 0.5 * 2.0 + 0.25 * 4.0) / (1 + 0.5 + 0.25)
    assert smoothed(points, 0.5)[-1] == (3, pytest.approx(by_hand))


def test_no_points_and_no_weight() -> None:
    assert smoothed([]) == []
    assert smoothed([(1, 2.0), (2, 5.0)], 0.0) == [(1, 2.0), (2, 5.0)]


def test_a_table_has_a_line_a_step_and_blanks_where_nothing_was_measured() -> None:
    curve = Curve(train=[(1, 3.25), (2, 0.1)], held_out=[(0, 3.5), (2, 2.0)])
    assert curve_csv(curve) == (
        "step,train_loss,held_out_loss,train_accuracy,held_out_accuracy\n"
        "0,,3.5,,\n"
        "1,3.25,,,\n"
        "2,0.1,2.0,,\n"
    )
