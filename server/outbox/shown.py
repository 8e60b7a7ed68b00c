"""A message as people see it: what it is about, and no number in full."""

from __future__ import annotations

from datetime import datetime

from engine.calls.mask import mask
from server.outbox.message import parsed
from server.outbox.store import Row

_WORTH_SHOWING = ("to", "text", "at", "name", "reason", "grade", "disposition")


def shown(row: Row) -> dict[str, object]:
    """For programs."""
    about = {name: value for name, value in parsed(row.body).items() if name in _WORTH_SHOWING and value}
    next_try = {"next_try": moment(row.due_s)} if row.state == "pending" else {}
    return {
        "id": row.id,
        "type": row.type,
        "state": row.state,
        "tries": row.tries,
        **next_try,
        "why": mask(row.why),
        "about": {name: mask(str(value)) for name, value in about.items()},
    }


def line(row: Row) -> str:
    """For people."""
    told = shown(row)
    about = told["about"]
    said = " ".join(str(value) for value in about.values()) if isinstance(about, dict) else ""
    tries = f"  after {row.tries} tries" if row.tries > 1 else "  after one try" if row.tries else ""
    why = f": {told['why']}" if row.why else ""
    return f"{row.state:9}  {row.id}  {row.type}  {said}{tries}{why}".rstrip()


def moment(at_s: float) -> str:
    """RFC 3339, of the place where we are."""
    return datetime.fromtimestamp(at_s).astimezone().isoformat(timespec="seconds")
