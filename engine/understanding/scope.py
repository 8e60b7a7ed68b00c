"""What surrounds a phrase decides what it means: denial, question, condition, report, and a change of mind.

Each rule is one small function over the phrases found, in the order of the text. A rule may deny a phrase (it stays
as an explanation, `negated`) and may put another meaning in its place. Nothing here knows a phrase by name; the few
word lists are function words of Mandarin and its dialects.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.understanding.clauses import clause
from engine.understanding.entry import Entry, Found
from engine.understanding.normalise import BREAK
from engine.understanding.pattern import NEGATORS

YES = frozenset({"affirm", "confirm"})
NO = frozenset({"refuse", "deny"})
STANCE = YES | NO | {"busy", "hesitate", "neutral"}
"""What a question or a condition takes back."""
_TAKES_BACK = frozenset(
    "refuse hesitate goodbye busy do_not_call complain abuse wrong_number not_decision_maker has_vendor peer distrust "
    "decline_contact".split()
)
"""What, said after a bare 好的, shows that it was courtesy."""
_THREATS = frozenset({"do_not_call", "complain", "abuse"})

# --- denial --------------------------------------------------------------------------------------------------------

_BETWEEN = (
    "再|太|很|怎么|咋|大|是很|给我|给|帮我|帮|跟我|让|叫|需要|要|想|什么|啥子|啥|任何|这个|那个|这些|打算|说过|说|必|用|"
    "能|会|[让叫请]你们?|对你们|对这个|特别|那么|这么|现在|先|急着|着急|随便|老是|老|总|天天|一直|真的|是|有|去|来|得"
)
_DENIAL = re.compile(
    "(?:(?:不用|不要|不需要|别|甭|用不着|没必要)(?:[你您]们?)?|不想|不必|不准|不许|不打算|没打算|懒得|没法|无法|没有|没|不是|"
    f"不会(?!是)|不能|不太|不怎么|不大|莫|唔使|唔好|唔|冇|勿|弗|无需|谈不上|算不上|称不上|说不上|不见得|未必|不觉得|不)"
    f"(?:{_BETWEEN}){{0,3}}$"
)
_NEGATIVE = re.compile(f"[{NEGATORS}]")
_UNKNOWN = re.compile(f"(?:不认为|不记得|不知道|不清楚|不晓得|没听说过?|没想过|不相信)(?:{_BETWEEN}){{0,3}}$")
"""不记得有这回事 says no yes."""
_DECLINED = re.compile(
    f"(?:不用|不要|不需要|别|甭|用不着|没必要|不想|不考虑|唔使|唔要|懒得)(?:[你您]们?)?(?:{_BETWEEN}){{0,3}}$"
)
"""A question is no less a question for a 不 (没有优惠吗, 不会是机器人吧), only for being declined."""
_EVER_ASKED = frozenset({"ask_source", "ask_repeat"})
"""Nobody declines to be asked this, so a refusal before it is one by itself."""
_DENIED_AGAIN = re.compile(
    "(?:不是说|不是|并非|没说过?|没有说过?|没讲|谁说|不能说|不会|不可能|不存在|没人|没有人|没有)(?:我|我们|就|真的|完全|一定|你们|都|[让叫要]你){0,2}$"
)
_TOLD_YOU = re.compile("不是.{0,4}(?:说|讲|告诉|跟你|[让叫]你)")
_ASKED_BACK = re.compile("(?:[了的啊呀人号]|电话|号码)?[对是]?吧[你您啊呀]?")


_STOP_IT = re.compile("(?:别|不要|不许|不准|少|莫|甭|勿|唔好|覅)(?:再|老是?|总是?|天天|一直|来){0,2}$")


def denials(text: str, found: list[Found], fixed: list[Found]) -> list[Found]:
    """A denied phrase is replaced by what its denial means: 不用 + 加微信 declines the contact, 不是 + 不需要 leaves
    the question open. What belongs to an idiom or an A-not-A question (`fixed`) denies nothing: 要不你加我, 有没有折扣.
    """
    added: list[Found] = []
    for item in found:
        if not item.start:
            continue
        negative = _NEGATIVE.search(text, item.start, item.end) is not None
        if (negative and item.entry.word) or (not negative and item.entry.intent == "refuse"):
            continue
        if text.startswith(("我是", "我就是"), item.start):
            continue  # 不是, 我是他弟弟
        left = text[max(0, item.start - 10) : item.start]
        if item.entry.intent in _THREATS and _STOP_IT.search(left):
            continue  # 别放屁了, 不要再骚扰我
        if item.entry.intent in _EVER_ASKED:
            continue  # 不需要你从哪弄来我号码的
        asks = item.entry.intent.startswith("ask_") or item.entry.intent == "distrust"
        if asks and _SURE_END.search(text[item.end : clause(text, item.start, item.end)[1]]):
            continue  # 不用押金吧
        match = (_DECLINED if asks else _DENIED_AGAIN if negative else _DENIAL).search(left)
        if match is None and item.entry.intent in YES:
            match = _UNKNOWN.search(left)
        if match is None or (
            negative and (_told_you(text, item) or _said_twice(match[0], text[item.start : item.end]))
        ):
            continue
        start = item.start - len(left) + match.start()
        if any(other.start < item.start and start < other.end for other in fixed):
            continue
        item.negated = True
        if item.entry.denied and not (item.entry.denied in YES and _no_yes(text, item)):
            added.append(_turned(item.entry.denied, text, start, item))
    if not added:
        return found
    kept = [
        item
        for item in found
        if item.negated or item.entry.intent not in YES | NO or not any(_covers(new, item) for new in added)
    ]
    return _in_order([*kept, *added])


def _no_yes(text: str, item: Found) -> bool:
    """What only sounds like 在忙 is no 不忙 when denied, and 没打错吧 asks."""
    last = clause(text, item.start, item.end)[1]
    return item.how in ("pinyin", "fuzzy") or _ASKED_BACK.fullmatch(text, item.end, last) is not None


def _said_twice(before: str, said: str) -> bool:
    """不是不是我, 没有没做过: no double negation."""
    return before[:2] in said or (before == "没有" and not said.startswith("不"))


def _turned(intent: str, text: str, start: int, item: Found) -> Found:
    entry = Entry(intent, text[start : item.end], text[start : item.end], priority=PRIORITY.get(intent, 50))
    return Found(start, item.end, entry, item.how, item.score)


def _told_you(text: str, item: Found) -> bool:
    """我不是说了不需要吗: a refusal with a reproach, no double negation."""
    first, last = clause(text, item.start, item.end)
    said = _TOLD_YOU.search(text[first : item.start])
    if said is None:
        return False
    return text[first + said.end()] in "了过你" or text[last - 1] in "吗嘛么"


def _covers(outer: Found, inner: Found) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


# --- questions -----------------------------------------------------------------------------------------------------

_ASKS = re.compile("(?:吗|(?<![什怎那这多])么)[啊呀呢]?$")
_QUESTION_WORD = re.compile(
    "(?<!没)什么|怎么|多少|哪|谁|几[个天点号年月时]|为什么|如何|(?<!没)啥|咋|多久|多长|几多|边个|点解"
)
_CLOSED = re.compile("[的啊呀了嘞哒吧哈嘛题]$")
_NEXT_CLAUSE = re.compile("[你您那我这他]|就")


_FEAR = re.compile(
    "会不会|(?<!不)会被|(?<!不)怕.{0,4}$|被(?![你妳您]).{0,4}$|容易|客户.{0,3}$|(?<!不)会(?:让|给|对|把)?(?:人家|别人|客户|用户|对方)"
)
_HOW_OFTEN = re.compile("多不多|多吗|高不高|高吗|率|怎么处理|怎么办|怎么弄|的(?:客户|人)多")
"""会不会被投诉, 投诉多不多: a worry about others, no threat."""


def questions(text: str, found: Sequence[Found], asked: list[Found]) -> None:
    """可以便宜点吗, 需要什么资料: what is asked is not said."""
    for item in found:
        if item.negated or item.entry.word:
            continue
        if item.entry.intent in _THREATS:
            before = text[clause(text, item.start, item.end)[0] : item.start]
            item.negated = bool(_FEAR.search(before) or _HOW_OFTEN.match(text, item.end))
        if item.entry.intent not in STANCE:
            continue
        first, last = clause(text, item.start, item.end)
        closed = item.start == first and _CLOSED.search(text[item.start : item.end]) is not None
        rest = text[item.end : last]
        if item.entry.intent in NO and _spared(text, item, first, last, found):
            item.negated = True
            continue
        if _ASKS.search(rest) and not (closed and len(rest) > 1):
            item.negated = not _told_you(text, item) or item.entry.intent in YES
        elif item.entry.intent in YES and not closed:
            item.negated = _asked_about(text, item, first, last, asked)


_ISNT_IT = re.compile("[这那]不(?:就)?是.+[嘛吗么]$")
"""这不是我的公司嘛: it is."""
_WHY_NOT = re.compile(
    "(?:怎么|为什么|为啥|干嘛|咋|有什么|有啥|没什么|没啥|哪里|哪儿|谁说|谁讲|有何|(?:什么时候|几时)[说讲]过?"
    "|(?:还|岂|[哪怎]里?)[能会敢]|岂有|谁[会还能]?)(?:会|就|可)?$"
)
"""怎么不行, 没什么不好, 谁不要啊, 还能不去: that there is no no."""
_SURELY = re.compile("(?:是不是|有没有|会不会|可不可以|能不能|难道|不会是).{0,4}$")
_WHAT_THEN = re.compile("怎么办|咋办|咋整|怎么弄|咋弄|怎么处理|找谁|(?:能|可以|给|包|怎么|咋)退|退不退|怎么算")
"""不会用怎么办: what if."""
_SURE_END = re.compile("(?:吗|么|吧|对吧|是吧)[啊呀]?$")


def _spared(text: str, item: Found, first: int, last: int, found: Sequence[Found]) -> bool:
    """不用押金吧, 是不是不用签合同, 有没有不需要安装的: whether it can be done without is asked, nothing refused."""
    if (
        _ISNT_IT.search(text, first, last)
        or _WHAT_THEN.search(text, item.end, last)
        or _WHY_NOT.search(text[first : item.start])
    ):
        return True
    named = any(
        item.start < other.start <= item.end + 4 and other.entry.intent.startswith("ask_") and other.end <= last
        for other in found
    )
    asks = _SURELY.search(text[first : item.start]) is not None or _SURE_END.search(text[item.end : last]) is not None
    return named and asks


_MAY_I = re.compile("^.{0,2}(?:行不行|可不可以|成不成|能不能)[啊呀呢]?$")


def _asked_about(text: str, item: Found, first: int, last: int, asked: list[Found]) -> bool:
    if item.start == first and _NEXT_CLAUSE.match(text, item.end):
        return False
    if any(first <= ask.start and ask.end <= last and ask.start >= item.end for ask in asked):
        return item.end - item.start < 3 or _MAY_I.search(text[item.end : last]) is not None
    word = next((ask for ask in asked if first <= ask.start and ask.end <= item.start), None)
    if word is not None:
        return _WHATEVER.match(text, word.end, item.start) is None
    return _in_question(text, item, first, last)


_WHATEVER = re.compile("(?:.{0,2})[都也]")


def _in_question(text: str, item: Found, first: int, last: int) -> bool:
    word = _QUESTION_WORD.search(text, first, last)
    if word is None:
        return False
    between = text[word.end() : item.start]
    return not (word.end() <= item.start and ("都" in between or "也" in between)) and not _covers_span(item, word)


def _covers_span(item: Found, match: re.Match[str]) -> bool:
    return item.start <= match.start() and match.end() <= item.end


# --- conditions ----------------------------------------------------------------------------------------------------

_POLITELY = re.compile(
    "(?:可以|方便|行|有空|没问题|合适|不麻烦|有时间)的话,?.{0,3}(?:就|那|请|麻烦|帮|给|你|我|约|来|加|发|安排|今天|明天|现在)(?!.{0,4}再)"
)
"""可以的话你来一趟: a yes by courtesy."""
_IF = re.compile("如果|要是|假如|万一|若是|倘若|只要|除非|的话|哪天|什么时候有|等[^,]{1,6}(?:再|了)|有机会|有必要")
_THEN = re.compile(
    "(?:我们?|咱们?|俺|那|也|还|倒)?(?:就|就可以|就会|会|愿意|倒想|倒愿意)(?:去|要|来|做|买|办|用|试|定|签|报|参加|考虑|合作|换|约)"
)
"""要是离得近我就去: agreed to on a condition."""
_ASKED_FOR = re.compile("[吗呢么]|怎么|多少|什么|咋|几|哪|([^\\W\\d])[不没]\\1")
_CONTRAST = re.compile(
    "不过|但是?|可是|只是|就是说|然而|还是|要不|那[就你您我么]?|等等|等一下|等下|[哎诶欸哦噢]|对了|话说"
)


def conditions(text: str, found: list[Found]) -> list[Found]:
    """要是便宜可以考虑: neither a yes nor a no, but hesitation."""
    match = _IF.search(text)
    if match is None:
        return found
    first, last = clause(text, match.start(), match.end())
    until = text.find(BREAK, last + 1)
    until = len(text) if until < 0 else until
    start = first if match[0] == "的话" else match.start()
    polite = _POLITELY.search(text)
    if polite is not None:
        for item in found:
            item.negated = item.negated or (item.entry.intent in YES and item.end <= polite.start() + 3)
        entry = Entry("affirm", polite[0], polite[0], priority=PRIORITY["affirm"], weak=True)
        return _in_order([*found, Found(polite.start(), polite.end(), entry, "pattern")])
    bound = [
        item
        for item in found
        if not item.negated
        and item.entry.intent in YES | NO
        and start <= item.start < until
        and not (item.entry.word or (item.entry.intent in NO and _covers_span(item, match)))
    ]
    then = _THEN.search(text, match.start(), until)
    if not bound and then is None:
        return found
    for item in found:
        stated = item.entry.asked and start <= item.start < until and not _ASKED_FOR.search(text, start, until)
        item.negated = item.negated or item in bound or stated
    end = max([item.end for item in bound], default=then.end() if then else until)
    entry = Entry("hesitate", text[start:end], text[start:end], priority=PRIORITY["hesitate"])
    return _in_order([*found, Found(start, max(end, start + 1), entry, "pattern")])


# --- the last word -------------------------------------------------------------------------------------------------

_BARE = re.compile("(?:[好行可以成嗯对是的啊吧嘞呀了哒哦噢中要得系妥]|ok|没问题|谢谢)+")


_ANSWERS = YES | {"refuse"}
_CONTACT = frozenset({"want_wechat", "want_material"})


def declined(text: str, found: list[Found]) -> None:
    """发资料也不看, 加什么微信不加: what is declined in the same breath was not wished for."""
    refusals = [item for item in found if item.entry.intent == "decline_contact" and not item.negated]
    for item in found:
        if refusals and item.entry.intent in _CONTACT and not item.negated:
            last = clause(text, item.start, item.end)[1]
            item.negated = any(item.start < each.end and each.start <= last for each in refusals)


def last_word(text: str, found: list[Found]) -> None:
    """A threat leaves no yes. Of a yes and a no the later one counts, except that 好的 after a refusal is courtesy;
    a bare yes before a refusal, an excuse or a goodbye was courtesy too.
    """
    live = [item for item in found if not item.negated and not item.entry.word]
    if len(live) < 2:
        return
    names = {item.entry.intent for item in live}
    if names.isdisjoint(_ANSWERS):
        return
    if names & _THREATS:
        for item in live:
            item.negated = item.negated or item.entry.intent in YES
        return
    for item in live:
        later = [other for other in live if other.start >= item.end]
        if item.entry.intent in YES:
            item.negated = _taken_back(text, item, later, names)
        elif item.entry.intent == "refuse":
            item.negated = any(_takes_over(text, item, other) for other in later)
    last = max((item.start for item in live if item.entry.intent == "refuse" and not item.negated), default=-1)
    for item in live:
        if item.entry.intent == "affirm" and item.start <= last:
            item.negated = True
        if item.entry.intent in YES and item.start > last >= 0 and _bare(text, item):
            item.negated = True


_ONCE = re.compile(
    "(?:上次|上回|昨天|前几天|之前|以前|从前|起先|原先|早先|起初|一开始|刚才|刚刚|那会儿?|那时候?|当时|本来|原来).{0,4}$"
    "|(?:[早晚]上|[上下中]午|周[一二三四五六日天末]|星期.|礼拜.|[明后今]天|平时|别的时候|其他时[间候])[我都也是真]?$"
)
_BY_ANOTHER = re.compile(
    "(?:[他她它]们?|(?:我(?:们|家)?)?(?:老公|老婆|媳妇|爱人|爸|妈|孩子|儿子|女儿|朋友|同事))(?:[都也]|已经|是)?$"
)


def _bare(text: str, item: Found) -> bool:
    return _BARE.fullmatch(text[item.start : item.end]) is not None


def _taken_back(text: str, item: Found, later: list[Found], names: set[str]) -> bool:
    after = {other.entry.intent for other in later}
    if "refuse" in after:
        return not any(other.entry.intent in YES and not _bare(text, other) for other in later[-1:])
    if after & NO:
        first_no = next(other for other in later if other.entry.intent in NO)
        before = text[clause(text, item.start, item.end)[0] : item.start]
        return (
            item.entry.intent == "confirm"
            or _BY_ANOTHER.search(before) is not None  # 她答应的, 不是我
            or _ONCE.search(before) is not None  # 昨天说可以, 今天不行
            or _CONTRAST.search(text, item.end, first_no.start) is not None
        )
    return bool(after & _TAKES_BACK) and "give_time" not in names and _bare(text, item)


def _takes_over(text: str, refusal: Found, other: Found) -> bool:
    """不用了…哎等等多少钱; 不用, 不过可以了解一下."""
    turn = _CONTRAST.search(text, refusal.end, other.start) is not None
    if other.entry.intent in YES and _ONCE.search(text[clause(text, refusal.start, refusal.end)[0] : refusal.start]):
        return True  # 上次说不要, 这次可以; 早上不行, 晚上可以
    if other.entry.intent == "affirm":
        return turn or not _bare(text, other)
    return turn and other.entry.intent.startswith("ask_") and other.entry.intent not in ("ask_wait", "ask_source")


def _in_order(found: list[Found]) -> list[Found]:
    return sorted(found, key=lambda item: (item.start, item.end))


# --- strength ------------------------------------------------------------------------------------------------------

PRIORITY: dict[str, int] = {
    "complain": 100, "do_not_call": 98, "abuse": 96, "wrong_number": 90, "peer": 86,
    "want_human": 80, "want_wechat": 78, "want_material": 77, "this_number": 76, "give_number": 75,
    "refuse": 70, "decline_contact": 66, "busy": 60,
    "not_decision_maker": 52, "referral": 51, "has_vendor": 48, "distrust": 46, "give_time": 45,
    "affirm": 42, "ask_robot": 38, "ask_source": 37, "ask_identity": 36, "ask_repeat": 34, "ask_wait": 33,
    "give_name": 32, "confirm": 30, "deny": 28, "hesitate": 26, "goodbye": 22, "side_talk": 18, "neutral": 15,
    "greet": 10,
}  # fmt: skip
"""The strongest first: a wish to be left alone, then facts about the line, then the best evidence of interest, with
the questions of the group `interest` at 55. A grammar may say otherwise for its own intents."""
INTEREST = 55
