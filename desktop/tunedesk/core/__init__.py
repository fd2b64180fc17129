"""What Tunedesk is, without a window: rows, checks, tokens, split, blind protocol, statistics."""
