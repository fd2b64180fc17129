"""The trainer: a child process, `python -m tunedesk.engine.training <job folder>`.

It reads `job.json` and the JSONL files beside it, appends to `events.jsonl`, and writes
`checkpoints/step-N` folders. It can be killed at any moment: it goes on from the last checkpoint.
"""
