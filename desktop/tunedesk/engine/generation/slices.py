"""How much of a prompt is read at once. Always the same, since it decides about the last bits."""

from __future__ import annotations

# A slice takes about 90 ms here, and that is how long others wait and how late a hang-up is
# noticed; 256 would be a tenth faster.
SLICE_TOKENS = 64
WHOLE_PROMPT = 2**40
