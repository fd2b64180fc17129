"""What the reader of a file says about single rows, without a flood of events."""

from __future__ import annotations

from collections.abc import Collection

from tunedesk.engine.training.report import Report

MOST_NAMED = 50  # of each kind; what is beyond is counted


class RowNotes:
    """Warnings on the rows of one file."""

    def __init__(self, file_name: str, report: Report) -> None:
        self._file = file_name
        self._report = report
        self._n_cut = 0
        self._n_left_out = 0
        self._typed: dict[int, frozenset[str]] = {}

    def cut(self, number: int, side: str, lost: int, limit: int, lost_targets: int) -> None:
        """A row's end was cut; `side` is which answer of a pair, or ""."""
        self._n_cut += 1
        if self._n_cut <= MOST_NAMED:
            answer = f" with its {side} answer" if side else ""
            text = f"Example {number} of {self._file}{answer} is {lost} tokens over the limit of"
            text += f" {limit}; its end was cut, {lost_targets} tokens to learn are lost"
            key = f"cut-{self._file}-{number}" + (f"-{side}" if side else "")
            self._report.message(key, text, level="warn")

    def left_out(self, number: int, why: str) -> None:
        """A row is not trained on at all."""
        self._n_left_out += 1
        if self._n_left_out <= MOST_NAMED:
            text = f"Example {number} of {self._file} {why} and is left out"
            self._report.message(f"empty-{self._file}-{number}", text, level="warn")

    def typed(self, number: int, tokens: Collection[str]) -> None:
        """A text spells special tokens out."""
        if tokens:
            self._typed[number] = frozenset(tokens)

    def finish(self) -> None:
        """Sums up what was not named."""
        self._more("cut", self._n_cut, "were cut")
        self._more("empty", self._n_left_out, "are left out")
        if self._typed:
            self._say_typed()

    def _more(self, key: str, n_rows: int, what: str) -> None:
        if n_rows > MOST_NAMED:
            text = f"{n_rows - MOST_NAMED} more examples of {self._file} {what}"
            self._report.message(f"{key}-{self._file}-more", text, level="warn")

    def _say_typed(self) -> None:
        named = ", ".join(str(number) for number in list(self._typed)[:MOST_NAMED])
        more = " and more" if len(self._typed) > MOST_NAMED else ""
        tokens = ", ".join(sorted(frozenset().union(*self._typed.values())))
        text = f"Special tokens are typed out in example {named}{more} of {self._file} ({tokens});"
        text += " they are trained as plain text"
        self._report.message(f"typed-{self._file}", text, level="warn")
