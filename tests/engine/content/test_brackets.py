"""Slips within brackets, as authors with a Chinese keyboard make them: one line each, and what was meant is read."""

from __future__ import annotations

import pytest

from tests.engine.content.test_mend import mended, problems

MEANT = [{"hear": "affirm", "say": "好的，稍等", "go": "bye"}]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{hear: affirm，say: 好的，稍等, go: bye}", "1:16: '，' is a full-width comma (write ',' and a space)"),
        ("{hear: affirm, say: 好的，稍等, go: bye｝", "1:37: '｝' is a full-width brace (write '}')"),
        ('{hear: affirm, say: "好的，稍等, go: bye}', "1:23: this quote is not closed (write \" before ', go: bye}')"),
        ("{hear: affirm, go: bye, say: '好的，稍等}", "1:32: this quote is not closed (write ' before '}')"),
        ("{hear: affirm say: 好的，稍等, go: bye}", "1:17: a comma is missing before 'say:' (write ', say: ')"),
    ],
)
def test_one_slip_is_one_line_and_the_rule_is_read(line: str, told: str) -> None:
    text = f"- {line}\n"
    assert problems(text) == [f"a.yaml:{told}"]
    assert mended(text) == MEANT


@pytest.mark.parametrize(("written", "meant"), [(">2", {"more_than": "2"}), (">= 2", {"at_least": "2"})])
def test_a_comparison_as_in_mathematics(written: str, meant: object) -> None:
    text = f"a: {{if: {{turns: {written}}}, go: bye}}\n"
    (told,) = problems(text)
    assert told.startswith(f"a.yaml:1:17: a comparison is not written with '{written[:-1].strip()}'")
    assert mended(text) == {"a": {"if": {"turns": meant}, "go": "bye"}}


def test_what_is_left_open_in_one_line_does_not_hide_the_others() -> None:
    text = '- {hear: affirm, say: "好的, go: bye}\n- {hear: refuse, say: "再见", go: bye}\n- {hear: [busy, go: bye}\n'
    assert problems(text) == [
        "a.yaml:1:23: this quote is not closed (write \" before ', go: bye}')",
        "a.yaml:3:10: this bracket is not closed (write ] before ', go: bye}')",
    ]
