"""The call scripts of a soak: four of the same shape, told apart by their chords. Their calls make promises, too.

The last of them greets by name, with the plain voice; every other prompt is a recording.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.soaking.sounds import prompt, prompt_name
from server.speech.wav import marked

SCRIPTS = 4
VOICED = SCRIPTS - 1
PROMPTS = (
    ("ask", "您好，我是智能语音助手，周末有空吗？", 1200),
    ("day", "那星期六可以吗？", 1000),
    ("price", "三百块。", 1400),
    ("bye", "好的，再见！", 800),
    ("sorry", "打扰了，再见！", 800),
    ("still", "您还在吗？", 600),
)
"""What each is called in the script, its words, and how long its chord is; its place is its note."""
GREETING = '"{name}，您好，我是智能语音助手，周末有空吗？"'
TEMPLATE = """\
script: soak-{n}
goodbye: bye
variables:
  name: {{type: name, default: 您}}
  code: {{default: none}}
stages:
  ask:
    role: opening
    say: {ask}
    reprompt: {still}
    expect:
      - {{hear: affirm, do: {{tag: 有意, note: "代号 {{code}}"}}, go: day}}
      - {{press: "1", do: {{tag: 按键}}, go: day}}
  day:
    role: invitation
    say: {day}
    reprompt: {still}
    expect:
      - {{hear: affirm, accept: yes, do: {{sms: "代号 {{code}}，周六见。", tag: 已约}}, go: bye}}
      - {{press: "1", accept: yes, do: {{sms: "代号 {{code}}，周六见。"}}, go: bye}}
  bye: {{role: closing, say: {bye}, end: yes}}
  sorry: {{role: closing, say: {sorry}, end: yes}}
answers:
  - {{hear: ask_price, say: {price}}}
always:
  - {{hear: do_not_call, do: {{do_not_call: yes}}, go: sorry}}
  - {{hear: refuse, go: sorry}}
"""


def write_scripts(folder: Path) -> None:
    """Into an empty folder, with their recordings."""
    folder.mkdir(parents=True)
    for n in range(SCRIPTS):
        said = {}
        for note, (name, words, ms) in enumerate(PROMPTS):
            recording = prompt_name(n, note)
            (folder / recording).write_bytes(marked(prompt(n, note, ms), "chord", words))
            said[name] = f"{{text: {words}, audio: {recording}}}"
        if n == VOICED:
            said["ask"] = GREETING
        (folder / f"soak-{n}.yaml").write_text(TEMPLATE.format(n=n, **said), encoding="utf-8")
