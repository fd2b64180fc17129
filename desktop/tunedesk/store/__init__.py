"""What lasts: the dataset file, the project ledger, settings and secrets."""
