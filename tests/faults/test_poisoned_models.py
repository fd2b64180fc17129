"""Faults E7: pickles that would run code lie everywhere in a model, and none is ever opened."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine import EngineUnderTest, start_engine, wait_for_job
from tests.support.engine_jobs import create_job, folder_of, tiny_rows, upload
from tests.support.model_folders import copy_of, tiny_model
from tunedesk.engine.model_judge import judge

pytestmark = [pytest.mark.engine]

BESIDE = (
    "pytorch_model.bin",
    "pytorch_model-00001-of-00002.bin",
    "adapter_model.bin",
    "model.pt",
    "model.pth",
    "consolidated.00.pth",
    "optimizer.pt",
    "optimizer.bin",
    "scheduler.pt",
    "rng_state.pth",
    "training_args.bin",
    "tokenizer.pkl",
    "tokenizer.model",
    "vocab.pickle",
    "last.ckpt",
    "tf_model.h5",
    "flax_model.msgpack",
    "pipeline.joblib",
    "generation_config.pkl",
    "scaler.pt",
)
INSTEAD = (
    "model.safetensors",
    "model.safetensors.index.json",
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "generation_config.json",
)


class _Poison:
    """Unpickling it makes a file."""

    def __init__(self, canary: Path) -> None:
        self._canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self._canary), "w"))


def _poison(folder: Path, canaries: Path, name: str) -> None:
    (folder / name).write_bytes(pickle.dumps(_Poison(canaries / name)))


@pytest.fixture
def canaries(tmp_path: Path) -> Path:
    """Where a pickle that was opened would leave a file."""
    folder = tmp_path / "canaries"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound tiny model; copy it before you change it."""
    return tiny_model(tmp_path_factory.mktemp("models") / "tiny")


def test_the_poison_is_real(canaries: Path, tmp_path: Path) -> None:
    _poison(tmp_path, canaries, "x.bin")
    code = "import pickle, sys; pickle.load(open(sys.argv[1], 'rb')).close()"
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "x.bin")], check=True)
    assert (canaries / "x.bin").exists()


@pytest.fixture
def poisoned(tiny: Path, tmp_path: Path, canaries: Path) -> Iterator[EngineUnderTest]:
    """An engine with a model full of pickles, and one that is nothing else."""
    models = tmp_path / "models"
    among = copy_of(tiny, models / "among")
    alone = copy_of(tiny, models / "alone")
    (alone / "model.safetensors").unlink()
    for folder in (among, alone):
        for name in BESIDE:
            _poison(folder, canaries, name)
    started = start_engine(models=models)
    yield started
    started.stop()


async def _learn_and_answer(engine: EngineUnderTest) -> None:
    async with engine.client() as client:
        listed = [model.id for model in (await client.models.list()).data]
        assert listed == ["among"]
        rows = await upload(client, tiny_rows(10))
        values = {"n_epochs": 1, "batch_size": 10}
        job = await create_job(client, model="among", training_file=rows, hyperparameters=values)
        job = await wait_for_job(client, job.id)
        assert job.status == "succeeded", job.error
        _spoil_adapter(folder_of(engine, job.id))
        await client.chat.completions.create(
            model=job.fine_tuned_model,
            messages=[{"role": "user", "content": "One?"}],
            max_tokens=2,
        )


def _spoil_adapter(job: Path) -> None:
    """Pickles beside the adapter, under the names that loaders look for."""
    folder = job / "checkpoints" / "step-1"
    for name in BESIDE:
        _poison(folder, job.parents[2] / "canaries", name)


def test_pickles_beside_the_weights_are_never_opened(
    poisoned: EngineUnderTest, canaries: Path
) -> None:
    (poisoned.data.parent / "canaries").mkdir()
    asyncio.run(_learn_and_answer(poisoned))
    assert list(canaries.iterdir()) == []
    assert list((poisoned.data.parent / "canaries").iterdir()) == []


@pytest.mark.parametrize("name", INSTEAD)
def test_a_pickle_in_the_place_of_a_file_is_refused(
    name: str, tiny: Path, tmp_path: Path, canaries: Path
) -> None:
    model = copy_of(tiny, tmp_path / "m")
    _poison(model, canaries, name)
    verdict = judge(model)
    assert not verdict.is_usable
    assert list(canaries.iterdir()) == []


_BOMBS = {
    "loops": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "huge range": "{% for i in range(10**9) %}{% endfor %}",
    "doubling by ~": "{% set n = namespace(x='ab') %}{% for i in range(90) %}"
    "{% set n.x = n.x ~ n.x %}{% endfor %}",
    "doubling by +": "{% set n = namespace(x='ab') %}{% for i in range(90) %}"
    "{% set n.x = n.x + n.x %}{% endfor %}",
    "doubling by blocks": "{% set n = namespace(x='ab') %}{% for i in range(90) %}"
    "{% set t %}{{ n.x }}{{ n.x }}{% endset %}{% set n.x = t %}{% endfor %}",
    "doubling by replace": "{% set n = namespace(x='aa') %}{% for i in range(90) %}"
    "{% set n.x = n.x.replace('a', n.x) %}{% endfor %}",
    "lists in lists": "{% set n = namespace(x=[1]) %}{% for i in range(90) %}"
    "{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
    "squaring": "{% set n = namespace(x=3) %}{% for i in range(90) %}"
    "{% set n.x = n.x * n.x %}{% endfor %}",
    "times": "{{ messages[0].content * 10**11 }}",
    "width": "{{ 'a'.center(10**11) }}",
    "format": "{{ '%99999999999d' % 1 }}",
    "calls": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}"
    "{{ f(30) }}",
    "for ever": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "Python's insides": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "a file": "{% include 'config.json' %}",
}


@pytest.mark.parametrize("name", _BOMBS)
def test_a_chat_template_can_neither_hang_nor_swell(name: str, tiny: Path, tmp_path: Path) -> None:
    model = copy_of(tiny, tmp_path / "m")
    (model / "chat_template.jinja").write_text(_BOMBS[name])
    verdict = judge(model)
    assert not verdict.is_usable
    assert "chat template" in verdict.reason
