"""What a caller wants to be called: 我姓王, 免贵姓李, 叫我老张, 我叫王小明; and whom he refers to: 打我们张经理."""

from __future__ import annotations

import re

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟"
    "谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安"
    "齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游"
    "辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
)
NAMED = re.compile(
    "[姓信性叫喊称名贵写存]|我就?是|本人|备注|登记|这里是|[弓木古口耳双言草文禾][长子易月天东木午头刀呈]|西贝|四维|双口|立早|三横|走肖|水工|点水?江"
)
"""Where none of these stands no name is told."""
_DOUBLE = "欧阳|上官|司马|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|南宫"
_TITLE = "先生|女士|小姐|太太|师傅|老师|经理|总|老板|主任|医生|工|哥|姐|叔|阿姨"
_SURNAME = f"(?:{_DOUBLE}|[{''.join(sorted(SURNAMES))}])"
_BEFORE_NEGATION = re.compile("[不没]$|(?:没有|有没有|找|哪个|没得|冇)(?:叫|个)?$|(?:知道|晓得|清楚|认得|以为)$")
"""我不姓李, 没有叫李明的, and 你咋晓得我姓李 asks."""
_SPELLED_OUT = (
    "弓长张|立早章|木子李|十八子李|耳东陈|口天吴|双木林|言午许|古月胡|三横王|三横一竖王|草头黄|走肖赵|双人徐|木易杨|"
    "禾呈程|文刀刘|西贝贾|四维罗|双口吕|人可何|干勾于|三点水?江|水工江"
)
"""How surnames are told apart that sound alike: 弓长张, 木子李."""
_TOLD = re.compile(
    "(?=[免面我全姓叫喊称可名这大弓立木十耳口双言古三草走禾文人干水本写备登存西四])(?:"
    f"(?:[免面]贵[姓信性]?|我姓|(?<![你您不贵])姓|我[信性])(?P<surname>{_SURNAME})(?!的)(?P<given>(?:{_TITLE}))?"
    f"|(?P<spelled>{_SPELLED_OUT})"
    f"|(?:叫我|喊我|称呼我|可以叫我)(?P<nick>(?:阿[\u4e00-\u9fff]|[\u4e00-\u9fff][哥姐叔])(?=[,啊就吧呗嘛]|$)|[老小阿]?{_SURNAME}(?:{_TITLE})?)"
    f"|(?:我叫|我的?名字[是叫]?|名字(?:[是叫]|[啊嘛呢],)|姓名[是叫]?|(?:我的?)?全名[是叫]?|大名)(?P<full>{_SURNAME}[\u4e00-\u9fff]{{1,2}}?)(?=[,的啊呀吧你]|$)"
    f"|(?<!填)(?:写|备注|登记)(?:一下|上|个|成|为|的?是){{0,2}},?(?P<noted>(?:[老小]{_SURNAME}|{_SURNAME}(?:{_TITLE})))(?=[,啊呀吧呗嘛就]|$)"
    f"|(?:备注|登记|存)(?:个|一下|下|上|成)?(?:名字)?[吧啊嘛]?,?[^,]{{0,6}}(?P<stored>[老小]{_SURNAME})(?=,|$)"
    f"|(?:我是|这里是)[^,的是不]{{2,6}}的(?P<of>[老小]{_SURNAME})(?=[,啊呀吧]|$)"
    f"|本人(?:叫|是)?(?P<self>{_SURNAME}[\u4e00-\u9fff]{{1,2}})(?=[,啊呀吧]|$)"
    f"|(?:我是|这里是|我就是)(?P<title>(?:[老小]{_SURNAME})|{_SURNAME}(?:{_TITLE}))(?=[,啊呀的吧]|$))"
)

_REFERRED = re.compile(
    "(?:打给?|打电话给|找|问|问问|联系|去跟|跟|归|由|加)(?:一下)?(?:(?:我们|咱们?|公司|店里|部门|厂里)(?:的|那个?)?|那个)?"
    f"(?P<person>{_SURNAME}(?:{_TITLE}))(?!的)"
)
_ANY_TITLE = re.compile(f"(?:{_TITLE})")


def referred(text: str) -> list[tuple[str, int, int]]:
    """The person somebody refers to, as in 你打我们张经理; 找王总的秘书 names none."""
    if _ANY_TITLE.search(text) is None:
        return []
    return [(match["person"], match.start("person"), match.end("person")) for match in _REFERRED.finditer(text)]


def names(text: str) -> list[tuple[str, int, int]]:
    """Names told and their spans in the normalised text."""
    found: list[tuple[str, int, int]] = []
    for match in _TOLD.finditer(text):
        if _BEFORE_NEGATION.search(text[: match.start()]):
            continue
        name = next(
            (
                match[key]
                for key in ("surname", "spelled", "nick", "full", "noted", "stored", "of", "self", "title")
                if match[key]
            ),
            "",
        )
        name = name[-1] if match["spelled"] else name
        if match["given"]:
            name += match["given"]
        found.append((name, match.start(), match.end()))
    return found
