"""Simulated callers: people as a table, who talk to a script offline, the same for the same seed."""
