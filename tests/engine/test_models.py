"""Base models that a person adds: listed, tuned and asked like the shipped one."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import APIStatusError, AsyncOpenAI, NotFoundError

from tests.support.engine import EngineUnderTest, start_engine, wait_for_job
from tests.support.engine_jobs import create_job, folder_of, tiny_rows, upload
from tests.support.model_folders import change_json, copy_of, tiny_gguf, tiny_model

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

USABLE = ("by-hand", "from-gguf", "tiny-llama", "tiny-qwen2")


def command(*words: object) -> subprocess.CompletedProcess[str]:
    """`tunedesk engine …`, run to its end."""
    line = [sys.executable, "-m", "tunedesk.engine", *map(str, words)]
    return subprocess.run(line, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A person's own folder of models."""
    folder = tmp_path_factory.mktemp("sources")
    tiny_model(folder / "tiny-llama")
    tiny_model(folder / "Tiny Qwen²", "qwen2", tie_word_embeddings=True)
    tiny_gguf(tiny_model(folder / "qwen3", "qwen3", head_dim=8), folder / "some.gguf")
    return folder


@pytest.fixture(scope="module")
def shelf(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder filled by add-model, and by hand with one good and one bad folder."""
    models = tmp_path_factory.mktemp("data") / "models"
    for source, *more in (
        ("tiny-llama",),
        ("Tiny Qwen²", "--name", "tiny-qwen2"),
        ("some.gguf", "--name", "from-gguf"),
    ):
        done = command("add-model", sources / source, "--models", models, *more)
        assert done.returncode == 0, done.stderr
        assert "is ready" in done.stdout
    copy_of(sources / "qwen3", models / "by-hand")
    bad = copy_of(sources / "tiny-llama", models / "bad")
    (bad / "model.safetensors").rename(bad / "pytorch_model.bin")
    return models


@pytest.fixture(scope="module")
def shelf_engine(shelf: Path) -> Iterator[EngineUnderTest]:
    """An engine with those models."""
    started = start_engine(models=shelf)
    yield started
    started.stop()


@pytest.fixture
async def asked(shelf_engine: EngineUnderTest) -> AsyncIterator[AsyncOpenAI]:
    """The official client on that engine, once it has tried what was put there by hand."""
    async with shelf_engine.client() as opened:
        while "by-hand" not in {model.id for model in (await opened.models.list()).data}:
            await asyncio.sleep(0.1)
        yield opened


async def _tuned(client: AsyncOpenAI, model: str, **more: Any) -> Any:
    rows = await upload(client, tiny_rows(10))
    values = {"n_epochs": 1, "batch_size": 5}
    job = await create_job(client, model=model, training_file=rows, hyperparameters=values, **more)
    return await wait_for_job(client, job.id)


async def test_usable_models_are_listed_with_what_is_known(asked: AsyncOpenAI) -> None:
    listed = {model.id: model.model_dump() for model in (await asked.models.list()).data}
    assert {name for name, model in listed.items() if model["kind"] == "base"} == set(USABLE)
    tiny = listed["tiny-llama"]
    assert tiny["context_tokens"] == 512
    assert tiny["device"] in ("cpu", "cuda", "mps")
    assert tiny.get("shutdown_date") is None
    with pytest.raises(NotFoundError):
        await asked.models.retrieve("bad")


async def test_the_announcement_says_the_device(shelf_engine: EngineUnderTest) -> None:
    assert shelf_engine.announcement["device"] in ("cpu", "cuda", "mps")


@pytest.mark.parametrize("model", USABLE)
async def test_an_added_model_learns_and_answers(
    model: str, asked: AsyncOpenAI, shelf_engine: EngineUnderTest
) -> None:
    job = await _tuned(asked, model, suffix="x/y")
    assert job.status == "succeeded", job.error
    assert job.fine_tuned_model.startswith(f"ft:{model}:")
    found = (await asked.models.retrieve(job.fine_tuned_model)).model_dump()
    assert (found["id"], found["kind"], found["base"]) == (job.fine_tuned_model, "tuned", model)
    adapter = folder_of(shelf_engine, job.id) / "checkpoints/step-2/adapter_model.safetensors"
    assert found["digest"] == hashlib.sha256(adapter.read_bytes()).hexdigest()
    assert found["size_bytes"] == adapter.stat().st_size
    for name in (model, job.fine_tuned_model):
        reply = await asked.chat.completions.create(
            model=name, messages=[{"role": "user", "content": "One?"}], max_tokens=4
        )
        assert reply.usage is not None
        assert reply.usage.completion_tokens > 0


async def test_a_model_that_a_job_needs_is_not_deleted(asked: AsyncOpenAI) -> None:
    first = (await _tuned(asked, "tiny-llama")).fine_tuned_model
    rows = await upload(asked, tiny_rows(10))
    values = {"n_epochs": 50, "batch_size": 1}
    job = await create_job(asked, model=first, training_file=rows, hyperparameters=values)
    with pytest.raises(APIStatusError, match=job.id) as caught:
        await asked.models.delete(first)
    assert caught.value.status_code == 400
    await asked.fine_tuning.jobs.cancel(job.id)
    assert (await asked.models.delete(first)).deleted
    with pytest.raises(NotFoundError):
        await asked.models.retrieve(first)


async def test_deleting_a_model_that_answers_lets_it_finish(asked: AsyncOpenAI) -> None:
    model = (await _tuned(asked, "tiny-llama")).fine_tuned_model
    stream = await asked.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": "One?"}],
        max_tokens=60,
        stream=True,
    )
    chunks = [await anext(aiter(stream))]
    assert (await asked.models.delete(model)).deleted
    chunks += [chunk async for chunk in stream]
    assert chunks[-1].choices[0].finish_reason in ("stop", "length")
    with pytest.raises(NotFoundError):
        await asked.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "One?"}]
        )


async def test_a_base_is_not_deleted(asked: AsyncOpenAI) -> None:
    with pytest.raises(APIStatusError, match="Only fine-tuned") as caught:
        await asked.models.delete("tiny-llama")
    assert caught.value.status_code == 403


async def test_a_damaged_adapter_is_never_loaded(
    asked: AsyncOpenAI, shelf_engine: EngineUnderTest
) -> None:
    job = await _tuned(asked, "tiny-llama")
    folder = folder_of(shelf_engine, job.id) / "checkpoints" / "step-2"
    weights = folder / "adapter_model.safetensors"
    weights.write_bytes(b"\x80\x04" + weights.read_bytes()[2:])
    with pytest.raises(APIStatusError, match="not a sound safetensors file"):
        await asked.chat.completions.create(
            model=job.fine_tuned_model, messages=[{"role": "user", "content": "One?"}]
        )


async def test_a_model_placed_while_the_engine_runs_is_found(
    asked: AsyncOpenAI, shelf: Path, sources: Path
) -> None:
    await asyncio.to_thread(copy_of, sources / "tiny-llama", shelf / "late")
    try:
        assert (await asked.models.retrieve("late")).id == "late"
    finally:
        shutil.rmtree(shelf / "late")
    with pytest.raises(NotFoundError):
        await asked.models.retrieve("late")


def test_models_says_what_cannot_be_used_and_why(shelf: Path, sources: Path) -> None:
    shutil.copy(sources / "some.gguf", shelf / "loose.gguf")
    copy_of(sources / "tiny-llama", shelf / "bad name")
    (shelf / "elsewhere").symlink_to(sources / "tiny-llama")
    copy_of(sources / "tiny-llama", shelf / "TINY-llama")
    try:
        done = command("models", "--models", shelf)
    finally:
        (shelf / "loose.gguf").unlink()
        (shelf / "elsewhere").unlink()
        shutil.rmtree(shelf / "bad name")
        shutil.rmtree(shelf / "TINY-llama")
    said = dict(line.split("  ", 1) for line in done.stdout.split("\n") if "  " in line)
    assert "save_pretrained" in said["bad"]
    assert "not converted yet" in said["loose.gguf"]
    assert "bad-name" in said["bad name"]
    assert "link to elsewhere" in said["elsewhere"]
    assert "capital letters" in said["tiny-llama"]
    assert said["tiny-qwen2"].startswith("qwen2, 512 tokens")


def test_a_folder_name_that_cannot_be_an_id_is_changed_with_a_word(
    sources: Path, tmp_path: Path
) -> None:
    done = command("add-model", sources / "Tiny Qwen²", "--models", tmp_path)
    assert "It is called Tiny-Qwen2 here" in done.stdout
    again = command("add-model", sources / "Tiny Qwen²", "--models", tmp_path)
    assert again.returncode == 1
    assert "--name NAME" in again.stderr
    wrong = command("add-model", sources / "tiny-llama", "--models", tmp_path, "--name", "../up")
    assert "cannot" in wrong.stderr or "has other characters" in wrong.stderr
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["Tiny-Qwen2"]


def test_a_template_can_be_given(sources: Path, tmp_path: Path) -> None:
    bare = copy_of(sources / "tiny-llama", tmp_path / "bare")
    (bare / "chat_template.jinja").unlink()
    change_json(bare / "tokenizer_config.json", chat_template=None)
    refused = command("add-model", bare, "--models", tmp_path / "m")
    assert refused.returncode == 1
    assert "--chat-template FILE" in refused.stderr
    assert list((tmp_path / "m").glob("[!.]*")) == []
    template = tmp_path / "t.jinja"
    template.write_text("{% for m in messages %}{{ m.content }}{% endfor %}")
    done = command("add-model", bare, "--models", tmp_path / "m", "--chat-template", template)
    assert done.returncode == 0, done.stderr


def test_weights_are_linked_copied_or_referred_to(sources: Path, tmp_path: Path) -> None:
    source = sources / "tiny-llama"
    for how in ("link", "copy", "reference"):
        done = command("add-model", source, "--models", tmp_path, "--name", how, "--how", how)
        assert done.returncode == 0, done.stderr
    weights = source / "model.safetensors"
    assert (tmp_path / "link" / "model.safetensors").samefile(weights)
    assert not (tmp_path / "copy" / "model.safetensors").samefile(weights)
    assert (tmp_path / "reference" / "model.safetensors").is_symlink()
    assert "cannot be used" not in command("models", "--models", tmp_path).stdout
    for how in ("link", "copy", "reference"):
        assert command("remove-model", how, "--models", tmp_path).returncode == 0
    assert weights.exists()


def test_what_add_model_did_not_make_it_does_not_remove(sources: Path, tmp_path: Path) -> None:
    copy_of(sources / "tiny-llama", tmp_path / "mine")
    done = command("remove-model", "mine", "--models", tmp_path)
    assert done.returncode == 1
    assert "yourself" in done.stderr
    assert (tmp_path / "mine" / "config.json").exists()


def test_an_unknown_network_is_refused_with_the_reason(sources: Path, tmp_path: Path) -> None:
    strange = copy_of(sources / "tiny-llama", tmp_path / "strange")
    change_json(
        strange / "config.json",
        model_type="strange",
        architectures=["StrangeForCausalLM"],
        auto_map={"AutoModelForCausalLM": "modeling_strange.StrangeForCausalLM"},
    )
    (strange / "modeling_strange.py").write_text(f"open({str(tmp_path / 'canary')!r}, 'w')")
    done = command("add-model", strange, "--models", tmp_path / "m")
    assert done.returncode == 1
    assert "strange" in done.stderr
    assert not (tmp_path / "canary").exists()


def test_weights_that_lack_a_tensor_are_refused_for_any_network(
    sources: Path, tmp_path: Path
) -> None:
    model = copy_of(sources / "qwen3", tmp_path / "q")
    config = json.loads((model / "config.json").read_bytes())
    layers = [*config["layer_types"], config["layer_types"][-1]]
    change_json(model / "config.json", num_hidden_layers=3, layer_types=layers)
    done = command("add-model", model, "--models", tmp_path / "m")
    assert done.returncode == 1
    assert "The weights lack model.layers.2" in done.stderr
