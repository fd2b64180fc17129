"""Whether a file can be trained on, by the app's own rules and a few of the engine's.

Accepted, since nothing is lost: a byte order mark at the start, CRLF, blank lines, special tokens
typed in texts (they are trained as the characters they are made of), NUL as an escape. Refused:
bytes that are no UTF-8, NaN and Infinity, a key twice in one object, halves of characters, a raw
NUL, nesting deeper than 64, lines longer than 2 MB.
"""

from tunedesk.engine.dataset_check.lines import MAX_LINE_BYTES, read_lines
from tunedesk.engine.dataset_check.whole import (
    MIN_EXAMPLES,
    DatasetError,
    check_dataset,
    check_example,
)

__all__ = [
    "MAX_LINE_BYTES",
    "MIN_EXAMPLES",
    "DatasetError",
    "check_dataset",
    "check_example",
    "read_lines",
]
