"""How a model reads a row, and exact counts, through the engine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai import AsyncOpenAI

from tests.support.dataset_rows import assistant, call, preference, tool, user
from tests.support.engine import MODEL_ID, EngineUnderTest
from tests.support.engine_jobs import TrainedJob
from tunedesk.engine.api.preview import MOST_LISTED_TOKENS
from tunedesk.engine.training.spec import MAX_ROW_TOKENS

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

_TALK = [
    user("ไกลไหม 👍🏽"),
    assistant("About 384,400 km."),
    user("And back?"),
    assistant("ไกล 👩‍👩‍👧"),
]


async def _post(engine: EngineUnderTest, path: str, body: Any) -> tuple[int, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {**engine.auth, "Content-Type": "application/json"}
    async with engine.http() as http:
        answer = await http.post(f"http://localhost/v1{path}", content=content, headers=headers)
    return answer.status_code, answer.json()


async def _preview(engine: EngineUnderTest, **body: Any) -> Any:
    status, answer = await _post(engine, "/fine_tuning/preview", {"model": MODEL_ID, **body})
    assert status == 200, answer
    assert answer["object"] == "fine_tuning.preview"
    return answer


async def _refused(engine: EngineUnderTest, path: str, body: Any) -> dict[str, Any]:
    status, answer = await _post(engine, path, body)
    assert status == 400
    assert set(answer["error"]) == {"message", "type", "param", "code"}
    found: dict[str, Any] = answer["error"]
    return found


def _texts(view: Any) -> tuple[str, str]:
    whole = "".join(token["text"] for token in view["tokens"])
    return whole, "".join(token["text"] for token in view["tokens"] if token["trained"])


async def test_a_row_is_shown_as_it_is_trained(engine: EngineUnderTest) -> None:
    view = await _preview(engine, example={"messages": _TALK})
    whole, trained = _texts(view)
    assert whole.endswith(
        "<|im_start|>user\nไกลไหม 👍🏽<|im_end|>\n"
        "<|im_start|>assistant\nAbout 384,400 km.<|im_end|>\n"
        "<|im_start|>user\nAnd back?<|im_end|>\n"
        "<|im_start|>assistant\nไกล 👩‍👩‍👧<|im_end|>\n"
    )
    assert trained == "About 384,400 km.<|im_end|>ไกล 👩‍👩‍👧<|im_end|>"
    assert view["n_tokens"] == len(view["tokens"])
    assert view["n_trained_tokens"] == sum(token["trained"] for token in view["tokens"])
    assert view["limit_tokens"] == MAX_ROW_TOKENS
    assert (view["cut_at"], view["lost_trained_tokens"]) == (None, 0)
    assert view == await _preview(engine, messages=_TALK)


async def test_a_cut_row_shows_where_and_what_is_lost(engine: EngineUnderTest) -> None:
    view = await _preview(engine, messages=[user("x"), assistant("word " * 3000)])
    assert view["cut_at"] == view["limit_tokens"] == MAX_ROW_TOKENS
    assert not any(token["trained"] for token in view["tokens"][MAX_ROW_TOKENS:])
    assert view["tokens"][MAX_ROW_TOKENS - 1]["trained"]
    lost = view["n_tokens"] - MAX_ROW_TOKENS - 1  # the line end behind the last turn is not learned
    assert view["lost_trained_tokens"] == lost
    huge = await _preview(engine, messages=[user("x"), assistant("word " * 20_000)])
    assert len(huge["tokens"]) == MOST_LISTED_TOKENS < 20_000 < huge["n_tokens"]


async def test_other_rows_are_shown_too(engine: EngineUnderTest) -> None:
    plain = await _preview(engine, example={"prompt": "One, two,", "completion": " three"})
    assert _texts(plain) == ("One, two, three<|im_end|>", " three<|im_end|>")
    example = {"messages": [user(), assistant(None, tool_calls=[call()])], "tools": [tool()]}
    assert "<tool_call>\n" in _texts(await _preview(engine, example=example))[1]
    for method in (None, "dpo", {"type": "dpo"}):
        pair = await _preview(engine, example=json.loads(preference()), method=method)
        assert _texts(pair["preferred"])[1] == "384,400 km.<|im_end|>"
        assert _texts(pair["non_preferred"])[1] == "Far.<|im_end|>"


async def test_tuned_models_and_checkpoints_read_like_their_base(
    engine: EngineUnderTest, trained: TrainedJob
) -> None:
    base = await _preview(engine, messages=_TALK)
    for model in (trained.model, f"{trained.model}:ckpt-step-4"):
        assert await _preview(engine, messages=_TALK, model=model) == {**base, "model": model}


async def test_what_a_job_would_refuse_is_refused(engine: EngineUnderTest) -> None:
    path = "/fine_tuning/preview"
    error = await _refused(engine, path, {"model": MODEL_ID})
    assert (error["param"], error["message"]) == (
        "example",
        "Missing required parameter: 'example'.",
    )
    for example, text in (
        ({"messages": [user()]}, "Example 1: No message is from the assistant"),
        ({"messages": [{"content": "x"}]}, "Discriminator 'role' is missing in value"),
        ({"messages": 1}, "must be a list of messages"),
        ([], "Example 1 is not a dictionary."),
        (json.loads(preference()) | {"id": 1}, 'contains an extra "id"'),
    ):
        error = await _refused(engine, path, {"model": MODEL_ID, "example": example})
        assert error["param"] == "example"
        assert text in error["message"]
    error = await _refused(
        engine, path, {"model": MODEL_ID, "messages": _TALK, "method": "reinforcement"}
    )
    assert (error["param"], error["code"]) == ("method", "invalid_value")
    image = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}
    error = await _refused(engine, path, {"model": MODEL_ID, "messages": [image, assistant()]})
    assert (error["param"], error["code"]) == ("messages", "unsupported_content")


@pytest.mark.parametrize("path", ["/fine_tuning/preview", "/tokenize"])
async def test_odd_bodies_are_refused_in_the_usual_shape(
    engine: EngineUnderTest, path: str
) -> None:
    for body in (b"", b"[", b"[]", b'{"model":1}', b'{"model":"x","input":1,"messages":{"a":NaN}}'):
        await _refused(engine, path, body)
    long = json.dumps({"model": MODEL_ID, "input": "x" * 3_000_000}).encode()
    assert "longer than 2 MB" in (await _refused(engine, path, long))["message"]
    deep = b'{"model":"m","input":"","example":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    status, answer = await _post(engine, path, deep)
    assert status in (400, 404)
    status, answer = await _post(engine, path, {"model": "nobody", "input": "x", "messages": _TALK})
    assert (status, answer["error"]["code"]) == (404, "model_not_found")


async def test_counts_are_those_of_a_chat(engine: EngineUnderTest, client: AsyncOpenAI) -> None:
    status, counted = await _post(
        engine, "/tokenize", {"model": MODEL_ID, "input": _TALK[:3], "tools": [tool()]}
    )
    assert status == 200
    assert counted["object"] == "tokenization"
    assert counted["n_tokens"] == len(counted["tokens"])
    answer = await client.chat.completions.create(
        model=MODEL_ID,
        messages=_TALK[:3],  # type: ignore[arg-type]
        tools=[tool()],  # type: ignore[list-item]
        max_completion_tokens=1,
    )
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == counted["n_tokens"]


async def test_a_text_is_counted_as_it_is(engine: EngineUnderTest) -> None:
    for text, n_tokens in (("", 0), ("Hello", 1), ("<|im_end|>", None)):
        status, counted = await _post(engine, "/tokenize", {"model": MODEL_ID, "input": text})
        assert status == 200
        assert counted["n_tokens"] == len(counted["tokens"])
        assert n_tokens in (None, counted["n_tokens"])
        assert 2 not in counted["tokens"]
    error = await _refused(
        engine, "/tokenize", {"model": MODEL_ID, "input": [{"role": "boss", "content": "x"}]}
    )
    assert error["code"] == "invalid_value"
    error = await _refused(
        engine, "/tokenize", {"model": MODEL_ID, "input": [user()], "tools": [{"type": "x"}]}
    )
    assert error["code"] == "template_refused"
