"""The rows a job was trained and tested on, as they were frozen, and how two jobs' rows differ."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.core.messages import text_of
from tunedesk.core.rows import RowError, prompt_digest, prompt_messages, reference_reply
from tunedesk.services.project.project import Project
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import JobRecord, SnapshotRecord

Side = Literal["train", "test"]
_KEY_BYTES = 16


class FrozenRow(msgspec.Struct, frozen=True):
    """A row in words: the last thing that is asked, and the reply it teaches."""

    asked: str
    reply: str


class FrozenRows:
    """Where the lines of a snapshot begin; a line is read when it is looked at."""

    def __init__(self, path: Path, side: Side, digest: str) -> None:
        """Blocking. Raises OSError."""
        self.path, self.side, self.digest = path, side, digest
        self._starts = array("Q", [0])
        self.keys: list[bytes] = []
        with path.open("rb") as stream:
            for line in stream:
                self._starts.append(self._starts[-1] + len(line))
                key = hashlib.blake2b(line.rstrip(b"\n"), digest_size=_KEY_BYTES)
                self.keys.append(key.digest())

    def __len__(self) -> int:
        return len(self.keys)

    def raw(self, number: int) -> bytes:
        """The bytes of row `number`, from 1. Raises OSError, IndexError."""
        begin, end = self._starts[number - 1], self._starts[number]
        with self.path.open("rb") as stream:
            stream.seek(begin)
            return stream.read(end - begin).rstrip(b"\n")

    def row(self, number: int) -> FrozenRow:
        """Row `number`, from 1, in words; "" for what cannot be read any more."""
        try:
            raw = self.raw(number)
            messages, reply = prompt_messages(raw), reference_reply(raw)
        except (OSError, RowError):
            return FrozenRow("", "")
        return FrozenRow(text_of(messages[-1]) if messages else "", reply)


class RowsDifference(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by (side, number): those of the first job alone and of the other alone; the rest is in
    both, whichever side it stands on."""

    only_here: Sequence[tuple[Side, int]]
    only_there: Sequence[tuple[Side, int]]
    n_both: int


class RowPlace(NamedTuple):
    """What a row asks, by its digest, and the name of its dataset ("" where it was not noted)."""

    digest: str
    dataset: str


class JobRows:
    """One for each open project; everything is called on the loop's thread."""

    def __init__(self, project: Project) -> None:
        self._project = project

    async def of(self, local_id: str) -> list[FrozenRows]:
        """Train rows, then test rows if there are any.

        Raises TunedeskError: "no_rows" if the snapshot is not in this project any more.
        """
        record, found = await self._project.in_ledger(lambda ledger: _snapshots(ledger, local_id))
        train, test = found
        if train is None:
            raise _gone(record)
        sides: list[tuple[Side, SnapshotRecord]] = [("train", train)]
        if test is not None:
            sides.append(("test", test))
        try:
            return [
                await self._project.background.run(FrozenRows, one.path, side, one.digest)
                for side, one in sides
            ]
        except OSError as error:
            raise _gone(record) from error

    async def dataset(self, local_id: str) -> str:
        """The name of the dataset that the train rows are from; "" where that was not noted."""
        _, (train, _test) = await self._project.in_ledger(
            lambda ledger: _snapshots(ledger, local_id)
        )
        return train.dataset if train is not None else ""

    async def place_of(self, local_id: str, side: Side, number: int) -> RowPlace:
        """Where row `number`, from 1, came from. Raises TunedeskError."""
        _, found = await self._project.in_ledger(lambda ledger: _snapshots(ledger, local_id))
        snapshot = found[side == "test"]
        name = snapshot.dataset if snapshot is not None else ""
        return RowPlace(await self.prompt_digest(local_id, side, number), name)

    async def prompt_digest(self, local_id: str, side: Side, number: int) -> str:
        """What row `number`, from 1, asks, by its digest. Raises TunedeskError."""
        for one in await self.of(local_id):
            if one.side == side and 1 <= number <= len(one):
                try:
                    return prompt_digest(await self._project.background.run(one.raw, number))
                except (OSError, RowError):
                    break
        raise TunedeskError(
            "no_row",
            "This row is not found.",
            f"The frozen rows hold no readable row {number}.",
            "Look for it on Data.",
        )


def difference(here: Sequence[FrozenRows], there: Sequence[FrozenRows]) -> RowsDifference:
    """By the rows' bytes."""
    own = {key for one in here for key in one.keys}
    other = {key for one in there for key in one.keys}
    return RowsDifference(
        only_here=_without(here, other), only_there=_without(there, own), n_both=len(own & other)
    )


def _without(rows: Sequence[FrozenRows], known: set[bytes]) -> list[tuple[Side, int]]:
    return [
        (one.side, number)
        for one in rows
        for number, key in enumerate(one.keys, start=1)
        if key not in known
    ]


_Snapshots = tuple[SnapshotRecord | None, SnapshotRecord | None]


def _snapshots(ledger: Ledger, local_id: str) -> tuple[JobRecord, _Snapshots]:
    record = ledger.job(local_id)
    test = ledger.snapshot(record.held_out_digest) if record.held_out_digest else None
    return record, (ledger.snapshot(record.train_digest), test)


def _gone(record: JobRecord) -> TunedeskError:
    return TunedeskError(
        "no_rows",
        "The frozen rows of this job are not here.",
        f"Nothing in this project's snapshots has the digest {record.train_digest[:12]}….",
        "A copy of the project, or its dataset, may still have them.",
    )
