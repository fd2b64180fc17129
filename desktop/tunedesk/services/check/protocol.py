"""What is asked of a process that checks rows, and what it answers; sent as MessagePack."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tunedesk.core.issues import Issue
from tunedesk.core.rows import Format


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Rows to be read: from the file, or sent along where they are not in it.

    `starts` and `lengths` are int64 columns, and `own` gives content by place in them. Where a
    `stop` is given instead of lengths, the rows are all the lines from the first one's start to
    there, each but the last with a line feed alone at its end. The file must be the one with this
    `identity` (device, inode, size, mtime in ns).
    """

    path: str
    identity: tuple[int, int, int, int]
    first_row: int
    starts: bytes
    lengths: bytes = b""
    stop: int = 0
    own: Sequence[tuple[int, bytes]] = ()

    def __len__(self) -> int:
        return len(self.starts) // 8


class Look(msgspec.Struct, frozen=True, tag=True):
    """Every rule of each row; answered by Looked."""

    rows: Wanted
    seed: int
    most_issues: int


class Count(msgspec.Struct, frozen=True, tag=True):
    """Tokens of each row; answered by Counted."""

    rows: Wanted


class Judge(msgspec.Struct, frozen=True, tag=True):
    """The rules of the whole file, over columns of all rows; answered by Repeated."""

    kinds: bytes
    own: bytes
    keys: bytes


class Compare(msgspec.Struct, frozen=True, tag=True):
    """The next ones of the rows that `Repeated` named, in their order; answered by Compared."""

    rows: Wanted


class Conclude(msgspec.Struct, frozen=True, tag=True):
    """After `Judge` and any `Compare`; answered by Judged. `indices` (int32) are of the rows that
    were compared."""

    indices: bytes
    most_issues: int


class Sample(msgspec.Struct, frozen=True, tag=True):
    """A part of rows spread over the file, answered by Common: with what they have in common after
    the last part, with nothing before."""

    rows: Wanted
    is_first: bool
    is_last: bool


class Sketch(msgspec.Struct, frozen=True, tag=True):
    """What is needed to find rows that are alike goes into the spool, a file, as records from
    this number on; answered by Sketched. `common` is from Common."""

    rows: Wanted
    common: bytes
    spool: str
    first_record: int


class Alike(msgspec.Struct, frozen=True, tag=True):
    """All rows, with columns of their records' numbers (int32) and marks (see Sketched).

    `found` is a file for what is found, which a later search begins from. `repeats` are indices
    (int32) of rows known to repeat another. Answered by Doubtful or Alikes.
    """

    spool: str
    found: str
    records: bytes
    marks: bytes
    texts: list[str]
    repeats: bytes
    most_issues: int


class Resemble(msgspec.Struct, frozen=True, tag=True):
    """Pairs of these rows, by their places (int32), to be compared word by word; answered by
    Resembling."""

    rows: Wanted
    common: bytes
    left: bytes
    right: bytes


class Told(msgspec.Struct, frozen=True, tag=True):
    """After Doubtful, a byte for each pair: 1 if its rows are nearly the same. Answered by
    Doubtful or Alikes."""

    are_alike: bytes


class Looked(msgspec.Struct, frozen=True, tag=True):
    """Columns of consecutive rows: see RowFacts. At most as many issues as were asked for."""

    status: bytes
    kinds: bytes
    keys: bytes
    drawn: bytes
    issues: list[Issue]

    def __len__(self) -> int:
        return len(self.status)


class Counted(msgspec.Struct, frozen=True, tag=True):
    """Two int32 columns."""

    total: bytes
    trained: bytes


class Repeated(msgspec.Struct, frozen=True, tag=True):
    """Indices (int32) of rows that share their prompt with another."""

    indices: bytes


class Compared(msgspec.Struct, frozen=True, tag=True):
    """Nothing to say yet."""


class Judged(msgspec.Struct, frozen=True, tag=True):
    """Every row's status with what only the whole file tells, and that by itself.

    `repeats` are indices (int32) of rows that are the same as an earlier one, `others` of rows that
    ask the same as an earlier one and get another reply.
    """

    status: bytes
    format: Format
    issues: list[Issue]
    repeats: bytes
    others: bytes


class Common(msgspec.Struct, frozen=True, tag=True):
    """What most rows share, as uint64 numbers, ascending."""

    pairs: bytes


class Sketched(msgspec.Struct, frozen=True, tag=True):
    """Marks (uint16) of the rows' system prompts, as `SystemPrompts.marks` makes them."""

    first_record: int
    texts: list[str]
    marks: bytes


class Doubtful(msgspec.Struct, frozen=True, tag=True):
    """Pairs of rows, by their indices (int32), that must be compared. `n_done` rows are done."""

    left: bytes
    right: bytes
    n_done: int


class Resembling(msgspec.Struct, frozen=True, tag=True):
    """A byte for each pair: 1 if its rows are nearly the same."""

    are_alike: bytes


class Alikes(msgspec.Struct, frozen=True, tag=True):
    """The group (int32) of each row, -1 for none; `groups` is empty if `n_kin`, the number of
    rows that have one, is 0. `marks` has 1 for each row that is nearly
    another, 2 for one with an unusual system prompt, 3 for both; it may be empty, too."""

    groups: bytes
    n_kin: int
    marks: bytes
    issues: list[Issue]


class OtherFile(msgspec.Struct, frozen=True, tag=True):
    """The path leads to another file: the rows must be sent along."""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """Why nothing can be answered."""

    what: str


AlikeRequest = Sample | Sketch | Alike | Resemble | Told
Request = Look | Count | Judge | Compare | Conclude | AlikeRequest
Answer = (
    Looked
    | Counted
    | Repeated
    | Compared
    | Judged
    | Common
    | Sketched
    | Doubtful
    | Resembling
    | Alikes
    | OtherFile
    | Failed
)

encode = msgspec.msgpack.Encoder().encode
decode_request = msgspec.msgpack.Decoder(Request).decode
decode_answer = msgspec.msgpack.Decoder(Answer).decode
