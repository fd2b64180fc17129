"""Conversations and texts as tokens, as a model's own files have it.

Needs `tokenizers` and `jinja2` only, so that it serves the API process, the trainer and the
generator alike.
"""

from tunedesk.engine.template.chat import ChatTemplate
from tunedesk.engine.template.encoding import Encoded
from tunedesk.engine.template.renderer import TemplateRefusalError

__all__ = ["ChatTemplate", "Encoded", "TemplateRefusalError"]
