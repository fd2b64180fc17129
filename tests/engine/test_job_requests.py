"""What a request for a job may ask: OpenAI's bounds, and the field named in each refusal."""

from __future__ import annotations

import json
import random
import secrets
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.support.engine_jobs import create_job, sample_rows, upload
from tunedesk.engine.api.job_request import CreateJob
from tunedesk.engine.wire import ApiError, decode

_LEAST = {"model": "m", "training_file": "file-1"}
_NUMBERS = {"n_epochs": 3, "batch_size": 2, "learning_rate_multiplier": 0.5}


def _columns(**asked: Any) -> dict[str, Any]:
    return decode(json.dumps({**_LEAST, **asked}).encode(), CreateJob).columns()


def _method(kind: str, **numbers: Any) -> dict[str, Any]:
    return {"type": kind, kind: {"hyperparameters": numbers}}


def _wandb(**more: Any) -> dict[str, Any]:
    return {"type": "wandb", "wandb": {"project": "p", **more}}


def test_what_is_left_out_is_auto() -> None:
    made = _columns()
    assert made["method"] == {"type": "supervised"}
    assert set(made["hyperparameters"].values()) == {"auto"}
    assert "beta" not in made["hyperparameters"]
    assert 0 <= made["seed"] < 2**31
    assert _columns(method={"type": "dpo"})["hyperparameters"]["beta"] == "auto"


@pytest.mark.parametrize("kind", ["supervised", "dpo"])
def test_both_places_are_read_and_the_method_s_own_wins(kind: str) -> None:
    for asked in (
        {"method": _method(kind, **_NUMBERS)},
        {"method": {"type": kind}, "hyperparameters": _NUMBERS},
        {"method": _method(kind, n_epochs=3), "hyperparameters": {**_NUMBERS, "n_epochs": 50}},
        {"method": _method(kind, n_epochs=3.0), "hyperparameters": {**_NUMBERS}},
    ):
        made = _columns(**asked)["hyperparameters"]
        assert {name: made[name] for name in _NUMBERS} == _NUMBERS
        assert type(made["n_epochs"]) is int


def test_beta_is_read_from_both_places() -> None:
    assert _columns(method=_method("dpo", beta=2))["hyperparameters"]["beta"] == 2
    asked = {"method": {"type": "dpo"}, "hyperparameters": {"beta": 0.1}}
    assert _columns(**asked)["hyperparameters"]["beta"] == 0.1


_AT_THE_BOUNDS: list[dict[str, Any]] = [
    {"suffix": "x"},
    {"suffix": "ไทย" * 21},
    {"seed": 0},
    {"seed": 2**31 - 1},
    {"metadata": {str(n): "v" * 512 for n in range(16)}},
    {"metadata": {"k" * 64: ""}},
    {"metadata": None, "validation_file": None, "integrations": None, "method": None},
    {"hyperparameters": {"n_epochs": 50, "batch_size": 256, "learning_rate_multiplier": 1e-9}},
    {"hyperparameters": {"n_epochs": "auto"}},
    {"integrations": [_wandb(tags=["t" * 64] * 50)] * 5},
    {"unknown": {"deep": [1]}, "hyperparameters": {"unknown": 1}},
]


@pytest.mark.parametrize("asked", _AT_THE_BOUNDS, ids=lambda asked: "+".join(asked))
def test_the_bounds_themselves_are_accepted(asked: dict[str, Any]) -> None:
    assert _columns(**asked)["model"] == "m"


