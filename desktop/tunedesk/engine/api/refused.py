"""What of OpenAI's API is not offered here, and why: data that the 404s are made of.

`resource` is the name in the official client, `prefix` the address below /v1 that it asks.
"""

from __future__ import annotations

import msgspec

from tunedesk.engine.wire import ApiError


class Refused(msgspec.Struct, frozen=True):
    """One family of addresses. `is_partly_served`: some method of it is answered after all."""

    resource: str
    prefix: str
    why: str
    is_partly_served: bool = False


_SHARED = "Everyone who has the engine's token may use every model and every checkpoint on it."
_CHAT_ONLY = "It fine-tunes chat models and answers on /v1/chat/completions."
_NOT_STORED = "Answers are not stored, so that there are none to list, read, change or delete."
_NO_GRADERS = "They belong to reinforcement fine-tuning; the engine trains with supervised and dpo."
_NO_ACCOUNTS = "There are no organisations, projects or bills here."
_POLL = "Ask for the job from time to time instead: GET /v1/fine_tuning/jobs/{id}."

# Resources whose address is their name.
_OTHER_KINDS = (
    "audio batches beta.assistants beta.chatkit beta.realtime beta.responses beta.threads "
    "completions containers content_provenance_checks conversations decisions embeddings images "
    "live moderations realtime responses safety skills vector_stores videos"
)

REFUSED = (
    Refused("fine_tuning.checkpoints.permissions", "/fine_tuning/checkpoints", _SHARED),
    Refused("fine_tuning.alpha.graders", "/fine_tuning/alpha", _NO_GRADERS),
    Refused("chat.completions", "/chat/completions", _NOT_STORED, is_partly_served=True),
    Refused("beta.chat", "/chat/completions", _NOT_STORED, is_partly_served=True),
    Refused("admin", "/organization", _NO_ACCOUNTS),
    Refused("admin", "/projects", _NO_ACCOUNTS),
    Refused("evals", "/evals", "Compare a tuned model with its base in Tunedesk instead."),
    Refused("webhooks", "/webhook_endpoints", _POLL),
    Refused("webhooks", "/webhook_event_types", _POLL),
    Refused("beta.agents", "/agents", _CHAT_ONLY),
    Refused("beta.agents", "/vaults", _CHAT_ONLY),
    *(Refused(name, f"/{name.removeprefix('beta.')}", _CHAT_ONLY) for name in _OTHER_KINDS.split()),
)


def refusal(path: str, *, wholly: bool = False) -> ApiError | None:
    """The 404 for an address that OpenAI has and this engine has not; None for any other.

    `wholly`: only if nothing at all is served there, so that the method need not be known.
    """
    for refused in REFUSED:
        prefix = f"/v1{refused.prefix}"
        is_below = path == prefix or path.startswith(f"{prefix}/")
        if is_below and not (wholly and refused.is_partly_served):
            text = f"{refused.resource} is not offered by this engine. {refused.why}"
            return ApiError(404, text, code="not_offered")
    return None
