"""What a model folder says of its tokens: limits, special tokens, end tokens, chat template."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from tokenizers import Tokenizer

_CONTEXT_KEYS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length")
_FALLBACK_CONTEXT_TOKENS = 2048
_TOKEN_NAMES = ("bos_token", "eos_token", "pad_token", "unk_token")


class TokenFacts(msgspec.Struct, frozen=True, kw_only=True):
    """`names` are texts of special tokens by name, `end_ids` the tokens that end a reply."""

    context_tokens: int
    names: dict[str, str]
    end_ids: frozenset[int]
    pad_id: int
    template: str | None


def read_facts(folder: Path, tokenizer: Tokenizer) -> TokenFacts:
    """Raises OSError or ValueError if the folder lacks or garbles its files."""
    settings = _load(folder / "tokenizer_config.json")
    config = _load(folder / "config.json")
    names = {name: _token_text(settings.get(name)) for name in _TOKEN_NAMES}
    end_ids = _end_ids(folder, config, tokenizer.token_to_id(names["eos_token"]))
    return TokenFacts(
        context_tokens=_context_tokens(config),
        names=names,
        end_ids=end_ids,
        pad_id=_pad_id(config, tokenizer.token_to_id(names["pad_token"]), end_ids),
        template=_template_text(folder, settings),
    )


def _context_tokens(config: Mapping[str, Any]) -> int:
    inner = config.get("text_config")
    for source in (config, inner if isinstance(inner, dict) else {}):
        for key in _CONTEXT_KEYS:
            if isinstance(source.get(key), int):
                return int(source[key])
    return _FALLBACK_CONTEXT_TOKENS


def _end_ids(folder: Path, config: Mapping[str, Any], eos_id: int | None) -> frozenset[int]:
    """Of the model and of its tokenizer; generation_config.json may add some."""
    path = folder / "generation_config.json"
    extra = _load(path) if path.is_file() else {}
    values = [config.get("eos_token_id"), extra.get("eos_token_id"), eos_id]
    return frozenset(found for value in values for found in _ids(value))


def _ids(value: object) -> Iterator[int]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, int):
            yield item


def _pad_id(config: Mapping[str, Any], named_id: int | None, end_ids: frozenset[int]) -> int:
    own = next(_ids(config.get("pad_token_id")), named_id)
    return own if own is not None else min(end_ids, default=0)


def _template_text(folder: Path, settings: Mapping[str, Any]) -> str | None:
    """The chat template; of several named ones "default". None where there is none."""
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    found = settings.get("chat_template")
    if isinstance(found, list):
        named = {item.get("name"): item.get("template") for item in found if isinstance(item, dict)}
        found = named.get("default")
    return found if isinstance(found, str) else None


def _token_text(value: object) -> str:
    return str(value["content"]) if isinstance(value, dict) else str(value or "")


def _load(path: Path) -> dict[str, Any]:
    value = json.loads(path.read_bytes())
    if not isinstance(value, dict):
        raise ValueError(f"{path} holds no JSON object")
    return value
