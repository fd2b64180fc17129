"""What the Guide reads of a project, and what it keeps there."""
