"""A base model that the app adds: offered everywhere at once, refused in words, given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.engine import MODEL_ID, models_folder
from tests.support.model_folders import tiny_model
from tests.support.projects import Home, home, project, run
from tunedesk.core.chat import ChatRequest
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.comparison import Comparison
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.providers.model_list import ModelList
from tunedesk.services.providers.model_shelf import ModelShelf
from tunedesk.services.train.training import Training

pytestmark = pytest.mark.engine


@asynccontextmanager
async def shelf(place: Home) -> AsyncIterator[tuple[ModelShelf, Providers]]:
    """An engine whose models folder holds the shipped model alone, by links to its files."""
    models = place.folders.data / "engine" / "models"
    own = models / MODEL_ID
    own.mkdir(parents=True)
    for file in (models_folder() / MODEL_ID).iterdir():
        (own / file.name).hardlink_to(file)
    engine = LocalEngine(place.folders, place.background)
    providers = Providers(engine)
    try:
        await engine.start()
        assert engine.status.state == "ready", engine.status
        yield ModelShelf(providers, place.background, place.folders.data / "engine"), providers
    finally:
        await providers.close()
        await engine.stop()


def test_an_added_model_is_offered_and_answers_and_a_bad_one_says_why(tmp_path: Path) -> None:
    source = tiny_model(tmp_path / "Tiny Llama")
    bad = tiny_model(tmp_path / "pickled")
    (bad / "model.safetensors").rename(bad / "pytorch_model.bin")

    async def steps() -> None:
        async with home(tmp_path / "home") as place, shelf(place) as (made, providers):
            told: list[str] = []
            end = made.subscribe(lambda: told.append(made.progress.text) if made.progress else None)
            added = await made.add(source)
            end()
            assert added.name == "Tiny-Llama"
            assert any("called Tiny-Llama here" in note for note in added.notes)
            assert "Checking the model" in told
            async with project(place) as opened:
                training = Training(opened, providers, place.background)
                offered = await training.base_models("local")
                assert {one.id for one in offered} == {MODEL_ID, added.name}
                found = (await ModelList(opened, providers).load()).rows
                assert added.name in {row.model for row in found}
                comparison = Comparison(opened, providers, place.background)
                contenders = await comparison.contenders()
                assert added.name in {one.model for one in contenders}
                await training.close()
            provider = await providers.get("local")
            ask = ChatRequest(model=added.name, messages=[{"role": "user", "content": "Hi"}])
            pieces = [piece async for piece in provider.chat(ask)]
            assert pieces[-1].completion_tokens or any(piece.text for piece in pieces)
            with pytest.raises(TunedeskError) as caught:
                await made.add(bad)
            assert caught.value.code == "model_refused"
            assert "pickle" in f"{caught.value.what} {caught.value.next_step}".lower()
            with pytest.raises(TunedeskError, match="already"):
                await made.add(source)

    run(steps())


def test_a_model_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    source = tiny_model(tmp_path / "slow", "qwen3", head_dim=8)

    async def steps() -> None:
        async with home(tmp_path / "home") as place, shelf(place) as (made, _providers):
            began = asyncio.Event()
            made.subscribe(
                lambda: began.set() if made.progress and "Checking" in made.progress.text else None
            )
            adding = asyncio.create_task(made.add(source))
            await began.wait()
            with pytest.raises(TunedeskError) as second:
                await made.add(source)
            assert second.value.code == "already_adding"
            made.stop()
            with pytest.raises(TunedeskError) as caught:
                await adding
            assert caught.value.code == "stopped"
            folder = place.folders.data / "engine" / "models"
            left = {path.name for path in folder.iterdir() if path.is_dir()}
            assert left == {MODEL_ID}
            assert made.progress is None

    run(steps())
