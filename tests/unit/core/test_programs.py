"""Which program runs the engine's modules: from source, in the engine's bundle, in the app's."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tunedesk import cli
from tunedesk.core.errors import TunedeskError
from tunedesk.core.programs import module_command, shipped_models
from tunedesk.engine.launch import Launch
from tunedesk.engine.trainer_command import trainer_command
from tunedesk.providers.engine_process import require_installed


def program(place: Path, name: str) -> Path:
    (place / name).mkdir(parents=True)
    made = place / name / name
    made.touch()
    return made


def run_from(monkeypatch: pytest.MonkeyPatch, own: Path) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(own))


def test_from_source_it_is_this_python() -> None:
    assert module_command("a.b") == [sys.executable, "-m", "a.b"]
    assert shipped_models() is None


def test_an_installed_app_starts_the_engine_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, engine = program(tmp_path, "tunedesk"), program(tmp_path, "tunedesk-engine")
    link = tmp_path / "bin" / "tunedesk"
    link.parent.mkdir()
    link.symlink_to(app)
    run_from(monkeypatch, link)
    require_installed()
    assert module_command("tunedesk.engine") == [str(engine), "-m", "tunedesk.engine"]
    assert shipped_models() is None
    (engine.parent / "models").mkdir()
    assert shipped_models() == engine.parent / "models"


def test_an_engine_from_a_bundle_is_the_python_of_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = program(tmp_path, "tunedesk-engine")
    run_from(monkeypatch, engine)
    command = [str(engine), "-m", "tunedesk.engine.training", str(tmp_path)]
    assert trainer_command(Launch(), tmp_path) == command


def test_an_app_without_engine_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_from(monkeypatch, program(tmp_path, "tunedesk"))
    for ask in (require_installed, lambda: module_command("tunedesk.engine")):
        with pytest.raises(TunedeskError, match="tunedesk-engine") as caught:
            ask()
        assert caught.value.code == "engine_missing"
    assert cli.main(["engine", "--port", "0"]) == 2
    assert "Install tunedesk-engine" in capsys.readouterr().err
