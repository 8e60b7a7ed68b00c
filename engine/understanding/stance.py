"""Whose answer it is: what is said of others, in passing or only of the manner is no answer of the caller's own.

Like the rules of `scope`, each is one small function over the phrases found; it only denies, and adds no meaning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.understanding.clauses import clause
from engine.understanding.entry import Found
from engine.understanding.pattern import FILLERS, PARTICLES
from engine.understanding.scope import NO, YES

_SOMEBODY = re.compile(
    "(?<![给帮替陪])(?<![给帮替陪]我)(?:人|[他她它]们?|经理|领导|老板|负责人|主管|总|老公|老婆|媳妇|爱人|儿子|女儿|爸|妈|孩子|姐|哥|弟|妹|叔|姨|舅|邻居|隔壁|同事|客户|别人|大家|员工|朋友)"
    "(?:[也都还正刚]|现在|这会儿?|今天|刚才)?$"
)
_OF_THEM = re.compile("[他她](?:们|现在|今天|也|都|正)?[去在要还刚]")
_OPENING = re.compile(
    f"(?:[{FILLERS}{PARTICLES}我俺咱那就这个边里儿还也都很真是对好行成可以倒应该肯定当然完全觉得看听您你们请先]|感觉|上午|下午|[明后]天){{0,8}}"
)
_GOES_ON = re.compile("[你您我咱就那没谢麻先这]")
_DAY = re.compile("[明后今][天早晚]|[早晚]上|[上下中]午|[周点号月]|星期|礼拜|下班|周末")
_BUT = re.compile("不过|但|可是|只是|忙|开会|没空|现在不")
_SHORT = 3
_TELL_LESS = re.compile("[说讲谈聊]|介绍|解释|打电话|啰嗦|废话|推销|念")
_CONTACT = frozenset({"want_wechat", "want_material", "want_human"})
_LESS = frozenset({"refuse", "do_not_call", "decline_contact"})


def others(text: str, found: Sequence[Found]) -> None:
    """老板开会去了, 爸爸在接电话: an excuse is the caller's own, as 我给老板开车 is."""
    for item in found:
        if item.entry.intent == "busy" and not item.negated and not item.entry.word:
            first = clause(text, item.start, item.end)[0]
            item.negated = (
                _SOMEBODY.search(text, first, item.start) is not None
                or _OF_THEM.match(text, first, item.start) is not None
            )


_WHO = re.compile(
    "(?:那些|有些|有的|客户|顾客|人家|别人|对方|用户|家长|业主|大家)(?:要是|如果|万一|一|都|就|直接|老|总)*(?:[说讲回喊嫌](?:过|了|他)?)?$"
)
_SUCH = re.compile("的?(?:那些|这些)?(?:人|客户|顾客|用户|家长|业主|学生|孩子)(?!们?(?:都?说|叫|让))")
_CASE = re.compile("怎么|咋|如何|还|[吗么]|能不能|会不会|([^\\W\\d])[不没]\\1")
_KNOWS = re.compile("懂|知道|清楚|晓得|了解|明白|会(?:用|弄|搞|整|操作|打字)|认识|认得|记得")
_KIN = re.compile(
    "(?:我(?:们|家)?)?(?:[他她]们?|爱人|老公|老婆|媳妇|对象|爸爸?|妈妈?|爸妈|父母|儿子|女儿|闺女|孩子|老人|老板|领导|经理|同事)"
    "[他她]?(?:也|都|还|真|又|根本|确实|说|讲){0,2}$"
)


def mentioned(text: str, found: Sequence[Found]) -> None:
    """那些不要的人, 客户说不需要怎么回: a no that others say is asked about; 我爱人不懂这个 tells what somebody else
    does not know.
    """
    for item in found:
        if item.entry.intent not in NO or item.negated or item.entry.word:
            continue
        before = text[clause(text, item.start, item.end)[0] : item.start]
        if _SUCH.match(text, item.end) or _WHO.search(before):
            item.negated = _CASE.search(text, item.end) is not None
        if _KIN.match(before) and _KNOWS.search(text, item.start, item.end):
            item.negated = True


def agreed_call(text: str, found: Sequence[Found]) -> None:
    """行，你下午再联系我 agrees to a call, where 你下午再联系我 alone puts it off."""
    for item in found:
        if item.entry.intent == "busy" and not item.entry.word and _DAY.search(text, item.start, item.end):
            agreed = any(other.entry.intent == "affirm" and other.end <= item.start for other in found)
            item.negated = item.negated or (agreed and not _BUT.search(text, 0, item.start))


def in_passing(text: str, found: Sequence[Found]) -> None:
    """现在的生意: a short yes opens its clause or ends it; in the midst of other words it is a part of them."""
    for item in found:
        if item.entry.intent not in YES or item.negated or item.entry.word or item.end - item.start > _SHORT:
            continue
        first, last = clause(text, item.start, item.end)
        rest = text[item.end : last]
        within = rest.strip(PARTICLES) and not _GOES_ON.match(rest.lstrip(PARTICLES))
        item.negated = bool(within) and _OPENING.fullmatch(text, first, item.start) is None


