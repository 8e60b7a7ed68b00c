"""Calls that nobody logged: from what was said on a recording to the log of a call."""
