"""Model folders with chat templates of other families, on the tokenizer of the shipped model.

The templates are our own, small, and have one family's habit each.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import Metaspace

from tests.support.engine import MODEL_ID, models_folder

# Knows tools, as Qwen2.5 does: calls and results in marks, results as user turns.
KNOWS_TOOLS = """
{%- if tools %}{{ '<|im_start|>system\\n' }}
{%- if messages[0].role == 'system' %}{{ messages[0].content + '\\n\\n' }}{% endif %}
{{- 'Tools:' }}{% for tool in tools %}{{ '\\n' + (tool | tojson) }}{% endfor %}{{ '<|im_end|>\\n' }}
{%- elif messages[0].role == 'system' %}
{{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
{%- if message.role == 'user' or (message.role == 'assistant' and not message.tool_calls) %}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- elif message.role == 'assistant' %}
{{- '<|im_start|>assistant' }}{% if message.content %}{{ '\\n' + message.content }}{% endif %}
{%- for call in message.tool_calls %}
{{- '\\n<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}
{{- call.function.arguments | tojson }}{{ '}\\n</tool_call>' }}
{%- endfor %}{{ '<|im_end|>\\n' }}
{%- elif message.role == 'tool' %}
{%- if loop.first or messages[loop.index0 - 1].role != 'tool' %}{{ '<|im_start|>user' }}{% endif %}
{{- '\\n<tool_response>\\n' + message.content + '\\n</tool_response>' }}
{%- if loop.last or messages[loop.index0 + 1].role != 'tool' %}{{ '<|im_end|>\\n' }}{% endif %}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
"""

# Wants the arguments as text and null content beside a call.
WANTS_TEXT = KNOWS_TOOLS.replace(
    "{{- call.function.arguments | tojson }}", "{{- '' + call.function.arguments }}"
).replace("{% if message.content %}", "{% if message.content is not none %}")

# Opens the whole with a token and strips each text, as Llama 3 does.
STRIPS = """
{{- bos_token }}
{%- for message in messages %}
{{- '<|im_start|>' + message['role'] + '\\n\\n' + message['content'] | trim + '<|im_end|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n\\n' }}{% endif %}
"""

# Has no system role and calls the assistant otherwise, as Gemma does.
NO_SYSTEM = """
{%- for message in messages %}
{%- if message.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}
{{- raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}
{%- endif %}
{%- set role = 'model' if message.role == 'assistant' else message.role %}
{{- '<|im_start|>' + role + '\\n' + message.content | trim + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>model\\n' }}{% endif %}
"""

# Has no words before an answer, and says the system text within the last question, as Mistral.
NO_OPENING = """
{%- if messages[0].role == 'system' %}
{%- set system = messages[0].content %}{% set said = messages[1:] %}
{%- else %}{% set said = messages %}{% endif %}
{%- for message in said %}
{%- if message.role == 'user' %}
{{- '[INST] ' }}{% if loop.last or (loop.index == loop.length - 1 and said[-1].role != 'user') %}
{%- if system is defined %}{{ system + '\\n\\n' }}{% endif %}{% endif %}
{{- message.content + ' [/INST]' }}
{%- elif message.role == 'assistant' %}{{ ' ' + message.content | trim + eos_token }}
{%- else %}{{ raise_exception('Only user and assistant roles are supported') }}{% endif %}
{%- endfor %}
"""

# Ends the whole with one more token, and every turn with another, as Phi-3 does.
ENDS_TWICE = """
{%- for message in messages %}
{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% else %}{{ '<|endoftext|>' }}
{%- endif %}
"""

# Drops the thoughts of earlier answers and gives the last one an empty thought, as Qwen3 does.
DROPS_THOUGHTS = """
{%- for message in messages %}
{%- set content = message.content %}
{%- if message.role == 'assistant' and '</think>' in content %}
{%- if not loop.last %}{% set content = content.split('</think>')[-1] %}{% endif %}
{%- elif message.role == 'assistant' and loop.last %}
{%- set content = '<think></think>\\n' + content %}
{%- endif %}
{{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
"""

# Plain words, and no token at the end of a turn.
NO_END = """
{%- for message in messages %}
{{- '### ' + message.role + ':\\n' + message.content + '\\n\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '### assistant:\\n' }}{% endif %}
"""

# Marks what an assistant says, for trainers that read such marks.
MARKS_ANSWERS = """
{%- for message in messages %}{{ '<|im_start|>' + message.role + '\\n' }}
{%- if message.role == 'assistant' %}{% generation %}{{ message.content + '<|im_end|>' }}
{%- endgeneration %}{% else %}{{ message.content + '<|im_end|>' }}{% endif %}{{ '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
"""

BY_NAME = {
    "knows tools": KNOWS_TOOLS,
    "wants text": WANTS_TEXT,
    "strips": STRIPS,
    "no system": NO_SYSTEM,
    "no opening": NO_OPENING,
    "ends twice": ENDS_TWICE,
    "drops thoughts": DROPS_THOUGHTS,
    "no end": NO_END,
    "marks answers": MARKS_ANSWERS,
}


def model_folder(folder: Path, template: str | None, **config: Any) -> Path:
    """Makes `folder` with the shipped model's tokenizer and another chat template, no weights."""
    source = models_folder() / MODEL_ID
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / "tokenizer.json", folder / "tokenizer.json")
    _write_json(folder / "config.json", _read_json(source / "config.json") | config)
    settings = _read_json(source / "tokenizer_config.json")
    settings.pop("chat_template")
    if template is not None:
        settings["chat_template"] = template
    _write_json(folder / "tokenizer_config.json", settings)
    return folder


def use_spaced_tokenizer(folder: Path) -> None:
    """A tokenizer that puts a space before each text, as Llama 2's did."""
    letters = {chr(code): code - 32 for code in range(33, 127)} | {"\u2581": 95, "\n": 96, "?": 31}
    tokenizer = Tokenizer(BPE(vocab={**letters, "\u2581y": 97}, merges=[("\u2581", "y")]))
    tokenizer.pre_tokenizer = Metaspace(prepend_scheme="always", split=False)
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in specials])
    tokenizer.save(str(folder / "tokenizer.json"))


def _read_json(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_bytes())
    return value


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")
