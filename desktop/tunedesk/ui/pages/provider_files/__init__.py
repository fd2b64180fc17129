"""The page of what lies at a provider: its files, and deleting them."""
