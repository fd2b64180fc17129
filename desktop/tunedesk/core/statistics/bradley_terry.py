"""More than two models on one scale, from votes on pairs of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

PRIOR_GAMES = 0.5
N_RESAMPLES = 1_000
_MOST_ROUNDS = 20_000
_TOLERANCE = 1e-12
_TOLERANCE_OF_RESAMPLES = 1e-6

Match = tuple[int, int, float]
"""A vote on two models by their number: the first, the second, what the first got (1, ½, 0)."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One model's place. `strength` is a natural logarithm, over all models 0 on average; a
    model beats another with chance 1 / (1 + e^(theirs - its)). `chance` is that against a model of
    strength 0, `low` and `high` its 95 % percentile interval; `n_votes` it took part in."""

    model: int
    strength: float
    chance: float
    low: float
    high: float
    n_votes: int


def strengths(wins: Sequence[Sequence[float]], prior_games: float = PRIOR_GAMES) -> list[float]:
    """Bradley–Terry strengths, natural logarithms with mean 0; `wins[i][j]`: i over j.

    R. A. Bradley, M. E. Terry, Biometrika 39 (1952), 324–345, fitted by minorisation and
    maximisation: D. R. Hunter, "MM algorithms for generalized Bradley–Terry models", Annals of
    Statistics 32 (2004), 384–406, eq. 3. A model that never lost has no finite strength (his
    assumption 1), so each also wins and loses `prior_games` against one of strength 0, a weak prior
    that is symmetric (for priors here see F. Caron, A. Doucet, Journal of Computational and
    Graphical Statistics 21 (2012), 174–196). 0 asks for the plain maximum of the likelihood. A tie
    is half a win for each. Raises ValueError where there is no maximum, and for what is no square
    table of counts.
    """
    import numpy as np

    table = np.asarray(wins, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or (table < 0).any():
        raise ValueError("not a square table of counts")
    if prior_games == 0 and not _is_connected(table):
        raise ValueError("some models never lost to the others: no strength is the likeliest")
    return [float(value) for value in _fit(table[np.newaxis], prior_games)[0]]


def standings(matches: Sequence[Match], n_models: int, seed: int) -> list[Standing]:
    """Every model with its interval, the strongest first.

    Intervals: the votes are drawn again with replacement 1,000 times, and the middle 95 % of the
    results taken (percentile bootstrap: B. Efron, R. J. Tibshirani, "An introduction to the
    bootstrap" (1993), chapter 13). The same seed gives the same intervals.
    """
    import numpy as np

    found = strengths(_tables(matches, n_models, None)[0].tolist())
    drawn = np.random.default_rng(seed).integers(
        len(matches), size=(N_RESAMPLES, len(matches)) if matches else (1, 0)
    )
    tables = _tables(matches, n_models, drawn)
    again = _chances(_fit(tables, PRIOR_GAMES, _TOLERANCE_OF_RESAMPLES))
    low, high = np.quantile(again, [0.025, 0.975], axis=0)
    n_votes = [sum(model in match[:2] for match in matches) for model in range(n_models)]
    made = [
        Standing(
            model=model,
            strength=strength,
            chance=float(_chances(np.array(strength))),
            low=float(low[model]),
            high=float(high[model]),
            n_votes=n_votes[model],
        )
        for model, strength in enumerate(found)
    ]
    return sorted(made, key=lambda standing: -standing.strength)


def _tables(matches: Sequence[Match], n_models: int, drawn: Any) -> Array:
    """[n_drawn, n_models, n_models]: wins of the one over the other; `drawn` holds numbers of
    matches, a row for each table, None for all of them once."""
    import numpy as np

    first = np.array([match[0] for match in matches], dtype=np.int64)
    second = np.array([match[1] for match in matches], dtype=np.int64)
    got = np.array([match[2] for match in matches], dtype=np.float64)
    rows = np.arange(len(matches))[np.newaxis] if drawn is None else drawn
    tables = np.empty((len(rows), n_models, n_models))
    for table, row in zip(tables, rows, strict=True):
        n_cells = n_models * n_models
        over = np.bincount(first[row] * n_models + second[row], got[row], n_cells)
        under = np.bincount(second[row] * n_models + first[row], 1 - got[row], n_cells)
        table[:] = (over + under).reshape(n_models, n_models)
    return tables


def _fit(tables: Array, prior_games: float, tolerance: float = _TOLERANCE) -> Array:
    """[n_tables, n_models] log strengths, all tables at once, until none moves by more than this
    share of itself."""
    import numpy as np

    games = tables + tables.transpose(0, 2, 1)
    won = tables.sum(axis=2) + prior_games
    strength = np.ones(won.shape)
    for _ in range(_MOST_ROUNDS):
        together = strength[:, :, np.newaxis] + strength[:, np.newaxis, :]
        met = (games / together).sum(axis=2) + 2 * prior_games / (strength + 1)
        # Who met nobody, with no prior: 0 / 0, and stays where it is.
        better = np.where(met > 0, won / np.where(met > 0, met, 1), strength)
        if prior_games == 0:
            better /= np.exp(np.log(better).mean(axis=1, keepdims=True))
        moved = np.abs(better / strength - 1).max()
        strength = better
        if moved < tolerance:
            break
    logs = np.log(strength)
    centred: Array = logs - logs.mean(axis=1, keepdims=True)
    return centred


def _chances(logs: Array) -> Array:
    import numpy as np

    found: Array = 1 / (1 + np.exp(-logs))
    return found


def _is_connected(table: Array) -> bool:
    """Whether from each model a chain of wins leads to every other (Hunter's assumption 1)."""
    n_models = len(table)
    for reached in (table > 0, table.T > 0):
        seen, waiting = {0}, [0]
        while waiting:
            model = waiting.pop()
            new = {j for j in range(n_models) if reached[model, j]} - seen
            seen |= new
            waiting += new
        if len(seen) < n_models:
            return False
    return True
