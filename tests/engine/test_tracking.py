"""Weights & Biases: only where it is installed, and never in the way of a job."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.support.tiny_model import make_tiny_model
from tests.support.training_run import digest, last_word, lines, make_job, train

pytestmark = pytest.mark.engine

_ASKED = [{"type": "wandb", "wandb": {"project": "marv", "tags": ["a"]}}]
_PACKAGE = """
import json
import sys
from pathlib import Path
told = Path(__file__).with_name("told.jsonl")

class Run:
    def log(self, metrics, step):
        with told.open("a") as stream:
            stream.write(json.dumps([step, metrics]) + "\\n")
    def finish(self):
        with told.open("a") as stream:
            stream.write("null\\n")

def init(**asked):
    if asked["project"] == "broken":
        raise OSError("no route to host")
    told.write_text(json.dumps(asked) + "\\n")
    return Run()
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models"))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `wandb` that writes down what it is told."""
    folder = tmp_path / "packages"
    folder.mkdir()
    (folder / "wandb.py").write_text(_PACKAGE)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "wandb", raising=False)
    return folder


def test_without_the_package_a_word_is_said(base: Path, tmp_path: Path) -> None:
    folder = make_job(tmp_path / "job", base, integrations=_ASKED)
    assert train(folder) == 0
    words = next(line.message for line in lines(folder) if line.key == "wandb-missing")
    assert "wandb is not installed" in words


def test_every_step_is_sent(base: Path, tmp_path: Path, package: Path) -> None:
    folder = make_job(tmp_path / "job", base, integrations=_ASKED, run_name="ft:x:y")
    assert train(folder) == 0
    told = [json.loads(line) for line in (package / "told.jsonl").read_text().splitlines()]
    assert (told[0]["project"], told[0]["name"], told[0]["tags"]) == ("marv", "ft:x:y", ["a"])
    assert [step for step, _ in told[1:-1]] == list(range(1, 7))
    assert told[6][1]["train_loss"] > 0
    assert "full_valid_loss" in told[6][1]


def test_what_it_does_wrong_stops_no_job(base: Path, tmp_path: Path, package: Path) -> None:
    calm = make_job(tmp_path / "calm", base)
    assert train(calm) == 0
    asked = [{"type": "wandb", "wandb": {"project": "broken"}}]
    folder = make_job(tmp_path / "job", base, integrations=asked)
    assert train(folder) == 0
    words = next(line.message for line in lines(folder) if line.key == "wandb-off")
    assert "no route to host" in words
    assert last_word(folder).kind == "finished"
    assert digest(folder) == digest(calm)
