"""Doing a fix, in one row or in all that have the same finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tunedesk.core.fixes.table import Fix, fixes_for
from tunedesk.core.fixes.texts import FixError, changed_by
from tunedesk.core.issues import Issue
from tunedesk.core.validation.rows import check_row

_MOST_ROUNDS = 100


def apply_fix(raw: bytes, issue: Issue, fix: Fix) -> bytes:
    """The row after a fix of kind "text". Raises FixError where it does not fit (any more)."""
    return changed_by(fix.code, raw, issue.path)


def mend(raw: bytes, code: str, fix: Fix) -> bytes:
    """The row with every finding of this code mended by the fix, as far as it fits.

    Paths change with every mending, so the row is looked at anew after each.
    """
    for _ in range(_MOST_ROUNDS):
        mended = _mended_once(raw, code, fix)
        if mended is None or mended == raw:
            return raw
        raw = mended
    return raw


def mended_rows(
    rows: Iterable[tuple[int, bytes]], code: str, fix: Fix
) -> Iterator[tuple[int, bytes, bytes]]:
    """(index, before, after) of each row that the fix changes: the preview, and the edit."""
    for index, raw in rows:
        after = mend(raw, code, fix)
        if after != raw:
            yield index, raw, after


def safe_fixes(raw: bytes) -> bytes:
    """The row with everything mended that loses nothing a person wrote: `tunedesk check --fix`."""
    for code, fix_code in SAFE:
        fix = next(fix for fix in fixes_for(code) if fix.code == fix_code)
        raw = mend(raw, code, fix)
    return raw


SAFE = (
    ("bom", "no_bom"),
    ("nul_byte", "no_nul_bytes"),
    ("nul_character", "no_nul"),
    ("lone_surrogate", "no_surrogates"),
    ("unknown_role", "known_role"),  # before the weights: they depend on the role
    ("bad_weight", "weight_number"),
    ("misplaced_weight", "remove"),
    ("bad_arguments", "arguments_as_text"),
    ("developer_role", "as_system"),
    ("system_not_first", "system_first"),
    ("old_preference_keys", "new_keys"),
)
"""Finding and fix, in the order in which they are tried."""


def _mended_once(raw: bytes, code: str, fix: Fix) -> bytes | None:
    for issue in check_row(raw, 1):
        if issue.code == code:
            try:
                return apply_fix(raw, issue, fix)
            except FixError:
                continue
    return None
