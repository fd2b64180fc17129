"""How many tokens to guess ahead, from how often the last guesses were right and what they cost."""

from __future__ import annotations

_MOST_GUESSES = 8
_ROUND_COST = 1.2  # in tokens of the slow net, as all of these
_GUESS_COST = 0.36
_READ_COST = 0.1
_MEMORY = 0.12  # of the latest guess, in the share that were right
_HOPE = 0.02  # with each token that nothing was guessed for, it is thought likelier to work again
_HOPEFUL = 0.9
_LONGEST_S = 0.17  # of the processor, for a round: nobody can stop the answer within it
_FORGIVING = 32  # rounds until a limit set by a slow one is tried again


class Foresight:
    """One conversation's. It decides about time only, never about an answer."""

    def __init__(self) -> None:
        self._right = _HOPEFUL
        self._most = _MOST_GUESSES
        self._n_rounds = 0

    def choose(self) -> int:
        """How many to guess now: as promises most for the time; 0 where guessing does not pay."""
        best = max(range(self._most + 1), key=self._worth)
        if best == 0:
            self._right = min(_HOPEFUL, self._right + _HOPE)
        return best

    def _worth(self, n: int) -> float:
        """Tokens gained per unit of time: of guesses one after the other, up to the first wrong."""
        tokens = sum(self._right**at for at in range(n + 1))
        return tokens / (_ROUND_COST + n * (_GUESS_COST + _READ_COST)) if n else 1.0

    def learn(self, *, was_right: bool) -> None:
        """The outcome of one guess."""
        self._right += _MEMORY * (was_right - self._right)

    def took(self, n_guesses: int, seconds: float) -> None:
        """A round of so many guesses is over."""
        self._n_rounds += 1
        if seconds > _LONGEST_S:
            self._most = max(1, n_guesses - 1)
        elif self._n_rounds % _FORGIVING == 0:
            self._most = min(_MOST_GUESSES, self._most + 1)
