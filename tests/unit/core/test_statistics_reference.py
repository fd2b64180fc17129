"""The same figures as scipy's and statsmodels', to 1e-9."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.stats.inter_rater import cohens_kappa as reference_kappa
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from tunedesk.core.statistics import (
    cohens_kappa,
    holm,
    sign_test,
    votes_to_decide,
    wilson_interval,
)
from tunedesk.core.statistics.bradley_terry import strengths

COUNTS = st.integers(0, 400)
CHOICES = ("tuned", "base", "tie", "both_bad")


def same(value: float) -> object:
    return pytest.approx(value, rel=1e-9, abs=1e-12)


@given(COUNTS, COUNTS.filter(bool), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
@settings(max_examples=60, deadline=None)
def test_wilson_interval(wins: int, more: int, confidence: float) -> None:
    n = wins + more
    found = wilson_interval(wins, n, confidence)
    theirs = binomtest(wins, n).proportion_ci(confidence, method="wilson")
    assert found == (same(theirs.low), same(theirs.high))
    others = proportion_confint(wins, n, alpha=1 - confidence, method="wilson")
    assert found == (same(others[0]), same(others[1]))


@given(COUNTS, COUNTS.filter(bool))
@settings(max_examples=60, deadline=None)
def test_sign_test(wins: int, losses: int) -> None:
    assert sign_test(wins, losses) == same(binomtest(wins, wins + losses).pvalue)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
@settings(max_examples=10, deadline=None)  # theirs collects garbage at each call, for 0.1 s
def test_holm(p_values: list[float]) -> None:
    assert holm(p_values) == same(multipletests(p_values, method="holm")[1])


@given(st.lists(st.tuples(st.sampled_from(CHOICES), st.sampled_from(CHOICES)), max_size=40))
@settings(max_examples=60, deadline=None)
def test_kappa(pairs: list[tuple[str, str]]) -> None:
    table = np.zeros((4, 4))
    for one, two in pairs:
        table[CHOICES.index(one), CHOICES.index(two)] += 1
    found = cohens_kappa(pairs)
    if len({choice for pair in pairs for choice in pair}) < 2:
        assert found is None
    else:
        with np.errstate(all="ignore"):  # theirs also makes a z-value of it
            assert found == same(reference_kappa(table).kappa)


@given(st.integers(3, 5), st.data())
@settings(max_examples=25, deadline=None)
def test_bradley_terry_is_the_logistic_regression_without_an_intercept(
    n_models: int, data: st.DataObject
) -> None:
    wins = np.array(data.draw(st.lists(
        st.lists(st.integers(1, 30), min_size=n_models, max_size=n_models),
        min_size=n_models, max_size=n_models,
    )))  # fmt: skip
    np.fill_diagonal(wins, 0)
    rows, outcomes = [], []
    for i in range(n_models):
        for j in range(i + 1, n_models):
            rows.append(np.eye(n_models)[i] - np.eye(n_models)[j])
            outcomes.append([wins[i, j], wins[j, i]])
    design = np.array(rows)[:, 1:]  # the first model is the zero of the scale
    # It takes an exact fit, as of all counts equal, for a separation.
    warnings.simplefilter("ignore", PerfectSeparationWarning)
    fitted = GLM(np.array(outcomes), design, family=Binomial()).fit(tol=1e-14, maxiter=200)
    theirs = np.array([0, *fitted.params])
    ours = strengths(wins.tolist(), prior_games=0)
    assert ours == pytest.approx(list(theirs - theirs.mean()), rel=1e-9, abs=1e-9)


@given(st.integers(0, 60), st.integers(0, 60))
@settings(max_examples=40, deadline=None)
def test_so_many_more_votes_do_decide(wins: int, losses: int) -> None:
    """The chance is 80 % with them, and not with one vote less: counted with scipy's binomial."""
    more = votes_to_decide(wins, losses)
    if not more:
        return
    ahead, n = max(wins, losses), wins + losses

    def chance(n_more: int) -> float:
        needed = next(k for k in range(n_more + 2) if k > n_more or _decides(ahead + k, n + n_more))
        return float(binom.sf(needed - 1, n_more, ahead / n))

    assert chance(more) >= 0.8 - 1e-9
    assert chance(more - 1) < 0.8 + 1e-9


def _decides(ahead: int, n: int) -> bool:
    return 2 * ahead > n and bool(binomtest(ahead, n).pvalue < 0.05)
