"""What can be done about a finding by one click; every one can be undone."""

from tunedesk.core.fixes.apply import apply_fix, mend, mended_rows, safe_fixes, safe_fixes_done
from tunedesk.core.fixes.table import Fix, Kind, fixes_for, fixes_of
from tunedesk.core.fixes.texts import FixError

__all__ = [
    "Fix",
    "FixError",
    "Kind",
    "apply_fix",
    "fixes_for",
    "fixes_of",
    "mend",
    "mended_rows",
    "safe_fixes",
    "safe_fixes_done",
]
