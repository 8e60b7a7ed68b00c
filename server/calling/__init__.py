"""A test caller: the far end of a call, played against a running server in real time."""
