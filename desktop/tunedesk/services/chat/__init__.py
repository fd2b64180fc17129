"""Free conversations with one to four models."""
