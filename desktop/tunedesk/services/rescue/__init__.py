"""Saving all of a provider's fine-tuning before it ends, and taking it into a project."""
