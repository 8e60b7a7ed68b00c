"""A conformance kit: the messages of each gateway, with their traps, played against any server."""
