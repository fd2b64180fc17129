"""A `tokenizer.json` as the fields of a GGUF file: tokens, merges, types, template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tunedesk.engine import model_files as files
from tunedesk.engine.model_files import ModelRefusedError

_NORMAL, _CONTROL, _TYPED, _UNUSED = 1, 3, 4, 5  # llama.cpp's token types
# How a text is cut before byte pairs are merged; llama.cpp knows each way by a name only. A text
# of the expression tells them apart.
_BY_EXPRESSION = {
    r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*": "llama-bpe",
    r"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*": "qwen2",
}


def add_tokenizer(writer: Any, base: Path) -> None:
    """Raises ModelRefusedError for a tokenizer that has no name in llama.cpp known here."""
    value = files.read_json(base, files.TOKENIZER)
    config = files.read_json(base, files.CONFIG)
    settings = files.read_json(base, files.TOKENIZER_CONFIG)
    tokens, types = _tokens(value, int(config["vocab_size"]))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(_pre_tokenizer(value))
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_token_merges(_merges(value))
    _add_special_ids(writer, config, settings, {text: at for at, text in enumerate(tokens)})
    writer.add_add_bos_token(False)  # the chat template writes it where it belongs
    if template := _template(base, settings):
        writer.add_chat_template(template)


def _tokens(value: Mapping[str, Any], n_rows: int) -> tuple[list[str], list[int]]:
    """One for each row of the embedding; rows without a token get a name that cannot occur."""
    if value.get("model", {}).get("type") != "BPE" or value["model"].get("byte_fallback"):
        raise _refused("it is no byte-level BPE")
    tokens = [f"[PAD{at}]" for at in range(n_rows)]
    types = [_UNUSED] * n_rows
    for text, at in value["model"]["vocab"].items():
        tokens[at], types[at] = text, _NORMAL
    for added in value.get("added_tokens", []):
        tokens[added["id"]] = added["content"]
        types[added["id"]] = _CONTROL if added.get("special") else _TYPED
    return tokens, types


def _merges(value: Mapping[str, Any]) -> list[str]:
    merges: Sequence[Any] = value["model"]["merges"]
    return [merge if isinstance(merge, str) else " ".join(merge) for merge in merges]


def _pre_tokenizer(value: Mapping[str, Any]) -> str:
    outer = value.get("pre_tokenizer") or {}
    steps = outer.get("pretokenizers", [outer])
    kinds = [step.get("type") for step in steps]
    if kinds == ["Digits", "ByteLevel"] and steps[0].get("individual_digits"):
        return "smollm"
    if kinds == ["ByteLevel"]:
        return "gpt-2"
    if kinds == ["Split", "ByteLevel"]:
        expression = str((steps[0].get("pattern") or {}).get("Regex", ""))
        for known, name in _BY_EXPRESSION.items():
            if f"|{known}|" in expression:
                return name
    raise _refused("it cuts texts in a way that has no name here")


def _add_special_ids(
    writer: Any, config: Mapping[str, Any], settings: Mapping[str, Any], ids: Mapping[str, int]
) -> None:
    adders = {
        "bos": writer.add_bos_token_id,
        "eos": writer.add_eos_token_id,
        "pad": writer.add_pad_token_id,
        "unk": writer.add_unk_token_id,
    }
    for name, add in adders.items():
        text = settings.get(f"{name}_token")
        plain = text.get("content") if isinstance(text, dict) else text
        found = ids.get(plain) if isinstance(plain, str) else None
        number = found if found is not None else config.get(f"{name}_token_id")
        if isinstance(number, list):
            number = number[0] if number else None
        if number is not None:
            add(number)


def _template(base: Path, settings: Mapping[str, Any]) -> str | None:
    if (base / files.TEMPLATE).is_file():
        return files.read_small(base, files.TEMPLATE).decode()
    text = settings.get("chat_template")
    return text if isinstance(text, str) else None


def _refused(why: str) -> ModelRefusedError:
    return ModelRefusedError(
        f"The tokenizer of this model cannot be written as GGUF here: {why}.",
        "Export it merged, then use llama.cpp's own converter.",
    )
