"""Rules of a file as a whole, over columns of its rows."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from tunedesk.core import many
from tunedesk.core.issues import Issue
from tunedesk.core.rows import Format, digest_of_prompt
from tunedesk.core.split import KEY_BYTES
from tunedesk.core.validation.columns import BLANK, FORMATS, REPLY_BYTES, UNKNOWN
from tunedesk.core.validation.findings import error, warning

MIN_ROWS = 10
_MANY_ROWS = 20_000


def main_format(kinds: bytes | bytearray) -> Format:
    """That of most rows which have one."""
    counts = [kinds.count(kind) for kind in range(UNKNOWN)]
    return FORMATS[counts.index(max(counts))] if any(counts) else Format.UNKNOWN


def few_rows(kinds: bytes | bytearray) -> Iterator[Issue]:
    """Blank lines are no examples."""
    n_rows = len(kinds) - kinds.count(BLANK)
    if n_rows < MIN_ROWS:
        yield _few(n_rows)


def mixed_formats(kinds: bytes | bytearray, wanted: Format | None = None) -> Iterator[Issue]:
    """Rows of another format than the wanted one, or than most if none is wanted."""
    main = wanted or main_format(kinds)
    expected = {UNKNOWN, BLANK, FORMATS.index(main)}
    if not expected.issuperset(kinds):
        for row, kind in enumerate(kinds, 1):
            if kind not in expected:
                found = FORMATS[kind]
                yield _mixed(row, found, main) if wanted is None else _unwanted(row, found, main)


def repeated(kinds: bytes | bytearray, keys: bytes | bytearray) -> array[int]:
    """Indices of rows that share their prompt with another, ascending."""
    prompts = numbers(keys)
    if len(prompts) >= _MANY_ROWS:
        found = many.repeated(prompts)
    else:  # numpy takes longer to load
        often = {prompt for prompt, n_rows in Counter(prompts).items() if n_rows > 1}
        found = array("i", [index for index, prompt in enumerate(prompts) if prompt in often])
    return array("i", [index for index in found if kinds[index] < UNKNOWN])


def repeats(
    indices: Sequence[int], keys: bytes | bytearray, replies: bytes | bytearray
) -> Iterator[Issue]:
    """Exact duplicates, and one prompt with different replies; by 64 bits of each digest.

    `indices` are of rows that may be such, `keys` of all rows and `replies` of these.
    """
    first_with_prompt: dict[int, tuple[int, int]] = {}
    first_with_row: dict[int, int] = {}
    prompts, nothing_asked = numbers(keys), _nothing_asked()
    for index, reply in zip(indices, numbers(replies), strict=True):
        row, prompt = index + 1, prompts[index]
        first, said = first_with_prompt.setdefault(prompt, (row, reply))
        if first == row:
            continue
        if said == reply:
            yield _duplicate(row, first)
            continue
        same = first_with_row.setdefault(prompt ^ reply, row)
        if same != row:
            yield _duplicate(row, same)
        elif prompt not in nothing_asked:
            yield _other_reply(row, first)


def numbers(keys: bytes | bytearray) -> array[int]:
    """Keys of 8 bytes as numbers, to be compared only."""
    assert KEY_BYTES == REPLY_BYTES == 8
    return array("Q", bytes(keys))


@cache
def _nothing_asked() -> frozenset[int]:
    """Keys of rows that only answer: without a prompt, and with an empty one."""
    rows = ({"messages": [{"role": "assistant", "content": ""}]}, {"prompt": "", "completion": ""})
    return frozenset(numbers(bytes.fromhex("".join(map(_key, rows)))))


def _key(row: object) -> str:
    return digest_of_prompt(row)[: 2 * KEY_BYTES]


def _few(n_rows: int) -> Issue:
    if n_rows == 0:
        return error(
            "empty_file",
            "$",
            "The file has no examples.",
            "Add at least {least} rows; 50 to 100 are a good start.",
            least=MIN_ROWS,
        ).at_row(0)
    return error(
        "too_few_rows",
        "$",
        "Services want at least {least} examples, and the file has {n}; the job would fail.",
        "Add rows until there are {least}; 50 to 100 are a good start.",
        n=n_rows,
        least=MIN_ROWS,
    ).at_row(0)


def _duplicate(row: int, first: int) -> Issue:
    return warning(
        "duplicate_row",
        "$",
        "The row is the same as row {other}; it counts twice, and can leak from train to test.",
        "Delete one of them.",
        other=first,
    ).at_row(row)


def _other_reply(row: int, first: int) -> Issue:
    return warning(
        "same_prompt_other_reply",
        "$",
        "The prompt is the same as in row {other}, but the reply differs; the model is pulled "
        "both ways.",
        "Keep the better reply, if they contradict each other.",
        other=first,
    ).at_row(row)


def _mixed(row: int, found: Format, main: Format) -> Issue:
    return error(
        "mixed_formats",
        "$",
        "The row is of the format {found}, but most of the file is {format}; services take one "
        "format a file.",
        "Move the row to a file of its own format.",
        found=found.value,
        format=main.value,
    ).at_row(row)


def _unwanted(row: int, found: Format, wanted: Format) -> Issue:
    return error(
        "mixed_formats",
        "$",
        "The row is of the format {found}, but {format} is wanted; services take one format a "
        "file.",
        "Move the row to a file of its own format, or check for that format.",
        found=found.value,
        format=wanted.value,
    ).at_row(row)
