"""Measurements against other libraries, and the labelled sentences of the scorecard."""
