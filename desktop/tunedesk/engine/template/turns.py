"""Where in a rendered conversation the assistant's turns are.

A turn begins where the model is asked to go on, which is what the template renders for the
messages before it, and ends with the first end token: there generation stops.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tunedesk.engine.template.encoding import Span, unused_word
from tunedesk.engine.template.renderer import TemplateRefusalError

Messages = Sequence[dict[str, Any]]
# Renders messages; with True the words that open an assistant's turn are added.
Render = Callable[[Messages, bool], str]

_MOST_OPENING_CHARACTERS = 400


class _Marks:
    """Where the words of each message are in the rendered conversation, by its index."""

    def __init__(self, begins: Mapping[int, int], ends: Mapping[int, int]) -> None:
        self.begins = begins
        self.ends = ends
        self._begins_in_order = sorted(begins.values())
        self._ends_in_order = sorted(ends.values())

    def before(self, index: int) -> int:
        """Where the nearest words before those of message `index` end."""
        at = bisect_right(self._ends_in_order, self.begins[index])
        return self._ends_in_order[at - 1] if at else 0

    def after(self, index: int, otherwise: int) -> int:
        """Where the next words begin."""
        at = bisect_left(self._begins_in_order, self.ends[index])
        return self._begins_in_order[at] if at < len(self._begins_in_order) else otherwise


class TurnFinder:
    """The turns of one conversation."""

    def __init__(
        self,
        render: Render,
        messages: Messages,
        end_tokens: re.Pattern[str],
        *,
        asked: bool = False,
    ) -> None:
        """`asked`: the text goes on with the words that open the next answer.

        Raises TemplateRefusalError if the template cannot render the messages.
        """
        self.text = render(messages, asked)
        self._asked = asked
        self._render = render
        self._messages = messages
        self._end_tokens = end_tokens

    def spans(self, wanted: Mapping[int, bool]) -> dict[int, Span]:
        """Spans of the turns of these messages, by index.

        Raises TemplateRefusalError if one that is to be learned (True) cannot be found. Of others
        only the start is told, as an empty span, or nothing. In most templates all turns open
        with the same words; then one of them is looked at closely and the time is linear in the
        number of messages.
        """
        marks = self._marks() if wanted else _Marks({}, {})
        openings: dict[str, int | None] = {}
        found: dict[int, Span] = {}
        for index, is_learned in wanted.items():
            start = self._by_marks(index, marks, openings)
            if is_learned:
                found[index] = self._through_end(index, marks, start) or self.slowly(index)
            elif start is not None:
                found[index] = start, start
        return found

    def slowly(self, index: int) -> Span:
        """The turn as the difference between the conversation before and through it.

        Raises TemplateRefusalError if the template shows that turn otherwise later on.
        """
        through = self._render(self._messages[: index + 1], False)
        before = self._before(index)
        if before is None or not through.startswith(before):
            before = through[: self._after_opening(index, through)]
        end = self._end_tokens.search(through, len(before))
        turn = through[len(before) : end.end() if end else None]
        if not self.text.startswith(before + turn):
            raise TemplateRefusalError("the chat template rewrites earlier turns")
        return len(before), len(before) + len(turn)

    def _by_marks(self, index: int, marks: _Marks, openings: dict[str, int | None]) -> int | None:
        """Where the turn starts; `openings` keeps, for the words between two texts, where in
        them a turn opens."""
        if index not in marks.begins:
            return None
        gap_start = marks.before(index)
        gap = self.text[gap_start : marks.begins[index]]
        if gap not in openings:
            openings[gap] = self._opening(index, gap_start, gap)
        opening = openings[gap]
        return None if opening is None else gap_start + opening

    def _through_end(self, index: int, marks: _Marks, start: int | None) -> Span | None:
        if start is None:
            return None
        limit = marks.after(index, len(self.text))
        end = self._end_tokens.search(self.text, marks.ends[index], limit)
        return (start, end.end()) if end else None

    def _opening(self, index: int, gap_start: int, gap: str) -> int | None:
        """Where in the words between two texts the turn opens; None if it cannot be told."""
        before = self._before(index)
        if before is None:
            return None
        if gap_start <= len(before) <= gap_start + len(gap) and self.text.startswith(before):
            return len(before) - gap_start
        # What comes earlier is shown otherwise, so only the words behind the last text count.
        said = _said(self._messages[index - 1]) if index else ""
        lengths = range(min(len(gap), _MOST_OPENING_CHARACTERS), 0, -1)
        fitting = (length for length in lengths if before.endswith(said + gap[:length]))
        return next(fitting, None) if said else None

    def _before(self, index: int) -> str | None:
        """What the model reads before this turn; None if the template refuses to say."""
        try:
            return self._render(self._messages[:index], True)
        except TemplateRefusalError:
            return None

    def _after_opening(self, index: int, through: str) -> int:
        """Where the last turn's text begins, found by the words that open an assistant's turn.

        Needed where a template shows a first turn otherwise when it stands alone (a default
        system prompt, for one).
        """
        asked = self._render(self._messages[: index + 1], True)
        opening = asked[len(through) :] if asked.startswith(through) else ""
        said = _said(self._messages[index])
        at = through.rfind(opening, 0, through.rfind(said) if said else len(through))
        if not opening or at < 0:
            raise TemplateRefusalError("the chat template does not open assistant turns alike")
        return at + len(opening)

    def _marks(self) -> _Marks:
        """Found by rendering once more with marks around each text; none if that changes it."""
        word = unused_word("mark", [self.text])
        marked = [_marked(message, f"{word}{at}") for at, message in enumerate(self._messages)]
        try:
            rendered = self._render(marked, self._asked)
        except TemplateRefusalError:
            return _Marks({}, {})
        return self._read_marks(rendered, word)

    def _read_marks(self, rendered: str, word: str) -> _Marks:
        pieces = re.split(f"{word}(\\d+)([be])x", rendered)
        places: tuple[dict[int, int], dict[int, int]] = ({}, {})
        length = len(pieces[0])
        for at in range(1, len(pieces), 3):
            message, side = int(pieces[at]), int(pieces[at + 1] == "e")
            if message in places[side]:
                return _Marks({}, {})
            places[side][message] = length
            length += len(pieces[at + 2])
        whole = "".join(pieces[::3]) == self.text and places[0].keys() == places[1].keys()
        return _Marks(*places) if whole else _Marks({}, {})


def _marked(message: dict[str, Any], name: str) -> dict[str, Any]:
    """Marks around the text, or around the name of the first call where there is no text.

    White space around the text stays outside, where a template may strip it.
    """
    text, calls = _said(message), message.get("tool_calls")
    if text:
        lead, _, trail = message["content"].partition(text)
        return {**message, "content": f"{lead}{name}bx{text}{name}ex{trail}"}
    if not calls:
        return message
    function = calls[0]["function"]
    function = {**function, "name": f"{name}bx{function['name']}{name}ex"}
    return {**message, "tool_calls": [{**calls[0], "function": function}, *calls[1:]]}


def _said(message: dict[str, Any]) -> str:
    content = message.get("content")
    return content.strip() if isinstance(content, str) else ""
