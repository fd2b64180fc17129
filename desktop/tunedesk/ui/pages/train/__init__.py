"""The Train page: the jobs, and one job from its check to its model."""
