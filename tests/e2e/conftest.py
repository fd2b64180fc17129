"""Fixtures of the end-to-end tests: a screen, a person, a home; a picture of each failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.app_run import home_with_model
from tests.e2e.person import Person
from tests.e2e.screen import missing_tools, virtual_screen
from tests.support.environment import base_model_folder

_PICTURES = Path("build/e2e")


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a desktop session with nothing of ours on it yet."""
    lacking = missing_tools()
    assert not lacking, f"{', '.join(lacking)} missing; `make test` installs them"
    home = home_with_model(tmp_path, base_model_folder())
    with virtual_screen(tmp_path) as screen:
        yield screen | {"TUNEDESK_HOME": str(home)}


@pytest.fixture
def home(environment: dict[str, str]) -> Path:
    return Path(environment["TUNEDESK_HOME"])


@pytest.fixture
def person(environment: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Person]:
    somebody = Person(environment, _PICTURES / f"{request.node.name}.png")
    yield somebody
    somebody.close()
