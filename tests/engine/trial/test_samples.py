from engine.trial.samples import sample_values
from tests.engine.scenes import load

SCRIPT = """
script: s
goodbye: bye
variables: {who: {type: name}, firm: {required: yes}, town: {default: 上海}, to: {type: phone}, many: {type: number}}
stages:
  ask: {role: opening, say: "{who}好，我是{firm}的机器人，在{town}，号码{to}，{many}个", go: bye}
  bye: {role: closing, say: 再见！, end: yes}
"""


def test_every_variable_has_a_value_and_an_own_text_a_stand_in() -> None:
    assert sample_values(load(SCRIPT)) == {
        "who": "王女士",
        "firm": "〔firm〕",
        "town": "上海",
        "to": "13800001234",
        "many": "3",
    }
