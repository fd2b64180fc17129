"""The Guide: the way to a proven fine-tune, with the project's own figures."""
