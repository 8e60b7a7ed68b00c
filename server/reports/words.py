"""The language of a report: Chinese, or English with `--lang en`.

People in sales and quality read these pages, so Chinese comes first. Names that somebody will look for in a script, a
log or the JSON (stages, rules, intents) stay as they are written there; a Chinese page puts the word for them beside
the name where the project has one. Each kind of page keeps its own table of texts, a key with its two wordings, and
`COMMON` holds what all pages share.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")
HTML_LANG: Mapping[Lang, str] = {"zh": "zh-CN", "en": "en"}
Texts = Mapping[str, tuple[str, str]]
"""By key, in Chinese and in English, with `{name}` where a value goes."""

COMMON: Texts = {
    "page.contents": ("目录", "Contents"),
    "page.made_of": ("数据来源", "Made of"),
    "page.nothing": ("没有数据。", "There is nothing to show."),
    "page.legend": ("图例", "Legend"),
    "page.caller": ("客户", "caller"),
    "page.bot": ("机器人", "bot"),
    "grade": ("等级", "Grade"),
    "grade.none": ("不分级", "no grade"),
    "calls": ("通数", "Calls"),
    "share": ("占比", "Share"),
    # dispositions, as the carriers' announcements name them
    "completed": ("正常通话", "completed"),
    "busy": ("占线", "busy"),
    "no_answer": ("无人接听", "no answer"),
    "unreachable": ("无法接通", "unreachable"),
    "unreachable_or_off": ("关机或不在服务区", "unreachable or off"),
    "rejected": ("拒接", "rejected"),
    "barred": ("呼入限制", "barred"),
    "forward_failed": ("呼叫转移失败", "forwarding failed"),
    "congestion": ("网络忙", "congestion"),
    "blocked": ("被拦截", "blocked"),
    "powered_off": ("关机", "powered off"),
    "suspended": ("停机", "suspended"),
    "invalid_number": ("空号", "invalid number"),
    "number_changed": ("改号", "number changed"),
    "voicemail": ("语音信箱", "voicemail"),
    "assistant": ("智能助理代接", "assistant"),
    "screening": ("来电筛选", "call screening"),
    "reminder": ("来电提醒", "call reminder"),
    "switchboard": ("总机", "switchboard"),
    "fax": ("传真", "fax"),
    "silent": ("接通无声", "silent"),
    "caller_fault": ("我方线路故障", "fault of our line"),
    "unknown": ("未知", "unknown"),
    # how an answered call ended
    "end.caller": ("客户挂断", "the caller hung up"),
    "end.bot": ("机器人结束", "the bot ended it"),
    "end.network": ("线路中断", "the line broke"),
    "end.silence": ("客户沉默", "the caller kept silent"),
    "end.limit": ("达到上限", "a limit was reached"),
    "end.transfer": ("转人工", "a person took over"),
    "end.": ("未结束", "not ended"),
}


class Words:
    """The texts of a page in one language: `words("title", calls=3)`."""

    def __init__(self, lang: Lang, texts: Texts | None = None) -> None:
        self.lang = lang
        self._place = LANGS.index(lang)
        self._texts = {**COMMON, **(texts or {})}

    def __call__(self, key: str, **values: object) -> str:
        text = self._texts[key][self._place]
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        return key in self._texts

    def named(self, name: str, prefix: str = "") -> str:
        """A name with its word on a Chinese page, `占线 busy`; a name that has none stays alone."""
        known = self._texts.get(prefix + name)
        if known is None:
            return name
        return f"{known[0]} {name}" if self.lang == "zh" else known[1]
