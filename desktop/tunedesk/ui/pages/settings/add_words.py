"""What the engine does to take a model over, in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

_TAKING = "Taking "


def _tr(text: str) -> str:
    return QCoreApplication.translate("AddWords", text)


def step_words(text: str) -> str:
    """A step as `tunedesk engine add-model --json` names it; one that is not known as it is."""
    if text.startswith(_TAKING):
        return _tr("Taking {file}").format(file=text.removeprefix(_TAKING))
    known = {
        "Reading the GGUF file": _tr("Reading the GGUF file"),
        "Converting the weights to safetensors, once": _tr(
            "Converting the weights to safetensors, once"
        ),
        "Reading the tokenizer with transformers": _tr("Reading the tokenizer with transformers"),
        "Reading the weights with transformers": _tr("Reading the weights with transformers"),
        "Checking the model": _tr("Checking the model"),
        "Trying the model with transformers": _tr("Trying the model with transformers"),
    }
    return known.get(text, text)
