"""Ways in which the one request that costs money can go wrong."""

from __future__ import annotations

from tests.support.fake_provider.messages import Answer, Reply, Silence, refusal

FAILURES: dict[str, tuple[bool, Answer]] = {
    "no reply, nothing done": (False, Silence()),
    "no reply, done": (True, Silence()),
    "500, nothing done": (False, refusal(500, "Oops")),
    "502, done": (True, refusal(502, "Oops")),
    "408, nothing done": (False, refusal(408, "Slow")),
    "cut reply, done": (True, Reply(b'{"id": "ftj', cut_after_bytes=5)),
    "a page, done": (True, Reply(b"<html>", content_type="text/html")),
    "a page, nothing done": (False, Reply(b"<html>", content_type="text/html")),
}
"""By name: whether the job was made, and what comes back."""
