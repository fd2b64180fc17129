"""Looking for rows that are too much alike: what a worker does with their texts."""

from __future__ import annotations

from collections.abc import Generator
from itertools import islice
from pathlib import Path

import numpy as np

from tunedesk.core.alike.earlier import before_now, earlier
from tunedesk.core.alike.kin import NO_GROUP, groups_of
from tunedesk.core.alike.likeness import Bools, CommonPairs, Rows
from tunedesk.core.alike.search import NOBODY, Found, Pairs, search
from tunedesk.core.alike.sketches import RECORD_BYTES, WIDTH, prompts
from tunedesk.core.alike.word_pairs import U64
from tunedesk.core.validation.second_look import (
    SecondLook,
    add_to_sample,
    rows_alike,
    second_look_issues,
)
from tunedesk.core.validation.system_prompts import SystemPrompts
from tunedesk.services.check.found_alike import read_found, write_found
from tunedesk.services.check.protocol import (
    Alike,
    AlikeRequest,
    Alikes,
    Common,
    Doubtful,
    Resemble,
    Resembling,
    Sample,
    Sketch,
    Sketched,
    Told,
)
from tunedesk.services.dataset.wanted_rows import blocks, reader, rows

Looking = Generator[Doubtful, bytes, Alikes]


class AlikeWorker:
    """Answers one request after another; a search goes on from one to the next."""

    def __init__(self) -> None:
        self._looking: Looking | None = None
        self._sample = CommonPairs()

    def answer(self, request: AlikeRequest) -> Common | Sketched | Doubtful | Resembling | Alikes:
        """Raises OtherFileError, OSError."""
        match request:
            case Sample():
                return self._common(request)
            case Sketch():
                return _sketch(request)
            case Resemble():
                return _resemble(request)
            case Alike():
                self._looking = _find(request)
                return self._go_on(None)
            case Told():
                return self._go_on(request.are_alike)

    def _common(self, request: Sample) -> Common:
        if request.is_first:
            self._sample = CommonPairs()
        add_to_sample(self._sample, rows(request.rows))
        return Common(self._sample.found().tobytes() if request.is_last else b"")

    def _go_on(self, told: bytes | None) -> Doubtful | Alikes:
        assert self._looking is not None
        try:
            return next(self._looking) if told is None else self._looking.send(told)
        except StopIteration as end:
            self._looking = None
            found: Alikes = end.value
            return found


def _sketch(request: Sketch) -> Sketched:
    look = SecondLook(np.frombuffer(request.common, np.uint64))
    for block in blocks(request.rows):
        look.add(block if isinstance(block, list) else block.rows())
    with Path(request.spool).open("r+b") as spool:
        spool.seek(RECORD_BYTES * request.first_record)
        spool.write(look.sketches.tobytes())
    seen = look.system_prompts
    return Sketched(request.first_record, seen.texts, seen.marks().tobytes())


def _resemble(request: Resemble) -> Resembling:
    common = np.frombuffer(request.common, np.uint64)
    left, right = (np.frombuffer(side, np.int32) for side in (request.left, request.right))
    with reader(request.rows) as read:
        return Resembling(rows_alike(read, common, left, right).tobytes())


def _find(request: Alike) -> Looking:
    records = np.frombuffer(request.records, np.int32)
    repeats = np.zeros(len(records), np.bool_)
    repeats[np.frombuffer(request.repeats, np.int32)] = True
    spool, path = _opened(request.spool), Path(request.found)
    known = read_found(path)
    before = None if known is None else before_now(known, records)
    found = yield from _told(search(spool, records, repeats, before))
    write_found(path, earlier(records, found, repeats))
    return _alikes(request, prompts(spool)[records], found.partner)


def _told(looking: Generator[Pairs, Bools, Found]) -> Generator[Doubtful, bytes, Found]:
    """The same, in the words of the protocol."""
    try:
        pairs = next(looking)
        while True:
            told = yield Doubtful(pairs.left.tobytes(), pairs.right.tobytes(), pairs.n_done)
            pairs = looking.send(np.frombuffer(told, np.bool_))
    except StopIteration as end:
        found: Found = end.value
        return found


def _alikes(request: Alike, asked: U64, partner: Rows) -> Alikes:
    seen = SystemPrompts.of_marks(np.frombuffer(request.marks, np.uint16).tolist(), request.texts)
    groups = groups_of(asked, partner)
    n_kin = int((groups != NO_GROUP).sum())
    marks = (partner != NOBODY).astype(np.uint8)
    marks[list(seen.unusual_rows())] += 2
    return Alikes(
        groups=groups.tobytes() if n_kin else b"",
        n_kin=n_kin,
        marks=marks.tobytes() if marks.any() else b"",
        issues=list(islice(second_look_issues(partner, seen), request.most_issues)),
    )


def _opened(spool: str) -> U64:
    path = Path(spool)
    if not path.stat().st_size:
        return np.zeros((0, WIDTH), np.uint64)
    return np.memmap(path, np.uint64, "r").reshape(-1, WIDTH)
