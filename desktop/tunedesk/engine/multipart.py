"""Reads a multipart upload without ever holding it in memory: the file part goes to disk."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from tunedesk.engine.wire import ApiError, disk_error

_MAX_FIELD_BYTES = 64 * 1024
_MAX_PARTS = 32

# What is wrong with a body is said to who sent it, not to the terminal.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


class Upload:
    """What came: the plain fields, the file's name (None: no file part), and whether to the end."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.filename: str | None = None
        self.is_whole = False


class _Reader:
    """Callbacks of the parser. `field` receives the part named so as a file."""

    def __init__(self, field: str, sink: BinaryIO) -> None:
        self.upload = Upload()
        self._field = field
        self._sink = sink
        self._header_name = b""
        self._header_value = b""
        self._name = ""
        self._value = b""
        self._is_file = False
        self._n_parts = 0

    def on_part_begin(self) -> None:
        self._n_parts += 1
        if self._n_parts > _MAX_PARTS:
            raise ApiError(400, "Too many parts in the request.")
        self._name, self._value, self._is_file = "", b"", False

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def on_header_end(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            _, options = parse_options_header(self._header_value)
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
            self._is_file = self._name == self._field
            if self._is_file:
                if self.upload.filename is not None:
                    text = f"Send one '{self._field}', not several."
                    raise ApiError(400, text, param=self._field)
                self.upload.filename = options.get(b"filename", b"").decode("utf-8", "replace")
        self._header_name, self._header_value = b"", b""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._sink.write(data[start:end])
            return
        self._value += data[start:end]
        if len(self._value) > _MAX_FIELD_BYTES:
            raise ApiError(400, f"The field is too long: {self._name}", param=self._name)

    def on_part_end(self) -> None:
        if not self._is_file:
            self.upload.fields[self._name] = self._value.decode("utf-8", "replace")

    def on_end(self) -> None:
        self.upload.is_whole = True


async def receive(
    content_type: str, body: AsyncIterator[bytes], path: Path, *, field: str = "file"
) -> Upload:
    """Streams the part called `field` into `path`; the rest is returned.

    Raises ApiError 400 for anything that is not sound multipart/form-data to its end, 507 if the
    disk does not take it. On failure the caller removes `path`.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise ApiError(400, "Expected a multipart/form-data body with a boundary.")
    try:
        with path.open("xb") as sink:
            upload = await _read(boundary, body, _Reader(field, sink))
    except OSError as error:
        raise disk_error(error, "The file") from error
    if not upload.is_whole:
        raise ApiError(400, "The multipart body ends too early; send it again.", param=field)
    return upload


async def _read(boundary: bytes, body: AsyncIterator[bytes], reader: _Reader) -> Upload:
    names = [name for name in dir(reader) if name.startswith("on_")]
    parser = MultipartParser(boundary, {name: getattr(reader, name) for name in names})  # type: ignore[arg-type]
    try:
        async for chunk in body:
            parser.write(chunk)
        parser.finalize()
    except MultipartParseError as error:
        raise ApiError(400, f"The multipart body is damaged: {error}") from None
    return reader.upload
