"""Exports: the adapter, a merged folder and a GGUF file say what the tuned model says."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from tests.support.model_folders import copy_of, tiny_adapter, tiny_model
from tunedesk.core.errors import TunedeskError
from tunedesk.engine.export import export_model
from tunedesk.engine.model_add import add_model
from tunedesk.engine.model_judge import judge
from tunedesk.engine.model_orders import ExportKind, GgufType, Progress
from tunedesk.engine.models import Servable

pytestmark = pytest.mark.engine

ID = "ft:tiny:tunedesk:a/b:1234"


@pytest.fixture(scope="module", params=["llama", "qwen2"])
def tuned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Servable:
    """A tiny base in two parts, and an adapter that changes it plainly."""
    folder = tmp_path_factory.mktemp(request.param)
    sizes = {"hidden_size": 64, "tie_word_embeddings": request.param == "qwen2"}
    base = tiny_model(folder / "base", request.param, shard="4MB", **sizes)
    adapter = tiny_adapter(base, folder / "adapter")
    return Servable(id=ID, base_id="tiny", base_folder=base, adapter=adapter)


def _exported(model: Servable, target: Path, kind: ExportKind, gguf: GgufType = "bf16") -> Path:
    return export_model(model, target, kind, lambda _: None, gguf_type=gguf)


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _expected(model: Servable) -> Any:
    """Logits of base and adapter by transformers and PEFT, in float32."""
    import peft
    import torch
    from transformers import AutoModelForCausalLM

    base: Any = AutoModelForCausalLM.from_pretrained(model.base_folder, dtype=torch.float32)
    assert model.adapter is not None
    with warnings.catch_warnings():  # PEFT 0.21 asks transformers 5 for what is to go in 6
        warnings.simplefilter("ignore", FutureWarning)
        whole = peft.PeftModel.from_pretrained(base, str(model.adapter))
    with torch.inference_mode():
        return whole(torch.tensor([_TOKENS])).logits


_TOKENS = [1, 520, 9531, 198, 12, 77, 4096, 2, 198]


def _logits(folder: Path, **more: Any) -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    loaded: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **more)
    with torch.inference_mode():
        return loaded(torch.tensor([_TOKENS])).logits


def _assert_near(found: Any, expected: Any, share: float) -> None:
    """The largest difference, as a share of what the logits span."""
    span = float(expected.max() - expected.min())
    assert float((found - expected).abs().max()) / span < share


def test_merged_is_the_tuned_model(tuned: Servable, tmp_path: Path) -> None:
    target = _exported(tuned, tmp_path / "out", "merged")
    assert judge(target).reason == ""
    assert json.loads((target / "config.json").read_bytes())["dtype"] == "bfloat16"
    expected = _expected(tuned)
    _assert_near(_logits(target), expected, 0.01)
    bare = _logits(tuned.base_folder)
    with pytest.raises(AssertionError):  # so that the adapter is seen to matter
        _assert_near(bare, expected, 0.01)


def test_merged_can_be_added_again(tuned: Servable, tmp_path: Path) -> None:
    target = _exported(tuned, tmp_path / "out", "merged")
    added = add_model(target, tmp_path / "models", lambda _: None, name="again")
    assert judge(added.folder).is_usable


def test_the_adapter_names_its_base_and_no_path(tuned: Servable, tmp_path: Path) -> None:
    target = _exported(tuned, tmp_path / "out", "adapter")
    config = json.loads((target / "adapter_config.json").read_bytes())
    assert config["base_model_name_or_path"] == "tiny"
    assert tuned.adapter is not None
    name = "adapter_model.safetensors"
    assert (target / name).read_bytes() == (tuned.adapter / name).read_bytes()


@pytest.mark.parametrize(("kind", "share"), [("bf16", 0.01), ("q8_0", 0.05)])
def test_gguf_is_the_tuned_model(
    kind: GgufType, share: float, tuned: Servable, tmp_path: Path
) -> None:
    target = _exported(tuned, tmp_path / "out", "gguf", kind)
    (file,) = target.iterdir()
    assert file.name == "ft-tiny-tunedesk-a-b-1234.gguf"
    from transformers import GgufConfig

    plain = GgufConfig(dequantize=True)
    found = _logits(target, gguf_file=file.name, quantization_config=plain)
    _assert_near(found, _expected(tuned), share)
    added = add_model(file, tmp_path / "models", lambda _: None, name="back")
    _assert_near(_logits(added.folder), _expected(tuned), share)
    before, after = tuned.base_folder / "tokenizer.json", added.folder / "tokenizer.json"
    assert json.loads(before.read_bytes())["model"] == json.loads(after.read_bytes())["model"]


def test_nothing_is_overwritten(tuned: Servable, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")
    with pytest.raises(TunedeskError, match="nothing is overwritten"):
        _exported(tuned, tmp_path, "merged")
    assert _names(tmp_path) == ["kept"]


def test_a_base_has_no_adapter(tuned: Servable, tmp_path: Path) -> None:
    import msgspec

    base = msgspec.structs.replace(tuned, id="tiny", adapter=None)
    with pytest.raises(TunedeskError, match="is a base model"):
        _exported(base, tmp_path / "out", "adapter")
    assert judge(_exported(base, tmp_path / "out", "merged")).is_usable


def test_a_damaged_adapter_leaves_nothing_behind(tuned: Servable, tmp_path: Path) -> None:
    import msgspec

    assert tuned.adapter is not None
    adapter = copy_of(tuned.adapter, tmp_path / "adapter")
    weights = adapter / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    damaged = msgspec.structs.replace(tuned, adapter=adapter)
    for kind in ("adapter", "merged", "gguf"):
        with pytest.raises(TunedeskError, match="not a sound safetensors file"):
            _exported(damaged, tmp_path / "out", kind)  # type: ignore[arg-type]
    assert _names(tmp_path) == ["adapter"]


def test_progress_is_told(tuned: Servable, tmp_path: Path) -> None:
    said: list[Progress] = []
    export_model(tuned, tmp_path / "out", "merged", said.append)
    shares = [progress.share for progress in said if progress.share is not None]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_full_disk_is_noticed_before(
    tuned: Servable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    class _Usage:
        free = 1000

    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage())
    with pytest.raises(TunedeskError, match="GB on the disk") as caught:
        _exported(tuned, tmp_path / "out", "merged")
    assert caught.value.code == "disk_full"
    assert _names(tmp_path) == []


def test_the_command_exports_a_base(tmp_path: Path) -> None:
    base = tiny_model(tmp_path / "data" / "models" / "tiny")
    words = ["export", "tiny", "--to", str(tmp_path / "out"), "--as", "gguf", "--type", "f16"]
    line = [sys.executable, "-m", "tunedesk.engine", *words, "--data", str(base.parents[1])]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "tiny.gguf").stat().st_size > 1000
    again = subprocess.run(line, capture_output=True, text=True, check=False)
    assert again.returncode == 1
    assert "Name a folder that does not exist yet" in again.stderr
