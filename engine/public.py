"""The names that programs which embed the engine hold on to; `engine` hands them out on first use."""

from __future__ import annotations

from engine.calls import actions, events
from engine.calls.log import Entry, Header, Log, LogError, entry_line, header_line
from engine.calls.log import read as read_log
from engine.content.source import Mark, Problem
from engine.dialogue.state import State
from engine.dialogue.step import LeadError, begin, step
from engine.grading.facts import Facts
from engine.grading.grade import Grade, grade
from engine.language.draw import mermaid
from engine.language.load import Library, load_script
from engine.language.script import Script
from engine.trial.caller import parse_call
from engine.trial.replay import Divergence, replay
from engine.trial.simulate import simulate

__all__ = [
    "Divergence",
    "Entry",
    "Facts",
    "Grade",
    "Header",
    "LeadError",
    "Library",
    "Log",
    "LogError",
    "Mark",
    "Problem",
    "Script",
    "State",
    "actions",
    "begin",
    "entry_line",
    "events",
    "grade",
    "header_line",
    "load_script",
    "mermaid",
    "parse_call",
    "read_log",
    "replay",
    "simulate",
    "step",
]
