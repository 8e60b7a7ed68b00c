"""What a recording is called as a call, and when that began: told by its name, else by when the file was written.

Systems write the number called into the names of their recordings. A log must not hold it, so it is masked there.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from engine.calls.mask import mask
from server.transcribing.places import Place

_TIME = re.compile(r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)[-_T .]?(\d\d)[-_.:h]?(\d\d)[-_.:m]?(\d\d)(?:\d{3})?(?!\d)")
_SECONDS = re.compile(r"(?<!\d)1[4-9]\d{8}(?!\d)")
"""Since 1970: how Asterisk begins a call's unique id."""
_ODD = re.compile(r"[^\w.-]+")
OF_THE_SERVER = "recording"
"""Our own recordings lie each in the folder of its call."""


def call_id_of(name: PurePosixPath) -> str:
    """By the name of the file, or of its folder where all files have one name."""
    stem = name.parent.name if name.stem == OF_THE_SERVER and name.parent.name else name.stem
    pieces, at = [], 0
    for time in sorted([*_TIME.finditer(stem), *_SECONDS.finditer(stem)], key=lambda found: found.start()):
        pieces += [mask(stem[at : time.start()]), time[0]]
        at = time.end()
    plain = "".join([*pieces, mask(stem[at:])])
    return _ODD.sub("_", plain.replace("*", "x")).strip("._") or "call"


def started_at(place: Place, length_ms: int, zone: ZoneInfo) -> tuple[str, str]:
    """RFC 3339, and where that is known from: `name`, `file` or nothing. A file is written when its call is over."""
    for found in _TIME.finditer(place.name.stem):
        try:
            return datetime(*map(int, found.groups()), tzinfo=zone).isoformat(), "name"  # type: ignore[arg-type,misc]
        except ValueError:
            continue
    if seconds := _SECONDS.search(place.name.stem):
        return datetime.fromtimestamp(int(seconds[0]), zone).isoformat(), "name"
    written = place.changed_at()
    if written is None:
        return datetime.fromtimestamp(0, zone).isoformat(), ""
    began = written - timedelta(milliseconds=length_ms)
    return began.astimezone(zone).isoformat(timespec="seconds"), "file"
