"""The program's English texts in another language: one table for the window and the terminal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

SLOT = re.compile(r"\{(\w+)[^{}\s\"]*\}")
"""A place in a text that is filled in: "{n}", "{value:.2f}"."""


CONTEXT = re.compile(r"\[(\w+)\] ")
"""Before an entry that is for one context alone."""


class Phrases:
    """Translations by their English source. A text without one is given back as it is."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._table = {english: said for english, said in table.items() if said}
        self._contexts = {found[1] for key in self._table if (found := CONTEXT.match(key))}
        self._shapes: list[_Shape] | None = None
        self._sources: dict[str, str] = {}
        self._source_shapes: list[_Shape] | None = None

    def __len__(self) -> int:
        return len(self._table)

    def of(self, english: str, context: str = "") -> str | None:
        """The translation of a text or of a template; None where there is none.

        An entry "[TrainPage] Train" is for that context alone, where one word of English is
        two in the other language.
        """
        own = self._table.get(f"[{context}] {english}") if context in self._contexts else None
        return self._table.get(english) if own is None else own

    def said(self, english: str) -> str:
        """A whole text, whose slots may have been filled in already.

        What stands in the slots is translated, too, where it is a text of ours.
        """
        found = self._table.get(english)
        if found is not None or not english:
            return found if found is not None else english
        for shape in self._known_shapes():
            filled = shape.filled(english)
            if filled is not None:
                return _filled(shape.said, {n: self._inner(v) for n, v in filled.items()})
        return english

    def _inner(self, value: str) -> str:
        return self.said(value) if " " in value else self._table.get(value, value)

    def source(self, said: str) -> str:
        """The English of a text that was said by these; the text itself where it is none."""
        if self._source_shapes is None:
            pairs = [(said, CONTEXT.sub("", english)) for english, said in self._table.items()]
            self._sources = dict(pairs)
            self._source_shapes = _shapes(pairs)
        if said in self._sources:
            return self._sources[said]
        for shape in self._source_shapes:
            filled = shape.filled(said)
            if filled is not None:
                return _filled(shape.said, {n: self._sources.get(v, v) for n, v in filled.items()})
        return said

    def _known_shapes(self) -> list[_Shape]:
        if self._shapes is None:
            self._shapes = _shapes(self._table.items())
        return self._shapes


class _Shape:
    """A template and how to find out what was filled into it."""

    def __init__(self, english: str, said: str) -> None:
        self.said = said
        pieces = SLOT.split(english)  # text, name, text, name, text
        self._names, texts = pieces[1::2], pieces[::2]
        self._anchor = max(texts, key=len)
        self._texts = texts
        self._pattern: re.Pattern[str] | None = None
        self.n_own = sum(len(text) for text in texts) if len(self._anchor) > _MIN_ANCHOR else 0

    def filled(self, text: str) -> dict[str, str] | None:
        """The values in `text` by the names of their slots; None if it has another shape."""
        if not self.n_own or self._anchor not in text:
            return None
        if self._pattern is None:
            whole = "(.*?)".join(re.escape(piece) for piece in self._texts)
            self._pattern = re.compile(whole, re.DOTALL)
        found = self._pattern.fullmatch(text)
        return dict(zip(self._names, found.groups(), strict=True)) if found else None


def _shapes(pairs: Iterable[tuple[str, str]]) -> list[_Shape]:
    """Templates, the ones with the most words of their own first."""
    made = [_Shape(*pair) for pair in pairs if SLOT.search(pair[0])]
    return sorted(made, key=lambda one: one.n_own, reverse=True)


def _filled(template: str, values: Mapping[str, str]) -> str:
    return SLOT.sub(lambda slot: values.get(slot[1], slot[0]), template)


_MIN_ANCHOR = 6
"""Letters in one piece that a template needs to be told by: "{a}: {b}." could be anything."""


def filled(template: str, params: Mapping[str, str | int]) -> str:
    """The sentence: slots without a param stay, braces within params are left alone.

    Numbers have their thousands apart.
    """

    def value(found: re.Match[str]) -> str:
        param = params.get(found[1], found[0])
        return param if isinstance(param, str) else f"{param:,}"

    return _PLAIN_SLOT.sub(value, template) if params else template


_PLAIN_SLOT = re.compile(r"\{(\w+)\}")


def load_phrases(folder: Path) -> Phrases:
    """The tables (*.json) of one language's folder, together.

    Raises OSError or ValueError if one cannot be read.
    """
    return Phrases(merged(folder.glob("*.json")))


def merged(files: Iterable[Path]) -> dict[str, str]:
    """What the files say, in one table; a file later by name wins."""
    table: dict[str, str] = {}
    for file in sorted(files):
        table |= json.loads(file.read_bytes())
    return table
