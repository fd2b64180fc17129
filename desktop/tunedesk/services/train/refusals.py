"""Why a provider would not begin a fine-tune, and what a person can do then."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tunedesk.core.errors import TunedeskError
from tunedesk.core.retirement import Retirement, RetirementTable, retirement_of
from tunedesk.providers.profiles import Profile
from tunedesk.services.providers.fact_tables import read_table

_CLOSED_WORDS = ("new customer", "new fine-tuning", "no longer accept", "closed to", "deprecat")
_ELSEWHERE = (
    "Start it on this computer or at another provider: rows and settings stay as they are. Models "
    "that were made there before go on answering until their own end."
)


class ClosingDates:
    """From when on a provider takes no new fine-tunes of anybody, and when its models end."""

    def __init__(self, table: RetirementTable | None = None) -> None:
        """The person's own or the shipped table unless one is given."""
        self._table = table or read_table(RetirementTable)

    def last_day(self, profile: Profile) -> date | None:
        """The last day on which a job can be begun there; None if no end is known."""
        return self._table.no_new_jobs_after.get(profile.preset or profile.id)

    def end(
        self, model: str, profile: Profile | None = None, told: str | None = None
    ) -> Retirement | None:
        """A model's end at this provider, or at any; None if none is known. `told`: the day its
        own provider names."""
        known_as = (profile.preset or profile.id) if profile is not None else ""
        return retirement_of(told, model, known_as, self._table)


def day_of(now_ms: int) -> date:
    """The day in UTC of Unix milliseconds."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).date()


def explained(
    error: TunedeskError, profile: Profile, last_day: date | None, today: date
) -> TunedeskError:
    """A refusal of a creation with the reason that is behind it, and the next step.

    What is no refusal, or names its reason itself, is given back as it is.
    """
    if error.code not in ("forbidden", "not_found", "gone", "refused"):
        return error
    name, told = profile.name, f"It says: {error.what}"
    if last_day is not None and today > last_day:
        what = f"It takes none of anybody since {last_day:%d %B %Y}. {told}"
        return TunedeskError(
            "closed_for_all", f"{name} begins no fine-tunes any more.", what, _ELSEWHERE
        )
    words = error.what.casefold()
    if error.code == "gone" or any(closed in words for closed in _CLOSED_WORDS):
        return TunedeskError(
            "closed_for_you", f"{name} begins no fine-tune for this account.", told, _ELSEWHERE
        )
    if error.code == "forbidden":
        return TunedeskError(
            "not_allowed",
            f"{name} does not allow this key to begin a fine-tune.",
            told,
            "Give the key the right to fine-tune, or use one of an account that has it; "
            "Settings tests it. If the account is closed to fine-tuning, start it elsewhere.",
        )
    if error.code == "not_found":
        return TunedeskError(
            "cannot_tune_this",
            f"{name} does not know the model or does not offer fine-tuning.",
            told,
            "Choose another base model. If none works, test the provider in Settings: its address "
            "may be one without fine-tuning.",
        )
    return error
