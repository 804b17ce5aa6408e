"""Questions that say an item's name and at most what to tell of it: a clerk's LLB50多少钱 (ADR 0021)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from corpora.types import FacetKind
from retriever.intents import without_fillers

_LONGEST: Final = (
    40  # characters: who asks plainly is brief, and every part of the text is looked up
)
_SHORTEST: Final = 2
_A_MONTH: Final = re.compile(r"(?<!\d)1个月")  # how prices are asked for, no amount
_REQUESTS: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            FacetKind.FAULT,
            r"故障|不能用|用不了|无法使用|没法用|不好使|不管用|没反应|出问题|出错|失败|报错|异常|坏[了掉]?|打不开|不灵",
        ),
        (
            FacetKind.PROXY,
            r"代办|代.{0,2}办|委托|(?:别人|家人|他人)[^,。?]{0,4}(?:帮|替|代|办|弄|来|去)[^,。?]{0,2}(?:办|弄|到场)?"
            r"|(?:帮|替)(?:别人|家人|他|她|人)[^,。?]{0,3}[办弄开]|(?:让|找)(?:别人|家人|人)[^,。?]{0,4}[办弄开]"
            r"|本人[^,。?]{0,4}(?:办|弄|来|去|到场)|(?:办|弄|来|去)[^,。?]{0,2}本人",
        ),
        (
            FacetKind.PAPERS,
            r"证件|身份证|材料|资料|手续|户口本|(?:带|拿|准备)(?:些?什么|些?啥|哪些|东西)(?:东西)?",
        ),
        (
            FacetKind.SCRIPT,
            r"话术|口径|怎么开口|咋开口|说法|应答|推荐语"
            r"|(?:怎么|咋|如何)[^,。?退换改]{0,4}(?:说|介绍|推荐|推|回(?![事来去])|答|解释)",
        ),
        (FacetKind.WARNING, r"提醒|提示|注意|交代|告知|风险|说清楚?|有坑|什么坑|啥坑"),
        (
            FacetKind.COMPARE,
            r"区别|差别|不同|不一样|对比|比较|[跟和与比](?:其他|其它|别的|同类|另外)的?|哪个好|哪个划算|[好强]在哪",
        ),
        (FacetKind.PARAMETERS, r"参数|配置|规格"),
        (
            FacetKind.OPERATION,
            r"操作|菜单|系统里?|界面|受理|录入|路径|在哪个页面|(?:怎么|咋|在哪)[做点录]|点哪",
        ),
        (
            FacetKind.CANCEL,
            r"取消|退订|退掉|退(?!订)|关闭|关掉|关了|怎么关|停掉|停了|不想要|不要了|不想用",
        ),
        (
            FacetKind.ELIGIBILITY,
            r"条件|门槛|资格|要求|限制|适用|适合|准入|够不够格|够格|(?:谁|什么人|哪些人|哪些用户|哪些客户)都?(?:能|可以)[办用开]?"
            r"|我(?:能不能|可不可以|能|可以)[办用开](?!通)",
        ),
        (
            FacetKind.EFFECTIVE,
            r"生效|有效期?|到期|截止|期限|什么时候|啥时候|几时|何时|多久|多长时间|哪天|几号|几时开始|开始",
        ),
        (
            FacetKind.PRICE,
            r"多少钱|几块钱?|几多钱|资费|价格|价钱|收费|费用|月费|月租|贵不贵|贵吗|要钱|花钱|扣多少|什么价|啥价|怎么收(?!费)|怎么卖|掏|花",
        ),
        (
            FacetKind.RULES,
            r"规则|规定|规矩|算法|怎么算|咋算|如何算|咋个算|怎么计算|怎么用|如何使用",
        ),
        (FacetKind.CHANGE, r"变更|更改|修改|更换|怎么改|咋改|能改|改|换|调一下"),
        (FacetKind.HANDLING, r"处理|解决|(?:怎么|咋|该咋|如何)办(?!理)|咋整"),
        (
            FacetKind.OVERVIEW,
            r"(?:是个?|叫做?)(?:什么|啥)(?:业务|套餐|意思|东西|活动)?|(?:什么|啥)(?:是|叫)|介绍|简介|说明|概况"
            r"|干什么|干啥|是干嘛|什么用|讲讲|什么意思|啥意思",
        ),
        (FacetKind.CHECK, r"查询|怎么查|咋查|查|在哪儿?看|哪里看|怎么看|看到"),
        (
            FacetKind.OPEN,
            r"开通|办理|订购|申请|开户|怎么开(?!通)|咋开(?!通)|想开|能开|开起来|想办|要办|能办|哪儿?里?办|哪儿?里?开"
            r"|(?:帮|给|替)我[办开弄订加](?![通理])[个张]?|怎么弄|咋弄|[加装整][上个]",
        ),
    )
)
"""What is asked for in so many words, the more particular before the more general: 办理要什么条件 asks for
conditions, 查下价格 for the price.
"""
_ASKING: Final = re.compile(
    r"您好|你好|请问|请教|求教|求助|麻烦|告诉|了解|咨询|知道|问[下问]?|到底|具体|详细|一般|通常|标准|相关|技术|硬件|推荐|解释|计算|温馨|清楚"
    r"|提前|一直|所需|时间|时候|是否|他人|起来|立即|马上|次月|下个?月|业务|使用|家人|用户|客户|客人|人家|前台|后台"
    r"|柜台|营业厅|系统|boss|渠道|方式|方法|办法|途径|入口|流程|步骤|内容|事项|情况|原因|为什么|为啥|怎么回事|咋回事|遇到|碰到|出现|需要|满足"
    r"|提供|准备|支持|其他|其它|别的|同类|划算|哪些事?|哪[儿种个类款]|几款|怎样|这[种类]|那[种类]|看[下看]|说[下说]|给|帮|发|做|进|才|得|必须|应该?"
    r"|该|行|好|呗|噢|哦|哈|起?算|收|拿|带|[跟和与比办出从去来查看问讲]"
)
"""What says to whom, where, how and how politely it is to be told."""
_LEFT_OVER: Final = frozenset("下到起法中何儿些教上现地")
"""What may be left of words that say nothing; any other sign may be what it is about, 送 or 返."""
_TAG: Final = re.compile(r"[没不]\W*$")  # 要收费不: whether
_WHETHER: Final = re.compile("有没有|能不能|要不要|是不是|可不可以|会不会|行不行|贵不贵|够不够")
_ELSE: Final = re.compile(r"没|还|不[了成掉到是会能]|[办开退关停]了")
"""What tells of something that happened or does not work, and asks more than what to tell: 取消不了,
怎么还收费, 办了还能办别的吗."""

_DONE_TO_IT: Final = (FacetKind.OPEN, FacetKind.CANCEL, FacetKind.CHANGE)


@dataclass(frozen=True, slots=True)
class Plain:
    """A name as the index spells it, and the facets that the question wants told of it, the first
    one first; none where it says the name alone.
    """

    name: str
    facets: tuple[FacetKind, ...]


def asked_plainly(normalized: str, names: Collection[str]) -> Plain | None:
    """The longest of the normalised ``names`` besides which a question only says what to tell of it.

    >>> asked_plainly("llb50多少钱", {"llb50", "流量包"})
    Plain(name='llb50', facets=(<FacetKind.PRICE: 'price'>,))
    >>> asked_plainly("llb50送朋友多少钱", {"llb50", "流量包"})
    """
    if len(normalized) > _LONGEST:
        return None
    found = _longest(normalized, names, len(normalized))
    if found and not found.facets:
        # 怎么退副卡 names 副卡, though a script is called 退副卡
        inner = _longest(found.name, names, len(found.name) - 1)
        if inner and inner.facets and inner.facets[0] in _DONE_TO_IT:
            return inner
    return found


def _longest(text: str, names: Collection[str], at_most: int) -> Plain | None:
    for length in range(at_most, _SHORTEST - 1, -1):
        for start in range(len(text) - length + 1):
            name = text[start : start + length]
            if name not in names or _goes_on(text, start, start + length):
                continue
            if _told(name) is not None:
                continue  # 收费 is what some item is called, and asks for a price
            facets = _told(f"{text[:start]} {text[start + length :]}")
            if facets is not None:
                return Plain(name, facets)
    return None


def _goes_on(text: str, start: int, end: int) -> bool:
    """Whether the part of the text is only part of a longer number or Latin word."""

    def joined(at: int) -> bool:
        before, after = text[at - 1 : at], text[at : at + 1]
        one_word = before.isascii() and after.isascii()
        return one_word and before.isalnum() and after.isalnum()

    return (start > 0 and joined(start)) or joined(end)


def _told(rest: str) -> tuple[FacetKind, ...] | None:
    """What a question wants told, by what it says besides a name; None where it says anything else."""
    left = _TAG.sub(" ", _A_MONTH.sub(" ", rest))
    if any(sign.isdigit() for sign in left):
        return None
    kinds = []
    for kind, pattern in _REQUESTS:
        left, found = pattern.subn(" ", left)
        if found:
            kinds.append(kind)
    left = _WHETHER.sub(" ", left)
    others = without_fillers(_ASKING.sub(" ", left))
    if _ELSE.search(left) or (others and others not in _LEFT_OVER):
        return None
    if "办" in rest and kinds in ([], [FacetKind.HANDLING]):
        kinds.append(FacetKind.OPEN)  # who is told how to handle it may want to have it
    return tuple(kinds)
