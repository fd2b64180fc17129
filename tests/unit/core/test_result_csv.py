"""Result files as providers really send them."""

from __future__ import annotations

import base64

from tunedesk.core.result_csv import read_results

PLAIN = (
    b"step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy\n"
    b"1,3.5,0.4,,\n2,2.5,0.5,2.9,0.45\n"
)
READ = [
    {"step": 1.0, "train_loss": 3.5, "train_mean_token_accuracy": 0.4},
    {
        "step": 2.0,
        "train_loss": 2.5,
        "train_mean_token_accuracy": 0.5,
        "valid_loss": 2.9,
        "valid_mean_token_accuracy": 0.45,
    },
]


def test_a_plain_file_is_read_by_its_header() -> None:
    assert read_results(PLAIN) == READ


def test_a_file_in_base64_is_decoded_first() -> None:
    assert read_results(base64.b64encode(PLAIN)) == READ
    assert read_results(base64.encodebytes(PLAIN)) == READ


def test_other_columns_and_line_ends() -> None:
    content = b"\xef\xbb\xbfstep,train_mean_reward\r\n10,0.42\r\n"
    assert read_results(content) == [{"step": 10.0, "train_mean_reward": 0.42}]


def test_what_is_no_result_file_gives_nothing() -> None:
    for content in (b"", b"hello", b"<html>,</html>\nx", b"step,loss\nnan,1\n,2\n", b"\xff\xfe,"):
        assert read_results(content) == []
