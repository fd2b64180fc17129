"""The models that rows can be for: the shipped, the person's own, those of the price table."""

from __future__ import annotations

from pathlib import Path

from tests.support.projects import home, run
from tunedesk.core.jobs import ModelInfo
from tunedesk.services.check.length_targets import length_targets
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.train.costing import load_prices


def model(model_id: str, kind: str = "base", context_tokens: int | None = 4096) -> ModelInfo:
    return ModelInfo(
        id=model_id,
        owned_by="",
        created_at_s=0,
        kind=kind,  # type: ignore[arg-type]
        context_tokens=context_tokens,
    )


def test_models_of_this_computer_come_first_and_once(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place:
            providers = Providers(LocalEngine(place.folders, place.background))
            prices = load_prices()
            here = [
                model("smollm2-135m-instruct", context_tokens=8192),
                model("my-own"),
                model("short-one", context_tokens=512),
                model("without-a-limit", context_tokens=None),
                model("ft:my-own:x", "tuned"),
            ]
            found = length_targets(providers, prices, here)
            assert [(one.model, one.limit_tokens) for one in found[:3]] == [
                ("smollm2-135m-instruct", 2048),
                ("my-own", 2048),  # a job takes no more of a row
                ("short-one", 512),
            ]
            assert len(found) == len(length_targets(providers, prices)) + 2
            await providers.close()

    run(steps())
