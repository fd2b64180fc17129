"""From a request to its tokens, on a thread of its own: a long prompt keeps nobody waiting."""

from __future__ import annotations

from pathlib import Path

import msgspec

from tunedesk.engine.generation.protocol import Refused, Start
from tunedesk.engine.generation.token_texts import TokenTexts
from tunedesk.engine.template import ChatTemplate, TemplateRefusalError
from tunedesk.engine.template_cache import TemplateCache


class Lexicon:
    """Chat template and token texts of one base."""

    def __init__(self, template: ChatTemplate) -> None:
        self.template = template
        self.texts = TokenTexts(template.tokenizer)


class Prompt(msgspec.Struct, frozen=True, eq=False):
    """A sound request, ready to be answered."""

    order: Start
    tokens: list[int]
    lexicon: Lexicon

    @property
    def base_folder(self) -> str:
        """The base it is for."""
        return self.order.base_folder

    @property
    def most_new_tokens(self) -> int:
        """How long each reply may become: what was asked for, or up to the context's end."""
        left = self.lexicon.template.context_tokens - len(self.tokens)
        wanted = self.order.max_tokens
        return left if wanted is None else min(left, wanted)

    @property
    def room_tokens(self) -> int:
        """What all its choices together may come to hold."""
        return self.order.n * (len(self.tokens) + self.most_new_tokens)


class PromptMaker:
    """Keeps the lexicon of the base asked last."""

    def __init__(self) -> None:
        self._templates = TemplateCache()
        self._lexicon: Lexicon | None = None

    def make(self, order: Start) -> Prompt | Refused:
        """The prompt, or the refusal that says what is wrong with the request."""
        try:
            lexicon = self._lexicon_of(order.base_folder)
            tokens = lexicon.template.prompt(order.messages, order.tools)
        except TemplateRefusalError as error:
            return Refused(id=order.id, status=400, message=str(error), param="messages")
        except Exception as error:
            return own_fault(order.id, error)
        tokens += lexicon.template.tokenizer.encode(order.opening, add_special_tokens=False).ids
        prompt = Prompt(order, tokens, lexicon)
        return _unfit(prompt) or prompt

    def _lexicon_of(self, base_folder: str) -> Lexicon:
        template = self._templates.get(Path(base_folder))
        if self._lexicon is None or self._lexicon.template is not template:
            self._lexicon = Lexicon(template)
        return self._lexicon


def own_fault(request_id: str, error: Exception) -> Refused:
    """What is said where the request is not to blame."""
    text = f"The model could not answer: {type(error).__name__}: {error}"
    return Refused(id=request_id, status=500, message=text, code="generation_failed")


def _unfit(prompt: Prompt) -> Refused | None:
    order = prompt.order
    if prompt.most_new_tokens < 1:
        limit = prompt.lexicon.template.context_tokens
        text = f"This model's maximum context length is {limit} tokens. However, your messages"
        text += f" resulted in {len(prompt.tokens)} tokens. Please reduce the length of the"
        text += " messages."
        code = "context_length_exceeded"
        return Refused(id=order.id, status=400, message=text, code=code, param="messages")
    n_tokens = prompt.lexicon.template.tokenizer.get_vocab_size()
    unknown = [token for token in order.sampling.logit_bias if not 0 <= token < n_tokens]
    if unknown:
        text = f"Invalid key in 'logit_bias': {unknown[0]}. This model's token ids go from 0 to"
        text += f" {n_tokens - 1}."
        return Refused(id=order.id, status=400, message=text, param="logit_bias")
    return None
