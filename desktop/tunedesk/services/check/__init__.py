"""Looking at every row of a dataset, and keeping up with edits."""
