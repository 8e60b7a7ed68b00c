from __future__ import annotations

import errno
import os
from pathlib import Path
from ssl import SSLError

import pytest

from server.refusal import refusal


def test_the_words_of_the_system_go_on_with_our_sentence(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="directory") as met:
        tmp_path.read_bytes()
    assert refusal(met.value) == "is a directory"


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no space left on device"),
        (OSError(errno.ECONNREFUSED, "Connect call failed ('127.0.0.1', 9)"), "connection refused"),
        (SSLError(1, "[SSL] Unknown CA"), "[ssl] unknown ca"),
        (OSError("CA1 is\nno log"), "CA1 is no log"),  # of ours, or of a library
        (OSError(None, "CA1/lead.json cannot be read"), "CA1/lead.json cannot be read"),
        (OSError(), "unknown error"),
        (ConnectionResetError(), "unknown error"),
    ],
)
def test_an_error_of_our_own_keeps_its_words(problem: OSError, told: str) -> None:
    assert refusal(problem) == told
