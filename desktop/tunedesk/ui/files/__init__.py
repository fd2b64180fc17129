"""Files in and out of a project: import, export, recovery, backups, and the datasets' list."""
