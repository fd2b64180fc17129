"""The Settings page: providers, appearance, data and privacy, about."""