def only_the_manner(text: str, found: Sequence[Found]) -> None:
    """不用讲了，你直接发资料; 不用再介绍了，给我开通: less talk is wished for, nothing refused."""
    wished = max((item.start for item in found if not item.negated and _goes_further(item)), default=-1)
    for item in found:
        if item.entry.intent in _LESS and item.end <= wished:
            item.negated = item.negated or _TELL_LESS.search(text, item.start, item.end) is not None


def _goes_further(item: Found) -> bool:
    """A wish for contact, or a yes of more words than 好的."""
    return item.entry.intent in _CONTACT or (item.entry.intent == "affirm" and item.end - item.start >= _SHORT)


_ENDS = frozenset({"goodbye", "decline_contact", "has_vendor", "peer"})
"""What ends or weakens a call, and is no answer that `questions` takes back."""
_ASKED = re.compile("[吗么](?<![行好成懂].)(?<!可以.)(?<!知道.)(?<!听到.)(?<!明白.)[啊呀呢]?$")
"""Not 别加我行吗, which asks for it, nor 不知道我也是干这个的吗."""
_REPROACH = re.compile("不知道|没听|不是(?:说|跟|告诉)|(?:说|讲)了|难道|觉得|看我|以为")
_PRACTICAL = re.compile(
    "多少(?![遍次回])(?!.{0,3}[都也])|多[大久长高宽重]|什么(?:时候|时间|颜色|型号|材质|区别|条件|手续|支持)|几[点号天]|哪[些种款]"
    "|怎么(?:办|走|卖|付|退|注册|找回|收费|操作|选|洗|算|设计)|能不能|有没有"
)
"""A caller who goes on to ask so is not done: 挂了窗帘怎么洗, 签好了合同多久放款."""
_WISH = re.compile(
    "(?<![不没太么大很怎])想(?:请(?![你您])|找(?![你您])|换(?![也都就])|招|订|买|问|租|贷|补课|升级|对接|用机器人|拿货|回)"
    "|(?<![不没有太么大很])需要(?:一|个|系统|人手|线路|客户|名单|招|换|找|买|租|贷)|要招"
)
"""Who goes on to say what he looks for gave the reason for it: 客服忙不过来想请人, 我们系统老了想换."""
_TEACH = re.compile("[你您]?[给帮]我们?(?:讲|介绍|说|详细|看)|再发一")

_WHETHER = re.compile(
    "([^\\W\\d]{1,2})[不没]\\1|[能行可要会意成][以意愿]?[不没]$|有没有|是不是|怎么(?:办|弄|用|走)|可以问|问谁"
)
_IGNORANT = re.compile("(?:知道|晓得|清楚|确定|懂)$")
_IS_THERE = re.compile("不?(?:没有|会有)(?![这那])[^我过,]{2,8}吧$")


def _open_question(text: str, item: Found, first: int, last: int) -> bool:
    """不知道行不行, 不懂的可以问谁, 没有门禁吧: what the caller does not know is the question."""
    said = text[item.start : item.end]
    if _IGNORANT.search(said) and _WHETHER.search(text, item.end, last):
        return True
    return item.start == first and _IS_THERE.fullmatch(text, first, last) is not None


_MESSENGER = re.compile(
    "[的啊吧嘞,]{0,2}我(?:会|来)?(?:[帮替给跟][你您他她]?)?(?:转告|转达|带话|带到|(?:告诉|[跟给][他她])(?:说|讲|[他她])?)"
)


def aside(text: str, found: Sequence[Found]) -> None:
    """行，放那儿吧: a short yes or no right before what is said to somebody else is said to him too; 好，我帮你转告
    agrees to pass something on.
    """
    for item in found:
        if item.entry.intent in YES | NO and not item.entry.word and item.end - item.start <= _SHORT:
            item.negated = (
                item.negated
                or _MESSENGER.match(text, item.end) is not None
                or any(other.entry.intent == "side_talk" and item.end <= other.start <= item.end + 2 for other in found)
            )


def only_asked(text: str, found: Sequence[Found]) -> None:
    """够用了吗, 没做过能学吗, 不办卡多少钱一次: nothing is ended by what is a part of a question."""
    for item in found:
        intent = item.entry.intent
        if item.negated or item.entry.word or intent not in _ENDS | NO | {"busy"}:
            continue
        first, last = clause(text, item.start, item.end)
        if intent == "deny" and _open_question(text, item, first, last):
            item.negated = True
            continue
        if intent not in NO and _WISH.search(text, item.end, last):
            item.negated = True
        elif intent == "busy":
            continue
        elif _PRACTICAL.search(text, item.end, last) or (intent == "deny" and _TEACH.match(text, item.end)):
            item.negated = True
        elif _ASKED.search(text, item.start, last) and not any(mark in item.entry.phrase for mark in "吗么"):
            item.negated = _REPROACH.search(text, first, last) is None


def whose_answer(text: str, found: Sequence[Found]) -> None:
    """All rules of this module, in their order."""
    for rule in (others, mentioned, in_passing, only_the_manner, agreed_call, only_asked, aside):
        rule(text, found)
