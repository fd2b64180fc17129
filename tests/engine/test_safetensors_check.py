"""Faults E7: a mutated safetensors file is refused, or is truly sound."""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tunedesk.engine.safetensors_check import MAX_HEADER_BYTES, UnsoundFileError, read_header

N_MUTANTS = 10_000

# Opens each file as the workers do, and touches every tensor. Says which file it could not.
_LOADER = """
import sys
from safetensors import safe_open
for line in sys.stdin:
    path = line.rstrip("\\n")
    try:
        with safe_open(path, framework="np") as stream:
            n_bytes = sum(stream.get_tensor(name).nbytes for name in stream.keys())
        print("sound", n_bytes, flush=True)
    except BaseException as error:
        print("refused", type(error).__name__, flush=True)
"""


def _file(header: object, data: bytes) -> bytes:
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(raw)) + raw + data


def _header() -> dict[str, object]:
    return {
        "__metadata__": {"format": "pt"},
        "a.weight": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
        "b.weight": {"dtype": "F16", "shape": [4], "data_offsets": [24, 32]},
        "c.empty": {"dtype": "U8", "shape": [0, 7], "data_offsets": [32, 32]},
        "d.scalar": {"dtype": "I64", "shape": [], "data_offsets": [32, 40]},
    }


SOUND = _file(_header(), bytes(range(40)))


def _mutant(source: random.Random) -> bytes:
    """One to three random changes of a sound file's header, length or data."""
    data = bytearray(SOUND)
    for _ in range(source.randint(1, 3)):
        change = source.randrange(6)
        at = source.randrange(len(data) - 40)
        if change == 0:
            data[at] ^= 1 << source.randrange(8)
        elif change == 1:
            del data[at : at + source.randint(1, 5)]
        elif change == 2:
            data[at:at] = source.choice([b"0", b"9", b",", b"}", b" ", b'"', b"-", b"e9", b"\xff"])
        elif change == 3:
            digits = [i for i, byte in enumerate(data[8:-40], 8) if chr(byte).isdigit()]
            if digits:
                data[source.choice(digits)] = ord(source.choice("0123456789"))
        elif change == 4:
            data[:8] = struct.pack("<Q", source.choice([0, 1, 7, len(data), 2**63, 2**64 - 1]))
        else:
            data += bytes(source.randint(1, 9))
        if len(data) < 60:
            break
    return bytes(data)


def test_ten_thousand_mutants(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    source = random.Random(seed)
    passed: list[Path] = []
    for number in range(N_MUTANTS):
        path = tmp_path / f"{number}.safetensors"
        path.write_bytes(_mutant(source))
        try:
            read_header(path)
        except UnsoundFileError:
            path.unlink()
        except BaseException as error:
            pytest.fail(f"seed {seed}, mutant {number}: {type(error).__name__}: {error}")
        else:
            passed.append(path)
    done = subprocess.run(
        [sys.executable, "-c", _LOADER],
        input="".join(f"{path}\n" for path in passed),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"seed {seed}: the loader died: {done.stderr[-500:]}"
    said = done.stdout.split("\n")[:-1]
    assert len(said) == len(passed), f"seed {seed}"
    wrong = [p.name for p, line in zip(passed, said, strict=True) if not line.startswith("sound")]
    assert not wrong, f"seed {seed}: let through, but no loader reads {wrong[:5]}"
    assert 0 < len(passed) < N_MUTANTS / 2, f"seed {seed}: the mutants say little"


def test_a_sound_file_is_described(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(SOUND)
    tensors = read_header(path)
    assert [(name, info.dtype, info.shape) for name, info in tensors.items()] == [
        ("a.weight", "F32", (2, 3)),
        ("b.weight", "F16", (4,)),
        ("c.empty", "U8", (0, 7)),
        ("d.scalar", "I64", ()),
    ]


def _entry(**changes: object) -> dict[str, object]:
    return {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], **changes}


UNSOUND: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "shorter than a header"),
    "a pickle": (b"\x80\x04\x95\x20\x00\x00\x00\x00\x00\x00\x00\x8c", "larger than the file"),
    "huge header": (struct.pack("<Q", MAX_HEADER_BYTES + 1), "larger than the file or the limit"),
    "a list": (_file([], b""), "no JSON object"),
    "a name twice": (
        _file(b'{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{}}', b"1"),
        "twice",
    ),
    "deep": (_file(b'{"x":' + b"[" * 90_000 + b"]" * 90_000 + b"}", b""), "no sound JSON"),
    "endless number": (_file(b'{"x":' + b"9" * 9000 + b"}", b""), "no sound JSON"),
    "NaN": (_file(b'{"x": NaN}', b""), "NaN"),
    "foreign field": (_file({"x": _entry(code="x")}, bytes(8)), "foreign"),
    "other type": (_file({"x": _entry(dtype="PY")}, bytes(8)), "type"),
    "negative": (_file({"x": _entry(shape=[-2])}, bytes(8)), "below 0"),
    "minus nought": (
        _file(b'{"x":{"dtype":"U8","shape":[1],"data_offsets":[-0,1]}}', b"1"),
        "below 0",
    ),
    "true as size": (_file({"x": _entry(shape=[True, 2])}, bytes(8)), "whole numbers"),
    "too few bytes": (_file({"x": _entry(shape=[3])}, bytes(8)), "as many bytes"),
    "beyond the end": (_file({"x": _entry()}, bytes(7)), "overlap"),
    "left over": (_file({"x": _entry()}, bytes(9)), "overlap"),
    "on top of each other": (_file({"x": _entry(), "y": _entry()}, bytes(8)), "overlap"),
    "a gap": (_file({"x": _entry(data_offsets=[8, 16])}, bytes(16)), "overlap"),
    "metadata": (_file({"__metadata__": {"x": 1}}, b""), "metadata"),
}


@pytest.mark.parametrize("name", UNSOUND)
def test_unsound_files_are_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    data, reason = UNSOUND[name]
    path = tmp_path / "model.safetensors"
    path.write_bytes(data)
    with pytest.raises(UnsoundFileError, match=reason):
        read_header(path)
