"""Who can be asked, as data: an address, a key or none, and the quirks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from tunedesk.providers.address import origin_of

LOCAL = "local"
"""Profile id of the engine on this computer."""


class Profile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A provider. `base_url` is empty for the local engine: it is known once it runs.

    `kind` is "engine" for the one on this computer, "tunedesk" for an engine of ours elsewhere,
    "openai" for everyone else. `preset` names the shipped profile that a person's own one is made
    from. Never holds a key.

    What is sent:
    `key_header`: where the key goes; "Authorization" has "Bearer " before it, any other has not.
    `secret_headers`: names of further headers, whose values are kept like keys.
    `extra_headers`, `extra_query`: with each request; `extra_body`: when a job is created.
    `empty_json`: what is sent without content (cancel, pause, resume) has {} as its body.

    What it offers and how:
    `trains`: False for a provider that has chat alone. `dpo`: whether it learns from preferences.
    `hyperparameters_in`: where it reads them. `learning_rate`: whether its
    `learning_rate_multiplier` is a factor or the rate itself.
    `uploads`: whether it takes files in parts, and `uploads_from_bytes`: above which size.
    `metrics_in`: where losses are told. `pause`, `checkpoints`: whether it has them.
    `validation_billed`: whether held-out rows are paid for; `hosting_billed`: whether a tuned model
    costs as long as it is kept ready (None: unknown).
    `min_examples`: rows that a training file must have. `max_row_tokens`: what a row may have
    (None: unknown). `poll_s`: how often a running job is looked at.
    `by_deployment`: a model answers only under the name of a deployment that was made of it there;
    `deployments` are those names, each with the id of the model behind it.
    `model_names` gives model ids the names people know them by.

    For the form: `address_hint` shows the shape of an address, `note` is said beside the name.
    """

    id: str
    name: str
    kind: Literal["engine", "tunedesk", "openai"] = "openai"
    preset: str = ""
    base_url: str = ""
    needs_key: bool = True
    key_header: str = "Authorization"
    organization: str = ""
    secret_headers: list[str] = msgspec.field(default_factory=list)
    extra_headers: dict[str, str] = msgspec.field(default_factory=dict)
    extra_query: dict[str, str] = msgspec.field(default_factory=dict)
    extra_body: dict[str, Any] = msgspec.field(default_factory=dict)
    empty_json: bool = False
    trains: bool = True
    dpo: bool = True
    hyperparameters_in: Literal["method", "top_level"] = "method"
    learning_rate: Literal["factor", "absolute"] = "factor"
    uploads: bool = False
    uploads_from_bytes: int = 67_108_864
    metrics_in: Literal["events", "checkpoints"] = "events"
    pause: bool = False
    checkpoints: bool = True
    validation_billed: bool | None = None
    hosting_billed: bool | None = None
    min_examples: int = 10
    max_row_tokens: int | None = None
    poll_s: float = 5.0
    by_deployment: bool = False
    deployments: dict[str, str] = msgspec.field(default_factory=dict)
    note: str = ""
    address_hint: str = ""
    model_names: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def has_previews(self) -> bool:
        """Whether it can say how it reads a row; a call of our own engine's."""
        return self.kind in ("engine", "tunedesk")

    @property
    def is_local(self) -> bool:
        """Whether nothing leaves this computer."""
        return self.kind == "engine"

    @property
    def origin(self) -> str:
        """Scheme, host and port of its address: what a key is bound to. "" without an address."""
        return origin_of(self.base_url)

    def called(self, model: str) -> str:
        """What a model is asked by: the first deployment of it, else its own id."""
        return next((name for name, behind in self.deployments.items() if behind == model), model)

    def model_label(self, model: str) -> str:
        """A model's name for people; its id where none is known."""
        return self.model_names.get(model, model)


def load_presets(path: Path) -> list[Profile]:
    """The shipped profiles, in the order in which they are offered.

    Raises msgspec.ValidationError if the file breaks the schema, OSError if it cannot be read:
    it is ours, so that either is a bug.
    """
    return msgspec.json.decode(path.read_bytes(), type=list[Profile])
