"""An open dataset: its rows, what is known and noted of them, edits and searches."""
