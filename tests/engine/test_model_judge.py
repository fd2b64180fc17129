"""What a model folder must be to be used, and the sentence for each that is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.model_folders import change_json, copy_of, tiny_model
from tunedesk.engine.model_judge import judge
from tunedesk.engine.model_work import look

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A sound tiny model; copy it before you change it."""
    yield tiny_model(tmp_path_factory.mktemp("models") / "tiny")


def test_a_sound_model_is_usable(tiny: Path) -> None:
    verdict = judge(tiny)
    assert (verdict.reason, verdict.notes, verdict.needs_trial) == ("", (), False)
    assert (verdict.architecture, verdict.context_tokens) == ("llama", 512)


def test_what_came_beside_the_weights_is_named_and_ignored(tiny: Path, tmp_path: Path) -> None:
    model = copy_of(tiny, tmp_path / "m")
    change_json(model / "config.json", auto_map={"AutoModelForCausalLM": "modeling_x.X"})
    (model / "modeling_x.py").write_text("raise SystemExit")
    (model / "pytorch_model.bin").write_bytes(b"x")
    verdict = judge(model)
    assert verdict.is_usable
    assert any("Python code" in note for note in verdict.notes)
    assert any("Pickles" in note for note in verdict.notes)


def _config(**values: object) -> Callable[[Path], None]:
    return lambda folder: change_json(folder / "config.json", **values)


def _write(name: str, data: bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_bytes(data)

    return write


def _remove(*names: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return remove


def _only_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _only_gguf(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model.gguf")


def _no_template(folder: Path) -> None:
    (folder / "chat_template.jinja").unlink()
    change_json(folder / "tokenizer_config.json", chat_template=None)


def _index(*parts: str) -> Callable[[Path], None]:
    weights = {f"x{at}": part for at, part in enumerate(parts)}
    return _write("model.safetensors.index.json", json.dumps({"weight_map": weights}).encode())


def _linked_elsewhere(folder: Path) -> None:
    outside = folder.parent / "outside.json"
    (folder / "tokenizer.json").rename(outside)
    (folder / "tokenizer.json").symlink_to(outside)


def _nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


_ENDLESS = b"{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"

REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "an adapter": (_write("adapter_config.json", b"{}"), "adapter, not a model"),
    "no config": (_remove("config.json"), "config.json is missing"),
    "config garbage": (_write("config.json", b"\xff{"), "not sound JSON"),
    "config deep": (_write("config.json", _nested(200_000)), "not sound JSON"),
    "config a list": (_write("config.json", b"[]"), "JSON object"),
    "config enormous": (_write("config.json", b" " * (2**20 + 1)), "larger than 1 MiB"),
    "no kind": (_config(model_type=None), "model_type"),
    "encoder-decoder": (_config(is_encoder_decoder=True), "translates text"),
    "classifier": (_config(architectures=["LlamaForSequenceClassification"]), "causal language"),
    "quantised": (_config(quantization_config={"quant_method": "gptq"}), "quantised"),
    "foreign kernels": (_config(attn_implementation="someone/kernel"), "foreign code"),
    "a size is a text": (_config(hidden_size="big"), "config.json"),
    "no heads": (_config(num_attention_heads=0), "config.json"),
    "a billion layers": (_config(num_hidden_layers=10**9), "no network has"),
    "another width": (_config(hidden_size=64, head_dim=8), "asks for numbers of"),
    "one layer more": (_config(num_hidden_layers=3), "lack model.layers.2"),
    "no weights": (_remove("model.safetensors"), "has no weights"),
    "pickles only": (_only_pickle, "pickles"),
    "gguf only": (_only_gguf, "not converted yet"),
    "weights cut": (_write("model.safetensors", b"\x08\0\0\0\0\0\0\0{}"), "not a sound"),
    "part outside": (_index("../outside.safetensors"), "no file beside it"),
    "part of Windows": (_index("..\\outside.safetensors"), "no file beside it"),
    "part a pickle": (_index("model.bin"), "no file beside it"),
    "part missing": (_index("model-1.safetensors"), "missing"),
    "linked": (_linked_elsewhere, "link to elsewhere"),
    "no tokenizer": (_remove("tokenizer.json"), "tokenizer.json is missing"),
    "tokenizer garbage": (_write("tokenizer.json", b'{"model": {"type": "BPE"}}'), "Tokenizer"),
    "tokenizer enormous": (_write("tokenizer.json", b" " * (64 * 2**20 + 1)), "larger than 64"),
    "no chat template": (_no_template, "no chat template"),
    "template enormous": (_write("chat_template.jinja", b" " * (2**20 + 1)), "larger than 1 MiB"),
    "template no template": (_write("chat_template.jinja", b"{% for %}"), "template"),
    "template endless": (_write("chat_template.jinja", _ENDLESS), "loops more than"),
    "template refuses": (_write("chat_template.jinja", b"{{ raise_exception('no') }}"), "refuses"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_unusable_folder_says_why(name: str, tiny: Path, tmp_path: Path) -> None:
    spoil, reason = REFUSED[name]
    model = copy_of(tiny, tmp_path / "m")
    spoil(model)
    verdict = judge(model)
    assert not verdict.is_usable
    assert reason in verdict.reason
    assert verdict.reason.endswith(".")


def test_a_tokenizer_with_more_tokens_than_the_network_is_refused(tmp_path: Path) -> None:
    small = tiny_model(tmp_path / "small", vocab_size=49000)
    assert "but the network has 49000" in judge(small).reason


def test_without_a_template_it_says_how_to_give_one(tiny: Path, tmp_path: Path) -> None:
    model = copy_of(tiny, tmp_path / "m")
    _no_template(model)
    assert "--chat-template FILE" in judge(model).next_step


def test_a_look_from_outside_comes_to_the_same_verdict(tiny: Path) -> None:
    assert look(tiny) == judge(tiny)
