"""What a fine-tune is to the person who starts and watches it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal, NamedTuple

import msgspec

from tunedesk.core.auto import Resolved, ResolvedDpo
from tunedesk.core.curves import Curve, Reading
from tunedesk.core.jobs import Checkpoint, Hyperparameters, JobEvent, Method
from tunedesk.core.retirement import Retirement
from tunedesk.services.train.costing_types import CostSheet
from tunedesk.store.records import JobRecord

UNKNOWN = "unknown"
"""Status: the start's answer was lost, and the provider cannot be asked yet whether it exists."""

NOT_STARTED = "not_started"
"""Status: the provider was asked and has no such job; nothing was started, nothing is billed."""

LOST = "lost"
"""Status: the provider once had the job and does not know it any more."""

SETTLED = frozenset({"succeeded", "failed", "cancelled", NOT_STARTED, LOST})
"""Statuses after which nothing is watched any more."""

Level = Literal["ok", "warning", "error", "busy"]


class ProviderChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A place to ask. `is_local`: nothing leaves this computer. `trains`: False where there is
    chat alone. `takes_rate`: it wants the learning rate itself, not a multiplier.
    `is_engine`: an engine of ours, here or elsewhere. `last_day`: on which a job can be begun
    there, as the table of ends has it; None where no end is known."""

    id: str
    name: str
    note: str
    is_local: bool
    trains: bool = True
    takes_rate: bool = False
    is_engine: bool = False
    last_day: date | None = None


class BaseModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model one can start from: the id that is sent, the name that is shown. `kind` is "base",
    "tuned" or "checkpoint"."""

    id: str
    label: str
    kind: str = "base"


class FineTunePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What the person asks for. `seed` is 0 to 2147483647; the rows are chosen apart.

    For "dpo" the hyperparameters are `DpoHyperparameters`.
    """

    name: str
    provider_id: str
    base_model: str
    method: Method = "supervised"
    hyperparameters: Hyperparameters = Hyperparameters()
    seed: int = 42


class ReadyCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the card "Ready to start"; the window words it by `code`.

    | code | levels | args |
    |---|---|---|
    | train_rows | ok, error | n (valid train rows), needed (10) |
    | rows_looked_at | busy | n (rows looked at), total |
    | tokens_counted | busy | n, total (rows) |
    | likes_sought | busy | n, total (rows, of this step; whether test rows are like train rows) |
    | test_rows | ok, warning | n (valid test rows; a warning when 0) |
    | test_prompts | ok | n (the same, of other rows than a dataset's own split) |
    | leaks | warning | n (test rows whose like is in train), n_test (valid test rows) |
    | same_prompts | warning | n (test rows whose very prompt is in train), n_test |
    | formats_differ | error | train, test (formats of their rows) |
    | set_aside | warning | n (rows with errors, which are not sent) |
    | cut_off | warning | n (rows cut before all that is taught, which are not sent), limit |
    | format | error | format ("completion", "unknown", …) |
    | no_dpo | error | name (it does not learn from preferences) |
    | dpo_from_base | warning | – (preferences are to be learned after replies) |
    | longest_row | ok, warning | tokens, limit (longer rows are cut at their end) |
    | provider_ready | ok | name (it needs no key, or does not tell what is free) |
    | key_works | ok | name |
    | engine_ready | ok | memory_bytes, disk_bytes (free on this computer) |
    | memory | error | free_bytes, needed_bytes (of training this model) |
    | disk | error | free_bytes, needed_bytes, folder (the engine's) |
    | provider_asked | busy | name (its answer is not there yet) |
    | provider_unreached | error | name, detail (why it cannot be asked) |
    | provider_starting | busy | name |
    | provider_missing | error | name, detail |
    | provider_failed | error | name, detail |
    | provider_chat_only | error | name (it has no fine-tuning jobs) |
    | closing | warning | name, day (the last one for new jobs, ISO), days (until then) |
    | closed | error | name, day, days |
    | name | error | – (there is none) |
    | hyperparameter | error | field, value, low, high |
    """

    code: str
    level: Level
    args: Mapping[str, str | int] = msgspec.field(default_factory=dict)


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known before a start.

    `trained_tokens` counts all epochs; `resolved` is what "auto" means: `is_auto_told` says that
    the provider told its rule, else the epochs are a guess and the rest is not known. `place` is
    the provider's name.
    """

    checks: list[ReadyCheck]
    n_train: int
    n_test: int
    trained_tokens: int
    costs: CostSheet
    leaves_computer: bool
    resolved: Resolved | ResolvedDpo
    is_auto_told: bool
    can_start: bool
    place: str = ""


class Steps(NamedTuple):
    """How far a job is; `total` is 0 where nobody told it."""

    done: int
    total: int


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job as the ledger has it: events oldest first, checkpoints by step. `kept`: model → name
    of the checkpoints that are kept. `can_pause`: its provider can let a job wait. `is_free`: it is
    an engine of ours, which bills nothing. `base_end`: when its base model ends or ended, None
    where no end is known. `place`: its provider's name, its id once that left Settings.
    `is_engine_off`: it is the engine's here, which does not run. `needs_key`: its provider cannot
    be asked before a key is entered in Settings."""

    record: JobRecord
    events: list[JobEvent]
    curve: Curve
    checkpoints: list[Checkpoint]
    reading: Reading
    kept: Mapping[str, str] = msgspec.field(default_factory=dict)
    can_pause: bool = False
    is_free: bool = False
    base_end: Retirement | None = None
    place: str = ""
    is_engine_off: bool = False
    needs_key: bool = False