_IN_METHOD = "method.dpo.hyperparameters"
_BEYOND: list[tuple[dict[str, Any], str]] = [
    ({"model": None}, "model"),
    ({"training_file": 3}, "training_file"),
    ({"suffix": ""}, "suffix"),
    ({"suffix": "x" * 65}, "suffix"),
    ({"seed": -1}, "seed"),
    ({"seed": 2**31}, "seed"),
    ({"seed": "7"}, "seed"),
    ({"metadata": {str(n): "" for n in range(17)}}, "metadata"),
    ({"metadata": {"k" * 65: ""}}, "metadata"),
    ({"metadata": {"k": "v" * 513}}, "metadata"),
    ({"metadata": {"k": 1}}, "metadata"),
    ({"hyperparameters": {"n_epochs": 0}}, "hyperparameters.n_epochs"),
    ({"hyperparameters": {"n_epochs": 51}}, "hyperparameters.n_epochs"),
    ({"hyperparameters": {"n_epochs": 2.5}}, "hyperparameters.n_epochs"),
    ({"hyperparameters": {"n_epochs": True}}, "hyperparameters.n_epochs"),
    ({"hyperparameters": {"n_epochs": "many"}}, "hyperparameters.n_epochs"),
    ({"hyperparameters": {"batch_size": 0}}, "hyperparameters.batch_size"),
    ({"hyperparameters": {"batch_size": 257}}, "hyperparameters.batch_size"),
    ({"hyperparameters": {"batch_size": 10**30}}, "hyperparameters.batch_size"),
    (
        {"hyperparameters": {"learning_rate_multiplier": 0}},
        "hyperparameters.learning_rate_multiplier",
    ),
    ({"method": _method("dpo", beta=0)}, f"{_IN_METHOD}.beta"),
    ({"method": _method("dpo", beta=2.01)}, f"{_IN_METHOD}.beta"),
    ({"method": _method("dpo", beta="high")}, f"{_IN_METHOD}.beta"),
    ({"method": _method("dpo", n_epochs=51)}, f"{_IN_METHOD}.n_epochs"),
    ({"method": {"type": "reinforcement"}}, "method.type"),
    ({"method": {"type": "nonsense"}}, "method.type"),
    ({"method": {}}, "method.type"),
    ({"integrations": [_wandb()] * 6}, "integrations"),
    ({"integrations": [{"type": "mlflow"}]}, "integrations[0].type"),
    ({"integrations": [_wandb(), {"type": "wandb"}]}, "integrations[1].wandb.project"),
    ({"integrations": [_wandb(project="")]}, "integrations[0].wandb.project"),
    ({"integrations": [_wandb(tags=["t"] * 51)]}, "integrations[0].wandb.tags"),
    ({"integrations": [_wandb(tags=["t", "t" * 65])]}, "integrations[0].wandb.tags[1]"),
]


@pytest.mark.parametrize(("asked", "param"), _BEYOND, ids=[param for _, param in _BEYOND])
def test_beyond_the_bounds_the_field_is_named(asked: dict[str, Any], param: str) -> None:
    with pytest.raises(ApiError) as caught:
        _columns(**asked)
    assert (caught.value.status, caught.value.param) == (400, param)
    assert caught.value.message


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ApiError) as caught:
        decode(b'{"model": "m"}', CreateJob)
    assert caught.value.param == "training_file"
    assert caught.value.message == "Missing required parameter: 'training_file'."


def test_reinforcement_is_refused_with_what_is_offered() -> None:
    with pytest.raises(ApiError, match="requires the supervised or the dpo method of finetuning"):
        _columns(method={"type": "reinforcement", "reinforcement": {"grader": {}}})


def test_no_odd_value_anywhere_is_more_than_a_bad_request() -> None:
    seed = secrets.randbits(32)
    rng = random.Random(seed)
    names = ["model", "suffix", "seed", "metadata", "integrations", "method", "hyperparameters"]
    for _ in range(3000):
        asked = {name: _odd(rng, 3) for name in rng.sample(names, 3)}
        try:
            _columns(**asked)
        except ApiError as error:
            assert error.status == 400, f"seed {seed}: {asked}"
        except Exception as error:
            raise AssertionError(f"seed {seed}: {asked}") from error


def _odd(rng: random.Random, depth: int) -> Any:
    plain = [None, True, -1, 0, 3, 2**63, 1e300, "", "auto", "wandb", "dpo", "\x00", "x" * 70]
    if depth == 0 or rng.random() < 0.4:
        return rng.choice(plain)
    if rng.random() < 0.3:
        return [_odd(rng, depth - 1) for _ in range(rng.randrange(7))]
    keys = ["type", "dpo", "supervised", "hyperparameters", "n_epochs", "beta", "wandb", "tags"]
    return {key: _odd(rng, depth - 1) for key in rng.sample(keys, rng.randrange(4))}


@pytest.mark.engine
@pytest.mark.anyio
async def test_integrations_are_stored_and_shown(client: AsyncOpenAI) -> None:
    few = await upload(client, sample_rows(2))
    job = await create_job(client, training_file=few, integrations=[_wandb(tags=["a"])])
    assert job.integrations[0].wandb.project == "p"
    assert job.integrations[0].wandb.tags == ["a"]
    again = await client.fine_tuning.jobs.retrieve(job.id)
    assert again.integrations == job.integrations


@pytest.mark.engine
@pytest.mark.anyio
async def test_a_file_of_another_purpose_is_refused(client: AsyncOpenAI) -> None:
    other = await client.files.create(file=("a.jsonl", sample_rows(12)), purpose="user_data")
    for param in ("training_file", "validation_file"):
        with pytest.raises(openai.BadRequestError, match="the purpose 'user_data'") as caught:
            await create_job(client, **{param: other.id})
        assert caught.value.param == param
