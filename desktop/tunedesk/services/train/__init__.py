"""A fine-tune: what it needs and costs, its start, and watching it."""
