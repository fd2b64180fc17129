"""Free chat with one to four models."""
