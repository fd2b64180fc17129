"""Results: what the votes say, in one sentence with its interval."""
