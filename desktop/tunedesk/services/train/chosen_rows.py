"""Which rows a fine-tune learns from and is tested on: of any datasets, whichever side."""

from __future__ import annotations

from typing import Literal, NamedTuple

from tunedesk.services.check.row_cuts import LengthTarget
from tunedesk.services.dataset.row_facts import Sendable
from tunedesk.services.dataset.session import DatasetSession

Side = Literal["train", "test"]
Part = Literal["train", "test", "both"]

_NOTHING = Sendable(rows=[], n_with_errors=0, tokens=0, trained_tokens=0, longest_tokens=0)


class RowsPart(NamedTuple):
    """Rows of an open dataset: those of a side, or of both; rows that are set aside stay so.

    `reader`: the model that is to learn them, where it is known how much of a row it reads.
    """

    session: DatasetSession
    part: Part
    reader: LengthTarget | None = None

    @property
    def sendable(self) -> Sendable:
        """What of it can be sent. Complete after the session's `check`, and `know_cuts`."""
        if self.part != "both":
            return self.session.sendable(self.part, self.reader)
        sides: tuple[Side, Side] = ("train", "test")
        train, test = (self.session.sendable(side, self.reader) for side in sides)
        return Sendable(
            rows=sorted([*train.rows, *test.rows]),
            n_with_errors=train.n_with_errors + test.n_with_errors,
            n_cut_off=train.n_cut_off + test.n_cut_off,
            tokens=train.tokens + test.tokens,
            trained_tokens=train.trained_tokens + test.trained_tokens,
            longest_tokens=max(train.longest_tokens, test.longest_tokens),
        )

    async def know_cuts(self) -> None:
        """Which rows the reader cuts, as they are now."""
        await self.session.know_cuts(self.reader)


class ChosenRows(NamedTuple):
    """`test` is None where nothing is held out."""

    train: RowsPart
    test: RowsPart | None

    @classmethod
    def of(cls, session: DatasetSession) -> ChosenRows:
        """A dataset's own train and test rows."""
        return cls(RowsPart(session, "train"), RowsPart(session, "test"))

    def read_by(self, reader: LengthTarget | None) -> ChosenRows:
        """The same rows for this model."""
        test = None if self.test is None else self.test._replace(reader=reader)
        return ChosenRows(self.train._replace(reader=reader), test)

    async def know_cuts(self) -> None:
        """Which rows the model cuts, as they are now."""
        for part in (self.train, self.test):
            if part is not None:
                await part.know_cuts()

    @property
    def sessions(self) -> list[DatasetSession]:
        """Each once, the train rows' first."""
        found = [self.train.session]
        if self.test is not None and self.test.session is not self.train.session:
            found.append(self.test.session)
        return found

    @property
    def sendable_test(self) -> Sendable:
        """As of `train`; nothing where nothing is held out."""
        return _NOTHING if self.test is None else self.test.sendable

    @property
    def is_own_split(self) -> bool:
        """Whether these are the two sides of one dataset, between which likeness is looked for."""
        return self.test is not None and (
            self.test.session is self.train.session
            and (self.train.part, self.test.part) == ("train", "test")
        )

    def n_in_both(self) -> int:
        """Test rows whose like is in train; between datasets, those that ask the very same.

        Some milliseconds for 100,000 rows. Known after each session's `check`.
        """
        if self.test is None:
            return 0
        if self.is_own_split:
            return self.train.session.n_leaks
        learned = set(self.train.session.prompt_keys(self.train.sendable.rows))
        return sum(key in learned for key in self.test.session.prompt_keys(self.test.sendable.rows))
