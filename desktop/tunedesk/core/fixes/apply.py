"""Doing a fix, in one row or in all that have the same finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tunedesk.core.fixes.table import Fix, fixes_for
from tunedesk.core.fixes.texts import INFORMED_FIXES, FixError, changed_by
from tunedesk.core.issues import Issue
from tunedesk.core.validation.rows import check_row

_MOST_ROUNDS = 100


def apply_fix(raw: bytes, issue: Issue, fix: Fix) -> bytes:
    """The row after a fix of kind "text". Raises FixError where it does not fit (any more)."""
    return changed_by(fix.code, raw, issue.path, issue.params)


def mend(raw: bytes, code: str, fix: Fix, issue: Issue | None = None) -> bytes:
    """The row with every finding of this code mended by the fix, as far as it fits.

    Paths change with every mending, so the row is looked at anew after each. `issue` is needed
    where only the whole file tells: the finding in this row.
    """
    if issue is not None and fix.code in INFORMED_FIXES:
        return _informed(raw, issue, fix)
    for _ in range(_MOST_ROUNDS):
        mended = _mended_once(raw, code, fix)
        if mended is None or mended == raw:
            return raw
        raw = mended
    return raw


def mended_rows(
    rows: Iterable[tuple[int, bytes]],
    code: str,
    fix: Fix,
    issues: Mapping[int, Issue] | None = None,
) -> Iterator[tuple[int, bytes, bytes]]:
    """(index, before, after) of each row that the fix changes: the preview, and the edit.

    `issues` are the findings with this code by the row's index, as for `mend`.
    """
    for index, raw in rows:
        after = mend(raw, code, fix, (issues or {}).get(index))
        if after != raw:
            yield index, raw, after


def safe_fixes(raw: bytes) -> bytes:
    """The row with everything mended that loses nothing a person wrote: `tunedesk check --fix`."""
    return safe_fixes_done(raw)[0]


def safe_fixes_done(raw: bytes) -> tuple[bytes, list[tuple[str, Fix]]]:
    """The row so mended, and what was done: the code of the finding and the fix."""
    done: list[tuple[str, Fix]] = []
    for code, fix_code in SAFE:
        fix = next(fix for fix in fixes_for(code) if fix.code == fix_code)
        after = mend(raw, code, fix)
        if after != raw:
            done.append((code, fix))
        raw = after
    return raw, done


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


def _informed(raw: bytes, issue: Issue, fix: Fix) -> bytes:
    try:
        return apply_fix(raw, issue, fix)
    except FixError:
        return raw


def _mended_once(raw: bytes, code: str, fix: Fix) -> bytes | None:
    for issue in check_row(raw, 1):
        if issue.code == code:
            try:
                return apply_fix(raw, issue, fix)
            except FixError:
                continue
    return None
