"""Can this folder be used as a base model? Decided before it shows up anywhere (E7).

Reads headers, JSON and the tokenizer only; no weights, no torch. Run in a worker process with a
time limit, because tokenizer and chat template are foreign. Networks outside the Llama
family need a trial besides (`model_trial`), because only transformers knows their tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tunedesk.engine import model_files as files
from tunedesk.engine.model_files import ModelRefusedError
from tunedesk.engine.model_orders import Verdict
from tunedesk.engine.model_tensors import require_tensors
from tunedesk.engine.nets.shape import Shape, read_shape
from tunedesk.engine.safetensors_check import TensorInfo, UnsoundFileError, read_header
from tunedesk.engine.template import ChatTemplate, TemplateRefusalError

_MOST_LAYERS = 1000
_PROBE = [{"role": "user", "content": "Hello"}]


def judge(folder: Path) -> Verdict:
    """The verdict on a folder; never raises for what is in it."""
    try:
        return _judged(folder)
    except ModelRefusedError as refusal:
        return Verdict(reason=str(refusal), next_step=refusal.next_step)
    except OSError as error:
        return Verdict(reason=f"The folder cannot be read: {error.strerror or error}.")


def _judged(folder: Path) -> Verdict:
    if (folder / "adapter_config.json").exists():
        text = "It is an adapter, not a model: transformers would load another model in its place."
        raise ModelRefusedError(text, "Merge it into its base model, then add the merged folder.")
    config = files.read_json(folder, files.CONFIG)
    _require_plain(config)
    files.require_no_foreign_links(folder)
    tensors = sound_tensors(folder)
    shape = shape_of(folder)
    if shape is not None:
        require_tensors(shape, tensors)
    template = _template(folder)
    _require_vocabulary(template, tensors, shape)
    return Verdict(
        notes=tuple(_notes(folder, config)),
        needs_trial=shape is None,
        context_tokens=template.context_tokens,
        architecture=str(config["model_type"]),
        size_bytes=sum(path.stat().st_size for path in files.weight_files(folder)),
    )


def sound_tensors(folder: Path) -> dict[str, TensorInfo]:
    """All tensors of all parts. Raises ModelRefusedError for an unsound file, or a name twice."""
    found: dict[str, TensorInfo] = {}
    for path in files.weight_files(folder):
        try:
            own = read_header(path)
        except UnsoundFileError as error:
            text = f"{path.name} is not a sound safetensors file: {error}."
            raise ModelRefusedError(text) from None
        if own.keys() & found.keys():
            raise ModelRefusedError(f"{path.name} holds a tensor that another file holds too.")
        found |= own
    return found


def shape_of(folder: Path) -> Shape | None:
    """The family shape, bounded; None outside the family. Raises ModelRefusedError for garbage."""
    try:
        shape = read_shape(folder)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        raise ModelRefusedError("config.json lacks or garbles a size of the network.") from None
    if shape is None:
        return None
    sizes = (shape.n_layers, shape.n_heads, shape.n_kv_heads, shape.head_size, shape.width)
    if not all(type(n) is int and 0 < n < 2**24 for n in (*sizes, shape.inner_width)):
        raise ModelRefusedError("config.json gives a size that no network has.")
    if shape.n_layers > _MOST_LAYERS or shape.n_heads % shape.n_kv_heads:
        raise ModelRefusedError("config.json gives numbers of layers or heads that cannot be.")
    return shape


def _require_plain(config: Mapping[str, Any]) -> None:
    kind = config.get("model_type")
    if not isinstance(kind, str) or not kind:
        raise ModelRefusedError("config.json does not say what kind of model it is (model_type).")
    if config.get("quantization_config"):
        raise ModelRefusedError(
            "Its weights are quantised, and only plain ones can be tuned.",
            "Use the model it was made from, or its GGUF file.",
        )
    if config.get("is_encoder_decoder"):
        raise ModelRefusedError(f"A {kind[:80]} model translates text instead of continuing it.")
    names = config.get("architectures") or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ModelRefusedError("config.json garbles the name of the network (architectures).")
    if names and not any(name.endswith(("ForCausalLM", "LMHeadModel")) for name in names):
        text = f"Its network is {names[0][:80]}, and only a causal language model can be used."
        raise ModelRefusedError(text)
    _require_own_kernels(config)


def _require_own_kernels(config: Mapping[str, Any]) -> None:
    """transformers takes a repository's name here, and fetches code from it."""
    for key in ("attn_implementation", "_attn_implementation", "experts_implementation"):
        if "/" in str(config.get(key) or ""):
            raise ModelRefusedError(f"config.json asks for foreign code ({key}), which never runs.")


def _template(folder: Path) -> ChatTemplate:
    _require_template(folder)
    files.read_json(folder, files.TOKENIZER)
    if (folder / files.GENERATION_CONFIG).is_file():
        files.read_json(folder, files.GENERATION_CONFIG)
    try:
        template = ChatTemplate(folder)
        template.prompt(_PROBE)
    except TemplateRefusalError as error:
        text = f"Its chat template cannot show a plain question: {error}."
        raise ModelRefusedError(text, _GIVE_TEMPLATE) from None
    except KeyError as error:
        text = f"config.json or tokenizer_config.json lacks {error}."
        raise ModelRefusedError(text) from None
    except BaseException as error:  # tokenizers panics with an own BaseException
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        text = str(error)[:200] or type(error).__name__
        raise ModelRefusedError(f"Tokenizer or chat template is unusable: {text}.") from None
    if not 0 < template.context_tokens < 2**31:
        raise ModelRefusedError("config.json gives a context length that cannot be.")
    return template


def _require_template(folder: Path) -> None:
    if (folder / files.TEMPLATE).is_file():
        files.read_small(folder, files.TEMPLATE)
        return
    settings = files.read_json(folder, files.TOKENIZER_CONFIG)
    if not isinstance(settings.get("chat_template"), str):
        text = "It has no chat template, so it is probably no chat model."
        raise ModelRefusedError(text, _GIVE_TEMPLATE)


def _require_vocabulary(
    template: ChatTemplate, tensors: Mapping[str, TensorInfo], shape: Shape | None
) -> None:
    """A token beyond the embedding would end the process that computes with it."""
    if shape is None:
        return  # the trial looks
    highest = max(template.tokenizer.get_vocab(with_added_tokens=True).values(), default=0)
    n_rows = tensors["model.embed_tokens.weight"].shape[0]
    if max(highest, template.pad_id, *template.end_ids, 0) >= n_rows:
        text = f"Its tokenizer knows token {highest}, but the network has {n_rows} only."
        raise ModelRefusedError(text)


def _notes(folder: Path, config: Mapping[str, Any]) -> list[str]:
    notes = []
    if "auto_map" in config or next(folder.glob("*.py"), None):
        notes.append("Python code that came with the model is ignored.")
    if next(folder.glob("*.bin"), None) or next(folder.glob("*.p[tk]*"), None):
        notes.append("Pickles beside the weights are ignored.")
    return notes


_GIVE_TEMPLATE = (
    "Give one that suits the model: tunedesk engine add-model FOLDER --chat-template FILE"
)
