"""What one token stands for: its text among others, and its bytes."""

from __future__ import annotations

import re

from tokenizers import Tokenizer

_UNKNOWN = "\ufffd"
_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")


class TokenTexts:
    """Looks tokens up, remembering what it found.

    A decoder may treat the first token of a text otherwise (it drops a leading space), so each
    is decoded behind an ordinary one.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._anchor: int = tokenizer.encode("a", add_special_tokens=False).ids[-1]
        self._n_anchor = len(tokenizer.decode([self._anchor]))
        self._texts: dict[int, str] = {}

    def text(self, token: int) -> str:
        """As it adds to a reply: empty for special tokens, U+FFFD for a part of a character."""
        found = self._texts.get(token)
        if found is None:
            found = self._tokenizer.decode([self._anchor, token])[self._n_anchor :]
            self._texts[token] = found
        return found

    def shown(self, token: int) -> str:
        """As OpenAI shows it in logprobs: escaped bytes where it is no whole text."""
        text = self._full(token)
        if _UNKNOWN not in text:
            return text
        return "".join(f"\\x{byte:02x}" for byte in self.bytes(token))

    def bytes(self, token: int) -> bytes:
        """The bytes it adds, also where they are only a part of a character."""
        text = self._full(token)
        if _UNKNOWN not in text:
            return text.encode()
        piece = self._tokenizer.id_to_token(token) or ""
        if byte := _BYTE.fullmatch(piece):
            return bytes([int(byte[1], 16)])
        table = _BYTE_OF
        return bytes(table[letter] for letter in piece if letter in table)

    def _full(self, token: int) -> str:
        """Like `text`, but special tokens have their own name."""
        return self.text(token) or (self._tokenizer.id_to_token(token) or "")


def _byte_letters() -> dict[str, int]:
    """Byte-level BPE writes each byte as a letter: itself if printable, else one from U+0100 on."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in plain]
    letters = {chr(byte): byte for byte in plain}
    return letters | {chr(0x100 + at): byte for at, byte in enumerate(rest)}


_BYTE_OF = _byte_letters()
