"""The generator: a child process, `python -m tunedesk.engine.generation`, that holds the weights.

It reads requests as JSON lines from stdin and answers with JSON lines on stdout, several requests
at once. torch lives here, never in the API process.
"""
