"""The Data page: the rows, one row as a conversation, what is wrong, and the dataset in numbers."""
