"""From rendered text to tokens, with typed special tokens kept as the text they are."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from itertools import compress, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from tokenizers import Tokenizer

from tunedesk.engine.template.renderer import TemplateRefusalError

Span = tuple[int, int]


class Encoded(msgspec.Struct, frozen=True):
    """A row as tokens; `trained[i]` says whether token i is a target of the loss.

    `starts[i]` is where token i begins in `text`, the rendered row. `typed` holds the special
    tokens that a text spells out: they are plain text here.
    """

    tokens: list[int]
    trained: list[bool]
    text: str = ""
    starts: list[int] = []
    typed: frozenset[str] = frozenset()

    def pieces(self) -> list[str]:
        """The text of each token; joined they are `text`.

        Where several tokens make one character, the last of them has it and the others "".
        """
        ends = [*self.starts[1:], len(self.text)]
        return [self.text[a:b] for a, b in zip(self.starts, ends, strict=True)]


class Hidden(NamedTuple):
    """A value whose typed special tokens have stand-ins, and what each stands for."""

    value: Any
    stand_ins: Mapping[str, str]


class Coder:
    """The tokenizer of a model folder."""

    def __init__(self, file: Path) -> None:
        """Raises OSError or ValueError if there is no readable `tokenizer.json`."""
        self._file = file
        try:
            self.tokenizer: Tokenizer = Tokenizer.from_file(str(file))
        except Exception as error:  # the library raises bare Exceptions
            raise ValueError(f"{file} cannot be read: {error}") from None
        self.special = frozenset(
            token.content
            for token in self.tokenizer.get_added_tokens_decoder().values()
            if token.special
        )
        self._pattern = any_of(self.special)
        # Some tokenizers put a space before each text; theirs cannot be cut without a change.
        self._can_be_cut = self._ids("x\ny") == self._ids("x\n") + self._ids("y")

    @cached_property
    def _plain(self) -> Tokenizer:
        """Reads special tokens as the characters they are made of."""
        plain: Tokenizer = Tokenizer.from_file(str(self._file))
        plain.encode_special_tokens = True
        return plain

    @cached_property
    def opening(self) -> list[int]:
        """Tokens that this model expects before any text, such as its <s>."""
        with_specials = list(self.tokenizer.encode("x", add_special_tokens=True).ids)
        bare = self._ids("x")
        return with_specials[: with_specials.index(bare[0])] if bare[0] in with_specials else []

    def hide(self, value: object) -> Hidden:
        """Puts stand-ins where a text *types* a special token, so that it is not taken for one.

        A stand-in is made of letters and digits, which no template and no JSON changes, and
        occurs nowhere else.
        """
        texts = list(_texts(value))
        typed = sorted({token for text in texts for token in self._pattern.findall(text)})
        if not typed:
            return Hidden(value, {})
        base = unused_word("typed", texts)
        names = {token: f"{base}{at}x" for at, token in enumerate(typed)}
        shown = _mapped(value, lambda text: self._pattern.sub(lambda m: names[m[0]], text))
        return Hidden(shown, {name: token for token, name in names.items()})

    def encode(
        self,
        text: str,
        turns: Sequence[Span],
        learned: Sequence[bool],
        stand_ins: Mapping[str, str] | None = None,
    ) -> Encoded:
        """Tokens of `text`, which may hold stand-ins; those that begin in a learned turn count.

        The text is cut where a turn begins, if the tokenizer allows it: a reply is written token
        by token after a prompt that ended there, so no token may reach across.
        Raises TemplateRefusalError if the text is no Unicode.
        """
        real, spans, typed = _restored(text, turns, stand_ins or {})
        cuts = {0, len(real), *(edge for span in typed for edge in span)}
        if self._can_be_cut:
            cuts |= {start for start, _ in spans}
        tokens, starts = self._parts(real, sorted(cuts), frozenset(typed))
        trained = _inside(starts, list(compress(spans, learned)))
        return Encoded(tokens, trained, real, starts, frozenset((stand_ins or {}).values()))

    def _parts(
        self, text: str, cuts: Sequence[int], typed: Collection[Span]
    ) -> tuple[list[int], list[int]]:
        tokens: list[int] = []
        starts: list[int] = []
        for start, end in pairwise(cuts):
            coder = self._plain if (start, end) in typed else self.tokenizer
            found = _encode(coder, text[start:end])
            tokens += found.ids
            starts += [start + min(at, end - start - 1) for at, _ in found.offsets]
        return tokens, _in_order(starts)

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer.encode(text, add_special_tokens=False).ids)


def any_of(texts: Collection[str]) -> re.Pattern[str]:
    """A pattern that finds each of the texts, the longest first; nothing if there are none."""
    longest_first = sorted((text for text in texts if text), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def unused_word(word: str, texts: Collection[str]) -> str:
    """`word`, made longer until it occurs in none of the texts."""
    while any(word in text for text in texts):
        word += "q"
    return word


def _encode(coder: Tokenizer, text: str) -> Any:
    try:
        return coder.encode(text, add_special_tokens=False)
    except (UnicodeEncodeError, TypeError):
        raise TemplateRefusalError(
            "a text holds half a character (a lone surrogate), which no tokenizer can read"
        ) from None


def _restored(
    text: str, spans: Sequence[Span], stand_ins: Mapping[str, str]
) -> tuple[str, list[Span], list[Span]]:
    """The text without stand-ins, the spans in it, and where what was typed lies in it."""
    if not stand_ins:
        return text, list(spans), []
    pieces: list[str] = []
    typed: list[Span] = []
    behind: list[int] = [0]  # ends of the stand-ins seen so far, and what they shifted
    shifts: list[int] = [0]
    at = 0
    for match in any_of(list(stand_ins)).finditer(text):
        pieces += [text[at : match.start()], stand_ins[match[0]]]
        at = match.end()
        shifts.append(shifts[-1] + len(stand_ins[match[0]]) - len(match[0]))
        behind.append(at)
        typed.append((at + shifts[-1] - len(stand_ins[match[0]]), at + shifts[-1]))
    pieces.append(text[at:])

    def moved(place: int) -> int:
        return place + shifts[bisect_right(behind, place) - 1]

    return "".join(pieces), [(moved(a), moved(b)) for a, b in spans], typed


def _inside(starts: Sequence[int], spans: Sequence[Span]) -> list[bool]:
    """Whether each start lies in a span; spans are in order and apart."""
    begins = [begin for begin, _ in spans]
    found = [bisect_right(begins, start) - 1 for start in starts]
    return [at >= 0 and start < spans[at][1] for start, at in zip(starts, found, strict=True)]


def _in_order(starts: list[int]) -> list[int]:
    """Starts that never fall back, the first at 0."""
    highest = 0
    for at, start in enumerate(starts):
        highest = max(highest, start) if at else 0
        starts[at] = highest
    return starts


def _texts(value: object) -> Any:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inside in value.items():
            yield from _texts(key)
            yield from _texts(inside)
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from _texts(inside)


def _mapped(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {_mapped(key, change): _mapped(inside, change) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(inside, change) for inside in value]
    return value
