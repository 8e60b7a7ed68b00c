"""What stands around a phrase in its clause: is it all that is said, a part of a longer word, or asked about?"""

from __future__ import annotations

import re

from engine.understanding.normalise import BREAK
from engine.understanding.pattern import FILLERS, PARTICLES

_REACH = 40
"""No clause is looked at further than this many characters away, which keeps endless texts linear."""
_BEFORE = re.compile(f"(?:[{FILLERS}]|你好|您好|好的|请问|谢谢你?|不好意思|我说|那个|这个)*")
_AFTER = re.compile(f"[{PARTICLES}]*(?:谢谢你?|多谢|再见|拜拜|不好意思|辛苦了?|哈)?[{PARTICLES}]*")


def inside_word(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    word = text[start].isalnum() and before.isascii() and before.isalnum()
    return word or (text[end - 1].isascii() and text[end - 1].isalpha() and after.isascii() and after.isalpha())


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the clause that text[start:end] stands in."""
    if len(text) <= _REACH and BREAK not in text:
        return 0, len(text)
    floor = start - _REACH if start > _REACH else 0
    ceiling = min(len(text), end + _REACH)
    opening = text.rfind(BREAK, floor, start)
    closing = text.find(BREAK, end, ceiling)
    return (floor if opening < 0 else opening + 1), (ceiling if closing < 0 else closing)


def alone(text: str, start: int, end: int, spare: int) -> bool:
    """Does the clause say nothing else, but for particles, courtesies, the same again and up to `spare` other
    characters?
    """
    first, last = clause(text, start, end)
    rest = _rest(_BEFORE, text[first:start]) if first < start else 0
    if end < last:
        rest += _rest(_AFTER, text[end:last])
    size = end - start
    if 1 < size <= rest:
        rest -= size * (text.count(text[start:end], first, last) - 1)
    return rest <= spare


def _rest(pattern: re.Pattern[str], text: str) -> int:
    """How many characters follow the pattern, which matches at every start."""
    found = pattern.match(text)
    return len(text) - found.end() if found else len(text)


# --- questions ---

_ASKING = re.compile(
    "吗|(?<![着中])呢|咩|怎|什么|啥|么子|咋|啷|如何|多少|几[^年乎]|哪|谁|边个|边度|边位|点样|点解|点啊|点呀|点算|何时|多[久长大高快远]|"
    "好多[钱年人长久]|几多|几耐|有[没莫]得|为何|是否|能否|有无|还是|或者|是不|说说|讲讲|[说讲]一?[下哈]|介绍(?:一?下|介绍|清楚|你)|给我.{0,3}介绍|了解|"
    "问[一下问]|想问|请问|[就只]问|问的|知道|清楚|晓得|告诉我|打听|就看|主要看|主要是看|看看|想看|关键|看重|在意|在乎|关心|怕|担心|万一|真[的能会有]|有那么|这么[快好便]|"
    "([^\\W\\d]{1,2}?)[不没唔冇]\\1|没有?(?:[啊呀呢,]|$)|[不么否冇未伐](?:[啊呀呢噶㗎,]|$)|(?:有|是|会|能|可以|要|得|用|不).{0,8}吧$"
)
"""What makes a clause a question, or a worry that wants an answer."""
_RAISED = re.compile(
    "(?:^|[你它那都也还]|(?<!我)们)(?:能|可以|可|支持|包|会|有)[^,我0-9一二三四五六七八九十两几]{0,4}$"
)
"""A question by its tone alone: 能开专票."""
_GOING_ON = re.compile("[我在正]")
"""我在开发票呢 tells, 发票呢 asks."""
_NEAR = 12
"""Characters between a topic and what asks about it; recognisers leave punctuation out, so clauses grow long."""


def asks(text: str, start: int, end: int, *, named: bool = True) -> bool:
    """Does the clause ask about text[start:end]? A clause that only names it does: 发票; 合同签过了 tells of one."""
    first, last = clause(text, start, end)
    asking = _ASKING.search(text, max(first, start - _NEAR), min(last, end + _NEAR))
    if asking is not None and not (asking[0] == "呢" and _GOING_ON.search(text, first, start)):
        return True
    if named and alone(text, start, end, 0):
        return True
    return end == last and _RAISED.search(text[first:start]) is not None


_SOME = re.compile("多少|几|什么|啥|哪|谁|怎么")
_NONE = re.compile("(?:没有?|不是?|不管|不论|无论|管你|我知道)(?=[^,听说讲问懂清告白识]{0,4}$)")
_REFUSED = re.compile("(?<![要能可好是会行对差用需])(?:不|甭|唔|懒得|不想|没想|不打算|没打算)$")
_SURE = re.compile("[吗么吧呢咩伐没不][啊呀]?$|怎么办|咋办|行不|好不|可以不")
_NOT_ASKED = re.compile(
    "(?:我(?<![让叫要跟和对给替]我)们?|俺(?<![让叫要跟和对给替]俺))(?:刚才|又|可|也|并|根本|压根){0,2}(?:没有?|不是)(?:在|要|想)?"
    "(?:问|说|讲)(?:过|你们?|您)?(?:这个|什么|多少|是)?$"
)
"""Only of the caller himself: 没说多少钱啊 asks, and 我还没问多少钱 is about to."""


def told(text: str, start: int, end: int) -> bool:
    """没花多少钱, 我不是哪家公司的: a question word in a denial stands for any; 不看案例, 不试用: what is declined is
    not asked about, nor what the caller did not ask: 我没问多少钱. A clause that asks besides, by 吗 or a word of its
    own, does ask.
    """
    first, last = clause(text, start, end)
    before = text[first:start]
    if not before or _SURE.search(text, end, last):
        return False
    if _NOT_ASKED.search(before) and not text.endswith("嘛", end, last):  # 我不是问多少钱嘛: but I do ask
        return True
    none = _NONE.search(before)
    if none is not None and _SOME.search(text, first + none.end(), end):
        return True
    return _REFUSED.search(before) is not None and not asks(text, start, end, named=False)
