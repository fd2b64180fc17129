"""What the Guide knows: whether to fine-tune, and how far a project is on the way. No words."""
