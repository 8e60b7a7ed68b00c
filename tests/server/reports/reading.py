"""A page of a report as a reader gets it: its outline, its tables as texts, and whatever it would load."""

from __future__ import annotations

import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

LOADING = frozenset("src href srcset data action poster background xlink:href formaction".split())
"""Attributes that make a browser fetch something."""
ALONE = frozenset("meta link br img input hr".split())


class Reading(HTMLParser):
    """What stands in a page; every tag must be closed in its turn."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.headings: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.lang = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.loads += [value for name, value in found.items() if name in LOADING and not value.startswith("#")]
        self.loads += [value for name, value in found.items() if name == "style" and "url(" in value]
        self.handlers += [name for name in found if name.startswith("on")]
        self.lang = found.get("lang", "") if tag == "html" else self.lang
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag in ("h1", "h2", "h3"):
            self.headings.append("")
        if tag not in ALONE:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in ALONE:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1:] == [tag], f"</{tag}> closes {self._open[-3:]}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if {"td", "th"}.intersection(self._open):
            self.tables[-1][-1][-1] += data
        elif {"h1", "h2", "h3"}.intersection(self._open):
            self.headings[-1] += data

    @property
    def harmless(self) -> bool:
        """Nothing is loaded and nothing runs."""
        return (
            not self.loads and not self.handlers and not {"script", "iframe", "object", "embed", "link"} & {*self.tags}
        )


def browser(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What Chromium makes of a page; the test is skipped where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium here")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"]
    options += ["--disable-dev-shm-usage", "--no-first-run"]
    with TemporaryDirectory(ignore_cleanup_errors=True) as own:  # not that of a browser which is open here
        command = [program, *options, f"--user-data-dir={own}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)  # noqa: S603


def opened(file: Path) -> tuple[str, list[str]]:
    """The page as a browser has understood it, and what it complained about."""
    ran = browser("--dump-dom", file.as_uri())
    complaints = [line for line in ran.stderr.splitlines() if "CONSOLE" in line or "Refused" in line]
    return ran.stdout, complaints
