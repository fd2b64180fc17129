"""All rows of a kind that only the whole file shows; findings are listed of the first ones only."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator

from tunedesk.core import many
from tunedesk.core.issues import Issue
from tunedesk.core.rows import Format
from tunedesk.core.validation.columns import BLANK, FORMATS, UNKNOWN
from tunedesk.services.check.alike_rows import AlikeRows
from tunedesk.services.check.later_marks import LaterMarks
from tunedesk.services.check.long_rows import LONG
from tunedesk.services.check.protocol import Judged
from tunedesk.services.dataset.row_facts import RowFacts
from tunedesk.services.dataset.row_marks import ERROR, WARNING
from tunedesk.services.dataset.splitter import ASIDE

_IS_NOT_ASIDE = bytes(side != ASIDE for side in range(256))


class WholeKinds:
    """What it tells holds until the next edit, after a check that came to its end."""

    def __init__(self, facts: RowFacts, marks: LaterMarks, alike: AlikeRows) -> None:
        self._facts, self._marks, self._alike = facts, marks, alike
        self._format = Format.UNKNOWN
        self._repeats, self._others = b"", b""

    def put_judged(self, found: Judged) -> None:
        """The last word on repeats."""
        self._format = found.format
        self._repeats, self._others = found.repeats, found.others

    def __contains__(self, code: str) -> bool:
        """Whether only the whole file shows such a finding."""
        return code in self._finders()

    def rows(self, code: str) -> array[int]:
        """Rows with such a finding that were not set aside, ascending. Raises KeyError for a kind
        that a row's own rules find."""
        rows = self._finders()[code]()
        return many.kept(rows, many.taken(self._facts.sides, rows).translate(_IS_NOT_ASIDE))

    def issues(self, code: str) -> Callable[[], Iterator[Issue]] | None:
        """Makes the findings of a kind that is mended by their words, one by one; to be called in
        a thread. None for other kinds."""
        return self._alike.system_prompt_issues() if code == "spaced_system_prompt" else None

    def _finders(self) -> dict[str, Callable[[], array[int]]]:
        return {
            "duplicate_row": lambda: array("i", self._repeats),
            "same_prompt_other_reply": lambda: array("i", self._others),
            "mixed_formats": self._of_other_format,
            "near_duplicate": self._alike.near_duplicates,
            "spaced_system_prompt": self._alike.spaced_system_prompts,
            "leak": self._alike.leaking_rows,
            "over_long": lambda: self._marks.rows(LONG, WARNING, ERROR),
        }

    def _of_other_format(self) -> array[int]:
        expected = {UNKNOWN, BLANK, FORMATS.index(self._format)}
        others = [kind for kind in range(len(FORMATS)) if kind not in expected]
        return many.positions(self._facts.kinds, *others)
