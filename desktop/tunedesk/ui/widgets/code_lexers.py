"""Pygments' lexers, kept: the first of a language takes some 30 ms to import and to build."""

from __future__ import annotations

from functools import cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

_USUAL = ("python", "json", "bash", "javascript")


@cache
def lexer_of(language: str) -> Lexer | None:
    """Of what a fence names; None where nobody knows it."""
    try:
        return get_lexer_by_name(language)
    except ClassNotFound:
        return None


def load_usual() -> None:
    """Those that most answers with code need; in any thread, before the first one comes."""
    for language in _USUAL:
        lexer = lexer_of(language)
        if lexer is not None:
            list(lexer.get_tokens("x"))
