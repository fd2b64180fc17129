"""`tunedesk check`: every rule over files, without a window."""
