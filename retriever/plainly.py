"""Questions that say an item's name and what to tell of it, and nothing else: a clerk's LLB50多少钱."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from corpora.types import FacetKind
from retriever.intents import subject_of

_LONGEST: Final = (
    40  # characters: who asks plainly is brief, and every part of the text is looked up
)
_SHORTEST: Final = 2
_A_MONTH: Final = re.compile(r"(?<!\d)1个月")  # how prices are asked for, no amount
_REQUESTS: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            FacetKind.PROXY,
            r"代办|代.{0,2}办|委托|(?:帮|替|给|让|找)(?:我|他|她|别人|家人|人)[^,。?]{0,3}[办弄开]"
            r"|(?:本人|别人|家人|他人)[^,。?]{0,4}(?:办|弄|来|去|到场)|(?:办|弄|来|去)[^,。?]{0,2}本人",
        ),
        (
            FacetKind.PAPERS,
            r"证件|身份证|材料|资料|手续|户口本|(?:带|拿|准备)(?:些?什么|些?啥|哪些|东西)(?:东西)?",
        ),
        (
            FacetKind.SCRIPT,
            r"话术|口径|怎么开口|咋开口|(?:怎么|咋|如何)[^,。?]{0,4}(?:说|介绍|推荐|推|回|答|解释)|说法|应答|推荐语",
        ),
        (FacetKind.WARNING, r"提醒|提示|注意|交代|告知|风险|说清楚?|有坑|什么坑|啥坑"),
        (
            FacetKind.COMPARE,
            r"区别|差别|不同|不一样|对比|比较|[跟和与比](?:其他|其它|别的|同类|另外)的?|哪个好|哪个划算|[好强]在哪",
        ),
        (FacetKind.PARAMETERS, r"参数|配置|规格"),
        (
            FacetKind.CANCEL,
            r"取消|退订|退掉|退了|怎么退(?!订)|咋退(?!订)|能退(?!订)|退(?!订)|注销|关闭|关掉|关了|怎么关|停掉|停了|不想要|不要了|不想用",
        ),
        (
            FacetKind.ELIGIBILITY,
            r"条件|门槛|资格|够不够格|够格|要求|限制|适用|适合|准入|(?:谁|什么人|哪些人|哪些用户|哪些客户|我)(?:都|也)?(?:能|可以|能不能)[办用开]?",
        ),
        (
            FacetKind.EFFECTIVE,
            r"生效|有效期?|到期|截止|期限|什么时候|啥时候|几时|何时|多久|多长时间|哪天|几号|次月|下个?月|立即|马上|开始",
        ),
        (
            FacetKind.PRICE,
            r"多少钱|几块钱?|几多钱|资费|价格|价钱|收费|费用|月费|月租|贵不贵|贵吗|要钱|花钱|扣多少|什么价|啥价|怎么收|怎么卖|掏",
        ),
        (
            FacetKind.FAULT,
            r"故障|不能用|用不了|无法使用|没法用|不好使|不管用|没反应|出问题|出错|失败|报错|异常|坏[了掉]?|打不开|不灵",
        ),
        (
            FacetKind.OPERATION,
            r"操作|菜单|系统里?|界面|受理|录入|路径|在哪个页面|(?:怎么|咋|在哪)[做点录]|点哪",
        ),
        (
            FacetKind.RULES,
            r"规则|规定|规矩|算法|怎么算|咋算|如何算|咋个算|怎么计算|怎么用|如何使用",
        ),
        (FacetKind.CHANGE, r"变更|更改|修改|更换|怎么改|咋改|能改|改|换|调一下"),
        (FacetKind.HANDLING, r"处理|解决|(?:怎么|咋|该咋|如何)办(?!理)|咋整"),
        (
            FacetKind.OVERVIEW,
            r"(?:是个?|叫做?)(?:什么|啥)(?:业务|套餐|意思|东西|活动)?|(?:什么|啥)(?:是|叫)|介绍|简介|说明|概况|是干嘛|干什么|干啥|什么用|讲讲|什么意思|啥意思",
        ),
        (FacetKind.CHECK, r"查询|怎么查|咋查|查|在哪儿?看|哪里看|怎么看|看到"),
        (
            FacetKind.OPEN,
            r"开通|办理|订购|申请|开户|怎么开(?!通)|咋开(?!通)|想开|能开|开起来|想办|要办|能办|哪儿?里?办|哪儿?里?开|怎么弄|咋弄|[加装整][上个]",
        ),
    )
)
"""What is asked for in so many words, the more particular before the more general: 办理要什么条件 asks for
conditions, 查下价格 for the price.
"""
_ASKING: Final = re.compile(
    r"您好|你好|请问|请教|求教|求助|麻烦|告诉|了解|咨询|知道|问[下问]?|到底|具体|详细|一般|通常|标准|相关|技术|硬件|推荐|解释|计算|温馨|清楚|提前|一直|所需|时间|时候|是否|他人|起来|业务|使用|家人|用户|客户|客人|人家|前台|后台"
    r"|柜台|营业厅|系统|boss|渠道|方式|方法|办法|途径|入口|流程|步骤|内容|事项|情况|原因|为什么|为啥|回事|遇到|碰到|出现|需要|满足|提供|准备"
    r"|支持|其他|其它|别的|同类|划算|哪些|哪[儿种个类款]|几款|怎样|这[种类]|那[种类]|看[下看]|说[下说]|给|帮|发|做|进|才|得|必须|应该?|该|行|好|呗|噢|哦|哈"
    r"|起?算|收|拿|带|[跟和与比办出从去来查看问讲]"
)
"""What says to whom, where, how and how politely it is to be told."""
_LEFT_OVER: Final = frozenset("下到花起法中何儿些事教上现非着过地")
"""What may be left of words that say nothing; any other sign may be what it is about, 送 or 返."""


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
    for length in range(len(normalized), _SHORTEST - 1, -1):
        for start in range(len(normalized) - length + 1):
            name = normalized[start : start + length]
            if name not in names or _goes_on(normalized, start, start + length):
                continue
            rest = f"{normalized[:start]} {normalized[start + length :]}"
            if (facets := _told(rest)) is not None:
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
    left = _A_MONTH.sub(" ", rest)
    if any(sign.isdigit() for sign in left):
        return None
    kinds = []
    for kind, pattern in _REQUESTS:
        left, found = pattern.subn(" ", left)
        if found:
            kinds.append(kind)
    others = subject_of(_ASKING.sub(" ", left))
    return None if others and others not in _LEFT_OVER else tuple(kinds)
