"""What the ledger keeps, as plain values.

Times ending in `_ms` are Unix milliseconds. Paths are absolute; the ledger stores those inside
its own folder relatively, so that a project can be copied or moved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

import msgspec

from tunedesk.core.blind import Seat
from tunedesk.core.chat import Answer, ChatSettings
from tunedesk.core.jobs import TERMINAL_STATUSES, JobState

Choice = Literal["A", "B", "tie", "both_bad"]
SplitSide = Literal["train", "test", "aside"]
RoundKind = Literal["free", "held_out"]
RoundEnd = Literal["identical", "abandoned"]

SAVED = "saved-"
"""What the local id of a job begins with that was saved from a provider, not started here."""

INTENT = "intent"
"""Status of a job that is written down and not yet known to be at its provider."""


class DatasetRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset the project refers to; `n_rows` is what it held when last touched."""

    id: int
    name: str
    path: Path
    n_rows: int
    opened_at_ms: int | None = None


class DatasetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a dataset is split: `test_share` is between 0 and 1."""

    seed: int = 0
    test_share: float = 0.1


class RemovedDataset(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the ledger knew of a dataset that was taken out of the project."""

    record: DatasetRecord
    settings: DatasetSettings
    splits: Mapping[str, SplitSide]
    tags: Mapping[str, tuple[str, ...]]


class SnapshotRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A rendered JSONL as it was (or will be) sent; `digest` is the sha256 hex of its bytes,
    `dataset` the name of the one its rows are from ("" if that is not known)."""

    digest: str
    path: Path
    n_rows: int
    dataset: str = ""


class PartUpload(msgspec.Struct, frozen=True, kw_only=True):
    """A file on its way in parts: those that are there, in order, each of `part_bytes` but the
    last. `expires_at_ms` is when the provider gives it up, 0 if it does not say."""

    digest: str
    provider_id: str
    upload_id: str
    part_bytes: int
    expires_at_ms: int = 0
    part_ids: Sequence[str] = ()


class JobRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A fine-tune from intent to end.

    `local_id` is ours and goes to the provider as a metadata tag; `remote_id` is the provider's,
    None until it is known. `status` is `INTENT` or the provider's word; `stage` is our word for
    what is being done meanwhile. `request` is the body as sent; `state` the last answer.
    """

    local_id: str
    name: str
    provider_id: str
    base_model: str
    created_at_ms: int
    train_digest: str
    n_train: int
    n_held_out: int = 0
    held_out_digest: str | None = None
    status: str = INTENT
    stage: str = ""
    remote_id: str | None = None
    request: Mapping[str, Any] = msgspec.field(default_factory=dict)
    state: JobState | None = None
    error: str | None = None
    started_at_ms: int | None = None
    finished_at_ms: int | None = None

    @property
    def is_saved(self) -> bool:
        """Whether it was begun elsewhere and saved from its provider."""
        return self.local_id.startswith(SAVED)

    @property
    def is_active(self) -> bool:
        """Neither succeeded, failed nor cancelled: still to be watched."""
        return self.status not in TERMINAL_STATUSES


class JobChanges(TypedDict, total=False):
    """What `Ledger.update_job` may change."""

    name: str
    status: str
    stage: str
    remote_id: str | None
    request: Mapping[str, Any]
    state: JobState | None
    error: str | None
    started_at_ms: int | None
    finished_at_ms: int | None


FROZEN = "frozen"
"""Kind of a contender whose answers were kept: nobody is asked when it answers."""


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """A model that answers in a comparison; `kind` is "base", "tuned", "checkpoint" or FROZEN."""

    provider_id: str
    model: str
    label: str
    kind: str

    @property
    def is_frozen(self) -> bool:
        return self.kind == FROZEN


AskState = Literal["whole", "too_long", "refused", "cut_off", "lost"]


class FrozenModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model whose answers are kept. `model` is its id at the provider called `provider`."""

    provider_id: str
    model: str
    label: str
    provider: str
    created_at_ms: int


class FrozenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One prompt that was put to a model for keeping, whatever came of it.

    Written down before it is sent: without an answer and a problem it is on its way, or its
    answer was lost. `prompt_digest` is that of the row it came from, `reference` its reply.
    `problem` holds the provider's words where it refused.
    """

    provider_id: str
    model: str
    prompt_digest: str
    messages: Sequence[Mapping[str, Any]]
    reference: str
    settings: ChatSettings
    asked_at_ms: int
    answer: Answer | None = None
    problem: str = ""

    @property
    def state(self) -> AskState:
        """ "whole"; "too_long": cut at the limit of tokens; "refused" by the model or its
        provider; "cut_off" in the middle; "lost": it may have been answered and paid for."""
        if self.answer is None:
            return "refused" if self.problem else "lost"
        if not self.answer.is_complete:
            return "cut_off"
        if self.answer.is_refusal or self.answer.finish_reason == "content_filter":
            return "refused"
        return "too_long" if self.answer.met_limit else "whole"

    @property
    def is_comparable(self) -> bool:
        """Whether it can stand in a round: the answer ended by itself."""
        return self.answer is not None and self.answer.is_whole


class RoundRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One prompt put to two models. `first` sits at `first_seat`, `second` at the other seat.

    `id` is a uuid's hex; `messages` are OpenAI chat messages; `source_digest` is the prompt
    digest of the row the prompt came from, None when it was typed; `reference` the row's reply
    when it was asked. `repeats` is the id of the round that this one shows once more, with the
    seats swapped: it measures the rater, not the models. `ended`: how it ended without a vote,
    None while it can still have one or has it.
    """

    id: str
    created_at_ms: int
    messages: Sequence[Mapping[str, Any]]
    seed: int
    first: Contender
    second: Contender
    first_seat: Seat
    settings: ChatSettings = ChatSettings()
    source_digest: str | None = None
    kind: RoundKind = "free"
    reference: str = ""
    repeats: str | None = None
    ended: RoundEnd | None = None

    def contender_at(self, seat: Seat) -> Contender:
        """Who answered at a seat."""
        return self.first if seat == self.first_seat else self.second

    def seat_of(self, contender: Contender) -> Seat:
        """Where a contender sat. Raises ValueError for one that took no part."""
        other: Seat = "B" if self.first_seat == "A" else "A"
        if contender == self.first:
            return self.first_seat
        if contender == self.second:
            return other
        raise ValueError(f"{contender.label} took no part in round {self.id}")


class AnswerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What came back at one seat of a round, whole or cut off."""

    round_id: str
    seat: Seat
    answer: Answer


class VoteRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A person's choice between the two seats of a round, made before the reveal."""

    round_id: str
    choice: Choice
    created_at_ms: int
    reasons: Sequence[str] = ()
    note: str = ""


class EditRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The winner's answer as a person put it right, and the dataset its row went to."""

    round_id: str
    text: str
    dataset_id: int
    created_at_ms: int


class VoteView(msgspec.Struct, frozen=True, kw_only=True):
    """A vote with everything it was about.

    `vote` is what counts. `original` is the blind vote where it was changed after the reveal, else
    None. `edit`: the winner's answer put right, if anyone did.
    """

    round: RoundRecord
    answers: Mapping[Seat, Answer]
    vote: VoteRecord
    original: VoteRecord | None = None
    edit: EditRecord | None = None

    @property
    def winner(self) -> Contender | None:
        """The contender voted for; None for a tie or both bad."""
        if self.vote.choice in ("A", "B"):
            return self.round.contender_at(self.vote.choice)
        return None

    def answer_of(self, contender: Contender) -> Answer:
        """The answer of one of the two. Raises ValueError for one that took no part."""
        return self.answers[self.round.seat_of(contender)]


class ProjectSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Three numbers for the list of projects; a tuned model is a job's named, finished result."""

    n_datasets: int = 0
    n_tuned_models: int = 0
    n_votes: int = 0
