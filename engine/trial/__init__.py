"""Calls without a telephone: simulated, tested, replayed, compared, and searched for witnesses."""
