from __future__ import annotations

from functools import cache

import pytest

from engine.calls.actions import Filled, Play
from engine.calls.events import Heard, Pressed
from engine.calls.log import Entry, Log, entry_line, header_line, read
from engine.dialogue.state import SlotValue
from engine.dialogue.step import LeadError
from engine.language.load import load_script
from engine.language.script import Script
from engine.trial.caller import Call, Dtmf, Say, Silence
from engine.trial.replay import fold, replay
from engine.trial.simulate import Simulated, simulate

SCRIPT = """
script: shop
goodbye: bye
variables:
  name: {type: name, default: 您}
  phone: {type: phone}
intents:
  affirm: {group: answers, phrases: [好的, 可以]}
  refuse: {group: answers, phrases: [不用了, 不需要]}
slots:
  contact: {type: words}
stages:
  offer:
    role: opening
    say: "{name}好，我是智能语音助手，周末有空吗？"
    expect:
      - {hear: affirm, go: number}
      - {hear: refuse, go: bye}
  number:
    role: discovery
    say: 还是打{phone}吗？
    fill: contact
    expect:
      - other: {say: "好的，记下{contact}了。", do: {sms: "见面请打{contact}"}, go: bye}
  bye: {role: closing, say: 再见！, end: yes}
"""


class Shelf:
    """A library of one script."""

    def __init__(self, text: str) -> None:
        self.texts = {"shop.yaml": text, "standard": "scheme: standard\nrules: [{id: D1, grade: D}]"}

    def read(self, path: str) -> bytes | str:
        return self.texts[path].encode()

    def beside(self, _file: str, path: str) -> str:
        return path

    def exists(self, path: str) -> bool:
        return path in self.texts

    def find(self, _folder: str, name: str, _file: str) -> str:
        return name if name in self.texts else ""

    def names(self, _folder: str, _file: str) -> list[str]:
        return []


@cache
def script(text: str = SCRIPT) -> Script:
    loaded, problems = load_script("shop.yaml", Shelf(text))
    assert loaded, problems
    return loaded


def play(*says: str, **variables: str) -> Simulated:
    return simulate(script(), Call("x1", vars=variables, steps=tuple(Say(text) for text in says)))


def recorded(played: Simulated) -> Log:
    """The call as its log file has it, numbers masked."""
    text = header_line(played.header) + "".join(map(entry_line, played.entries))
    return read(text.encode())


def replayed(played: Simulated, by: str = SCRIPT) -> object:
    log = recorded(played)
    return replay(script(by), log.header, log.entries)


def test_a_call_replays() -> None:
    assert replayed(play("好的", "我想想", name="王姐")) is None


def test_also_where_the_log_hides_a_number() -> None:
    played = play("好的", "打13800001234吧", phone="13900005678")
    assert any(isinstance(action, Filled) for entry in played.entries for action in entry.actions)
    assert "1234吧" in str(recorded(played))
    assert "13800001234" not in str(recorded(played))
    assert "13900005678" not in str(recorded(played))
    assert replayed(played) is None


def test_also_from_a_log_that_was_cut_off() -> None:
    played = play("好的")
    assert replay(script(), played.header, played.entries[:4]) is None


def test_an_unmasked_call_in_memory_replays_too() -> None:
    played = play("好的", "打13800001234吧", phone="13900005678")
    assert replay(script(), played.header, played.entries) is None


def test_another_prompt_is_the_first_divergence() -> None:
    played = play("好的", "不用了")
    divergence = replay(script(SCRIPT.replace("还是打", "要打")), played.header, played.entries)
    assert divergence
    where = next(entry for entry in played.entries if "还是打" in str(entry.actions))
    assert (divergence.seq, divergence.event) == (where.seq, where.event)
    assert (divergence.stage, divergence.prompt) == ("offer", "您好，我是智能语音助手，周末有空吗？")
    assert [action.text for action in divergence.recorded if isinstance(action, Play)] == ["还是打吗？"]
    assert [action.text for action in divergence.computed if isinstance(action, Play)] == ["要打吗？"]


def test_a_change_that_the_call_never_met_is_none() -> None:
    assert replayed(play("不用了"), SCRIPT.replace("还是打", "要打")) is None


def test_a_rule_that_only_moved_to_another_line_is_the_same() -> None:
    assert replayed(play("好的"), SCRIPT.replace("stages:", "# a remark\n\nstages:")) is None


def test_a_grammar_that_understands_less_diverges() -> None:
    assert replayed(play("可以"), SCRIPT.replace("[好的, 可以]", "[好的]"))


def test_a_tampered_log_diverges_at_the_step_that_was_changed() -> None:
    played = play("好的")
    entries = list(played.entries)
    at = next(seq for seq, entry in enumerate(entries) if len(entry.actions) > 1 and seq > 2)
    entries[at] = entries[at]._replace(actions=entries[at].actions[:-1])
    divergence = replay(script(), played.header, entries)
    assert divergence
    assert divergence.seq == at


def test_a_script_with_other_variables_does_not_take_the_call() -> None:
    with pytest.raises(LeadError, match="unknown variable 'name'"):
        replayed(play("好的", name="王"), SCRIPT.replace("name: {", "surname: {").replace("{name}", "{surname}"))


def test_the_fold_gives_back_the_state_at_the_end() -> None:
    played = simulate(script(), Call("x1", steps=(Silence(True), Say("好的"))))
    log = recorded(played)
    *_, (entry, state, _) = fold(script(), log.header, log.entries)
    assert entry.seq == played.entries[-1].seq
    assert state == played.state


def test_an_empty_log_replays() -> None:
    assert replay(script(), play().header, []) is None


def test_entries_are_compared_and_not_only_counted() -> None:
    played = play()
    assert replay(script(), played.header, [Entry(0, played.entries[0].event)])


# --- numbers keyed, and told in pieces --------------------------------------------------------------------------------

KEYED = SCRIPT.replace("{type: words}", "{type: digits}")


def keyed(digits: str) -> Simulated:
    return simulate(script(KEYED), Call("x1", steps=(Say("好的"), Dtmf(digits))))


def pressed(log: Log) -> str:
    return "".join(entry.event.digit for entry in log.entries if isinstance(entry.event, Pressed))


@pytest.mark.parametrize(
    ("digits", "written"),
    [("13800001234#", "138????????#"), ("1234#", "123?#"), ("12#", "12#"), ("1234567", "123????")],
)
def test_a_number_keyed_cannot_be_put_together_and_still_replays(digits: str, written: str) -> None:
    played = keyed(digits)
    assert played.state.slots.get("contact", SlotValue(digits, "")).value == digits.rstrip("#")
    log = recorded(played)
    assert pressed(log) == written
    assert replay(script(KEYED), log.header, log.entries) is None


def test_a_key_that_nobody_asked_for_is_not_written() -> None:
    log = recorded(simulate(script(KEYED), Call("x1", steps=(Dtmf("5"), Say("好的")))))
    assert pressed(log) == "?"
    assert replay(script(KEYED), log.header, log.entries) is None


@pytest.mark.parametrize("piece", ["零零零零", "幺二三四", "后面是5678", "12345"])
def test_a_piece_of_a_number_is_hidden_and_still_replays(piece: str) -> None:
    played = play("好的", piece)
    log = recorded(played)
    (said,) = [each.event.text for each in log.entries if isinstance(each.event, Heard)][1:]
    assert "***" in said
    assert replayed(played) is None
