"""Is this text the beginning of one JSON object? A state machine, a character at a time (RFC 8259).

A state never changes: feeding it gives another one, so that a token can be tried out and left.
"""

from __future__ import annotations

import msgspec

_BLANKS = " \t\n\r"
_HEX = "0123456789abcdefABCDEF"
_WORDS = {"t": "rue", "f": "alse", "n": "ull"}
# Inside a number: which characters lead where. Keys that may also end the number: _WHOLE.
_NUMBER = {
    "-": {"0": "0", "123456789": "1"},
    "0": {".": ".", "eE": "e"},
    "1": {"0123456789": "1", ".": ".", "eE": "e"},
    ".": {"0123456789": "f"},
    "f": {"0123456789": "f", "eE": "e"},
    "e": {"0123456789": "x", "+-": "s"},
    "s": {"0123456789": "x"},
    "x": {"0123456789": "x"},
}
_WHOLE = "01fx"


class JsonPrefix(msgspec.Struct, frozen=True):
    """A place in an object. `opened` holds the brackets that are open, outermost first.

    Every state can be completed: what is accepted is always the beginning of some JSON object.
    """

    opened: str = ""
    mode: str = "object"
    # What is left of `true`, `false`, `null` or of a \\u escape; a key or a value; a number's part.
    detail: str = ""

    @property
    def is_over(self) -> bool:
        """True once the object is closed; only blanks may follow."""
        return self.mode == "over"

    @property
    def in_text(self) -> bool:
        """True inside a string, where blanks mean something."""
        return self.mode in ("text", "escape", "hex")

    def feed(self, text: str) -> JsonPrefix | None:
        """The state behind `text`; None where no JSON object goes on like that."""
        state: JsonPrefix | None = self
        for character in text:
            if state is None:
                return None
            state = state._step(character)
        return state

    def _step(self, character: str) -> JsonPrefix | None:
        if self.in_text:
            return self._in_text(character)
        if self.mode == "number":
            return self._in_number(character)
        if self.mode == "word":
            return self._in_word(character)
        return self if character in _BLANKS else self._between(character)

    def _in_text(self, character: str) -> JsonPrefix | None:
        if self.mode == "escape":
            return self._escaped(character)
        if self.mode == "hex":
            left = self.detail[1:]
            mode = "hex" if len(left) > 1 else "text"
            return self._at(mode, left) if character in _HEX else None
        if character == "\\":
            return self._at("escape", self.detail)
        if character == '"':
            return self._at("colon" if self.detail == "k" else "after")
        return None if character < " " else self

    def _escaped(self, character: str) -> JsonPrefix | None:
        if character == "u":
            return self._at("hex", "xxxx" + self.detail)
        return self._at("text", self.detail) if character in '"\\/bfnrt' else None

    def _in_number(self, character: str) -> JsonPrefix | None:
        for characters, part in _NUMBER[self.detail].items():
            if character in characters:
                return self._at("number", part)
        return self._at("after")._step(character) if self.detail in _WHOLE else None

    def _in_word(self, character: str) -> JsonPrefix | None:
        if character != self.detail[0]:
            return None
        return self._at("word", self.detail[1:]) if len(self.detail) > 1 else self._at("after")

    def _between(self, character: str) -> JsonPrefix | None:
        if self.mode == "object":
            return JsonPrefix("{", "name") if character == "{" else None
        if self.mode == "colon":
            return self._at("value") if character == ":" else None
        if self.mode in ("name", "next name"):
            return self._name(character)
        if self.mode == "after":
            return self._after(character)
        if self.mode == "item" and character == "]":
            return self._closed()
        return self._value(character) if self.mode in ("item", "value") else None

    def _name(self, character: str) -> JsonPrefix | None:
        if character == "}" and self.mode == "name":
            return self._closed()
        return self._at("text", "k") if character == '"' else None

    def _after(self, character: str) -> JsonPrefix | None:
        if character == ",":
            return self._at("value" if self.opened[-1] == "[" else "next name")
        return self._closed() if self.opened[-1] + character in ("{}", "[]") else None

    def _value(self, character: str) -> JsonPrefix | None:
        if character in "{[":
            return JsonPrefix(self.opened + character, "name" if character == "{" else "item")
        if character == '"':
            return self._at("text", "v")
        if character in _WORDS:
            return self._at("word", _WORDS[character])
        if character in "-0":
            return self._at("number", character)
        return self._at("number", "1") if character in "123456789" else None

    def _closed(self) -> JsonPrefix:
        left = self.opened[:-1]
        return JsonPrefix(left, "after" if left else "over")

    def _at(self, mode: str, detail: str = "") -> JsonPrefix:
        return JsonPrefix(self.opened, mode, detail)
