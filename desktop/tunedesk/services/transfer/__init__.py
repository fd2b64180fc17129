"""Datasets from other formats, and into them."""
