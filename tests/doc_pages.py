"""The documentation, played: its files are written, its commands run, and what they print takes the place of what the
page says they print.

In a page, a fenced block is

    ```yaml title="garage.yaml"     a file
    ```yaml append="garage.yaml"    lines for the end of that file
    ```yaml from="garage.yaml"      a stage as it stands there
    ```diff title="garage.yaml"     a change to it; with `undone`, for the next console block only
    ```console                      commands (`$ huashu …`), each with what it prints; `you> ` is followed by what is
                                    typed, and `...` stands for lines left out

`python -m tests.doc_pages` writes the output anew where it differs; look at the difference before you keep it.
"""

from __future__ import annotations

import io
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from server.cli import app

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WRITTEN_BY_HAND = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted(DOCS.glob("*.md")),
    *sorted((DOCS / "howto").glob("*.md")),
    DOCS / "reference" / "gateway.md",
]
_BLOCK = re.compile(r"^```(?P<language>\w+)(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r'(title|append)="([\w./-]+)"')
_SOURCE = re.compile(r'from="([\w./-]+)"')


def pieces(page: str) -> Iterator[str]:
    """Blocks of YAML that belong to no file: pieces of a script."""
    for block in _BLOCK.finditer(page):
        if block["language"] == "yaml" and not _FILE.search(block["info"]):
            yield block["body"]


def play(page: str, folder: Path) -> str:
    """The page with the output that its commands have in this folder, which gets a copy of the shipped content."""
    for shipped in ("scripts", "grammars", "docs/examples"):
        shutil.copytree(ROOT / shipped, folder / shipped)
    with chdir(folder):
        return _BLOCK.sub(_Playing().block, page)


@dataclass
class _Playing:
    """A page in progress."""

    before: dict[Path, str] = field(default_factory=dict)
    """Files with a change that the next console block undoes, as they were."""

    def block(self, found: re.Match[str]) -> str:
        file = _FILE.search(found["info"])
        if found["language"] == "console":
            played = _console(found["body"])
            for path, text in self.before.items():
                path.write_text(text, encoding="utf-8")
            self.before.clear()
            return f"```console{found['info']}\n{played}```"
        if source := _SOURCE.search(found["info"]):
            return f"```yaml{found['info']}\n{_quoted(Path(source[1]), found['body'])}```"
        if file:
            path = Path(file[2])
            path.parent.mkdir(parents=True, exist_ok=True)
            old = path.read_text(encoding="utf-8") if path.exists() else ""
            if "undone" in found["info"]:
                self.before.setdefault(path, old)
            path.write_text(_new(found["language"], file[1], old, found["body"]), encoding="utf-8")
        return found[0]


def _quoted(source: Path, body: str) -> str:
    """The stage named in the second line of the block, as its file has it: up to the next empty line."""
    head, stage = body.splitlines(keepends=True)[:2]
    found = re.search(rf"^{re.escape(stage)}(?:.+\n)*", source.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"{source} has no stage {stage.strip()}"
    return head + found[0]


def _new(language: str, how: str, old: str, body: str) -> str:
    if language != "diff":
        return old + body if how == "append" else body
    lines = body.splitlines(keepends=True)
    gone = "".join(line[1:] for line in lines if line[0] in " -")
    come = "".join(line[1:] for line in lines if line[0] in " +")
    assert old.count(gone) == 1, f"the change does not fit the file exactly once:\n{body}"
    return old.replace(gone, come)


# --- commands --------------------------------------------------------------------------------------------------------


def _console(body: str) -> str:
    told = []
    for command, printed in re.findall(r"^\$ ([^\n]*)\n((?:(?!\$ )[^\n]*\n)*)", body, re.MULTILINE):
        typed = re.findall(r"^you> ?(.*)$", printed, re.MULTILINE)
        real = _run(command, typed)
        told.append(f"$ {command}\n{printed if _matches(printed, real) else _shortened(real, printed)}")
    return "".join(told)


def _matches(printed: str, real: str) -> bool:
    pattern = "".join(
        r"(?:.*\n)*?" if line == "...\n" else re.escape(line) for line in printed.splitlines(keepends=True)
    )
    return re.fullmatch(pattern, real) is not None


def _shortened(real: str, printed: str) -> str:
    """What was really printed, with lines left out where the page leaves them out, as far as their neighbours stand."""
    lines, kept = printed.splitlines(), real.splitlines()
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        if line == "..." and (before in kept or not before) and (after in kept or not after):
            start = kept.index(before) + 1 if before else 0
            kept[start : kept.index(after, start) if after in kept[start:] else len(kept)] = ["..."]
    return "".join(f"{line}\n" for line in kept)


class _Keyboard(io.StringIO):
    """What is typed, echoed as a terminal does."""

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:
        line = super().readline(-1 if size is None else size)
        sys.stdout.write(line)
        return line


def _run(command: str, typed: list[str]) -> str:
    """What the command prints, results and errors, in the order of printing."""
    name, *arguments = shlex.split(command)
    assert name == "huashu", f"only huashu can be played, not {command!r}"
    into = ""
    if arguments[-2:-1] == [">"]:
        *arguments, _, into = arguments
    printed, stdin = io.StringIO(), sys.stdin
    sys.stdin = _Keyboard("".join(f"{line}\n" for line in typed))
    try:
        with redirect_stdout(printed), redirect_stderr(printed):
            app.main(arguments, prog_name="huashu")
    except SystemExit:
        pass
    finally:
        sys.stdin = stdin
    if into:
        Path(into).write_text(printed.getvalue(), encoding="utf-8")
        return ""
    return "".join(f"{line.rstrip()}\n" for line in printed.getvalue().splitlines())


def main() -> None:
    for path in WRITTEN_BY_HAND:
        page = path.read_text(encoding="utf-8")
        with TemporaryDirectory() as folder:
            played = play(page, Path(folder))
        if played != page:
            path.write_text(played, encoding="utf-8")
            click.echo(f"{path.relative_to(ROOT)}: output written anew")


if __name__ == "__main__":
    main()
