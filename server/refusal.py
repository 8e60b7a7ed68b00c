"""What the system says when it refuses a file or a connection, in words that end a sentence of ours."""

from __future__ import annotations

import os


def refusal(problem: OSError) -> str:
    """`No space left on device` as in `cannot write 'x': no space left on device`. An error that is not the system's,
    but was raised by a library or by us, is told in its own words; all of it on one line.
    """
    code = problem.errno or 0
    if code > 0 and type(problem).__module__ == "builtins":
        return os.strerror(code).lower()  # in its own words, asyncio says where it was refused in place of why
    said = " ".join((problem.strerror or str(problem) or "unknown error").split())
    return said if problem.errno is None else said.lower()
