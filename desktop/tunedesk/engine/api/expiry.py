"""`expires_after`, as it comes with a file's form and with an upload's JSON."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tunedesk.engine.wire import ApiError

SHORTEST_LIFE_S = 3600
LONGEST_LIFE_S = 2_592_000


class ExpiresAfter(msgspec.Struct, frozen=True):
    """How long the file is kept after its anchor, in seconds."""

    anchor: str
    seconds: int

    def lives_s(self) -> int:
        """The seconds. Raises ApiError 400 for another anchor or beyond OpenAI's bounds."""
        if self.anchor != "created_at":
            text = f"Invalid value for 'expires_after.anchor': '{self.anchor}' is not 'created_at'."
            raise ApiError(400, text, param="expires_after.anchor")
        if not SHORTEST_LIFE_S <= self.seconds <= LONGEST_LIFE_S:
            raise _bad_seconds(str(self.seconds))
        return self.seconds


def lives_s_of_form(fields: Mapping[str, str]) -> int | None:
    """From `expires_after[anchor]` and `expires_after[seconds]`; None where neither is there."""
    anchor, seconds = (fields.get(f"expires_after[{name}]") for name in ("anchor", "seconds"))
    if anchor is None and seconds is None:
        return None
    if seconds is None or not seconds.isdecimal():
        raise _bad_seconds(seconds or "")
    return ExpiresAfter(anchor or "", int(seconds[:9])).lives_s()


def _bad_seconds(given: str) -> ApiError:
    text = f"Invalid value for 'expires_after.seconds': '{given[:20]}' is not between "
    text += f"{SHORTEST_LIFE_S} and {LONGEST_LIFE_S}."
    return ApiError(400, text, param="expires_after.seconds")
