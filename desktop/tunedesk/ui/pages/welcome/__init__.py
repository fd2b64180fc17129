"""The Welcome page: bring examples, start from a sample, or go on with a recent project."""
