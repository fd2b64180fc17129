"""Counting tokens as a small open model does: by the tokenizer that lies beside its weights.

Estimating them by OpenAI's vocabulary is well enough for English. It is far off elsewhere: a Thai
row has some five times as many tokens in SmolLM2's vocabulary as in o200k_base.
"""

from __future__ import annotations

from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.core.tokens import TokenCounter


class ModelCounter(TokenCounter):
    """`tokenizer_file` is a Hugging Face tokenizer.json; reading it takes a tenth of a second.

    Raises TunedeskError("tokenizer_unusable") if it cannot be read, or the tokenizers package,
    which comes with the engine, is not there.
    """

    MESSAGE_TOKENS = 4  # ChatML: a mark, the role (counted), a line's end; a mark, a line's end

    def __init__(self, tokenizer_file: Path) -> None:
        try:
            from tokenizers import Tokenizer

            tokenizer = Tokenizer.from_file(str(tokenizer_file))
        except Exception as error:  # the library raises plain Exception for a damaged file
            raise TunedeskError(
                "tokenizer_unusable",
                "This model's tokens cannot be counted.",
                f"{tokenizer_file}: {error}.",
                "They are estimated instead; put the model's files back.",
            ) from error

        def encode(text: str) -> list[int]:
            readable = text.encode("utf-8", "replace").decode()  # it takes no lone surrogates
            return list(tokenizer.encode(readable, add_special_tokens=False).ids)

        self._encode = encode
        self._short = {}
