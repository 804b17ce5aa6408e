"""What a question wants to be told about its subject: the facets that could answer it.

Patterns run over normalised text. They only move scores a little: a wrong guess must never hide
the right item.
"""

from __future__ import annotations

import re
from typing import Final

from corpora.types import FacetKind, SubLibrary

_PATTERNS: Final[tuple[tuple[FacetKind, str], ...]] = (
    (
        FacetKind.CANCEL,
        r"取消|退订|退掉|退了|退包|想退|咋退|怎么退|能退|要退|关掉|关闭|关了|怎么关|咋关|想关|要关|停掉|不要了|不想要|不想用|注销"
        r"|解除|拆机|撤销|去掉|删掉|qxiao|quxiao|tuiding|zenme tui|zenmetui",
    ),
    (
        FacetKind.OPEN,
        r"开通|办理|订购|怎么办|咋办|想办|要办|怎么开|咋开|想开|要开|申请|加个|加一个|开一个|开个|办个|办一个"
        r"|报名|参加|装宽带|安装|办手续|怎么弄|kaitong|banli|zenme ban",
    ),
    (
        FacetKind.PRICE,
        r"多少钱|资费|价格|收费|费用|贵不贵|几块|月费|月租|怎么收|要钱|花钱|价钱|几多|啥价|什么价|扣多少"
        r"|收几|收不收|收钱|几钱|怎么扣|花多少|要不要钱|便宜没|划算|打几分钟|打多久电话|几分钟电话"
        r"|duoshaoqian|duoshao qian|zifei|押金|违约金",
    ),
    (
        FacetKind.EFFECTIVE,
        r"生效|什么时候|啥时候|几时|何时|多久|几号|哪天|当月|次月|下个月|立刻|到期|截止|有效期|多长时间",
    ),
    (
        FacetKind.ELIGIBILITY,
        r"条件|能不能办|可以办|能办|资格|几岁|年龄|谁能|哪些人|限制|要求|够不够|符合|满足|适合"
        r"|还能买|还能办|能加|能不能加|岁.{0,6}能|能用.{0,8}卡",
    ),
    (
        FacetKind.CHECK,
        r"查询|怎么查|咋查|查一下|查下|在哪看|哪里看|怎么看|看一下|chaxun|查不到|查看",
    ),
    (FacetKind.PAPERS, r"证件|身份证|带什么|材料|户口本|要带|手续"),
    (FacetKind.PROXY, r"代办|帮.{0,6}办|替.{0,6}办|别人办|家人办|代.{0,3}办|本人来|委托"),
    (
        FacetKind.CHANGE,
        r"变更|更改|修改|改成|换成|改套餐|降档|升档|降到|换套餐|转成|重设|重置|忘了|改密|移机|升级|biangeng",
    ),
    (
        FacetKind.FAULT,
        r"故障|坏了|红灯|没信号|无信号|无服务|上不了网|上不去|断网|连不上|不亮|闪|掉线|失败|报错|异常|打不开|卡住"
        r"|用不了|不通|没反应|没声音|慢|无法",
    ),
    (
        FacetKind.OPERATION,
        r"操作|菜单|界面|怎么设置|咋设置|步骤|怎么录|怎么填|在哪个|哪个页面|路径|流程|怎么配|设置",
    ),
    (FacetKind.PARAMETERS, r"参数|电池|毫安|摄像|像素|内存|存储|屏幕|配置|支持.{0,8}吗|尺寸|重量"),
    (FacetKind.SELLING_POINTS, r"卖点|优点|特点|亮点|好在哪|推荐理由|怎么介绍"),
    (FacetKind.COMPARE, r"区别|哪个好|对比|比较|差别|不同|哪个划算|还是.{1,12}好"),
    (FacetKind.RULES, r"规则|结转|用完|超出|超了|先扣|顺序|共享|限速|剩下的|能用几|怎么算|怎么用"),
    (
        FacetKind.WARNING,
        r"(?<!来电)(?<!漏话)(?<!余额)提醒|注意|提示|告知|要跟客户说|要说清|风险|说明白|交代",
    ),
    (FacetKind.SCRIPT, r"话术|怎么说|怎么回|咋回|怎么劝|怎么介绍|怎么推|推介|怎么应对|挽留"),
    (FacetKind.SITUATION, r"案例|类似的|有没有.{0,6}情况|之前.{0,8}怎么"),
    (FacetKind.HANDLING, r"怎么处理|咋处理|如何处理|怎么解决|怎么办$|咋整|处理办法|该怎么"),
    (FacetKind.LESSON, r"教训|启示|经验|吸取|避免"),
)
_COMPILED: Final = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)

_FILLER: Final = re.compile(
    r"请问|你好|您好|麻烦|帮我|帮忙|我想|我要|想要|那个|这个|那种|这种|那些|这些|哪个|它|他|她|我的|我|你们|你|咱|俺|就是"
    r"|一下|怎么样|怎么|咋样|咋|怎样|如何|什么|啥|多少钱|多少|几块|几|能不能|可不可以|可以|能|吗|呢|啊|呀|吧|嘛|么|的|了|是|有|没有|没"
    r"|在|个|把|给|让|弄|办理|办|搞|整|每个月|每月|1个月|一个月|月|每|钱|哪里|哪儿|哪|里|要|想|会|不|还|再|又|都|也|就"
    r"|到底|现在|马上|快点|谢谢|东西|业务|服务|之前|上次|刚才|说|用|开|退|取消|关|查|看|换|改|条件|手续|需要|处理|资费|收费|费用|价格"
)
_AMOUNT: Final = re.compile(r"\d+(?:\.\d+)?(?:元|gb|m|分钟|天|个月|档|年|岁)?")
_NUMBER: Final = re.compile(r"\d{2,}(?:\.\d+)?")
_VERB: Final = re.compile(r"退订|退掉|退包|开通|办理|订购|关闭|关掉|收费|查询|变更|更改|修改")
_NOT_TEXT: Final = re.compile(r"[^\w]+|_")


def wanted_facets(normalized: str) -> tuple[FacetKind, ...]:
    """The facets that the question asks for, in the order in which the question names them.

    >>> wanted_facets("流量包怎么退订")
    (<FacetKind.CANCEL: 'cancel'>,)
    """
    found = [
        (match.start(), order, kind)
        for order, (kind, pattern) in enumerate(_COMPILED)
        if (match := pattern.search(normalized))
    ]
    return tuple(kind for _, _, kind in sorted(found))


def subject_of(normalized: str) -> str:
    """What is left of a question without the action, the amounts and the fillers: its subject.

    >>> subject_of("那个咋取消"), subject_of("亲情网咋取消")
    ('', '亲情网')
    """
    # whole verbs first: a pattern such as 怎么退 would leave the second half of 退订
    text = _VERB.sub(" ", _AMOUNT.sub(" ", normalized))
    for _, pattern in _COMPILED:
        text = pattern.sub(" ", text)
    return without_fillers(text)


def without_fillers(text: str) -> str:
    """The text without spaces, signs and words that name nothing.

    >>> without_fillers("请问那个亲情网呢?")
    '亲情网'
    """
    return _NOT_TEXT.sub("", _FILLER.sub(" ", text))


_HINTS: Final = tuple(
    (library, re.compile(pattern))
    for library, pattern in (
        (
            SubLibrary.MARKETING,
            r"话术|活动|优惠|推介|外呼|挽留|怎么留|劝留|推荐|推哪|推啥|客户嫌|客人嫌|客户说|怎么回他|咋说|怎么劝|头一句|开头怎么说"
            r"|介绍啥|口径",
        ),
        (
            SubLibrary.TIPS,
            r"提醒|注意|交代|告知|说清|要跟.{0,4}说|跟人说|提前说|讲清|要告诉|会不会没了|说明白|风险",
        ),
        (
            SubLibrary.TECHNICAL,
            r"菜单|系统里|界面|报错|错误码|单据|工号|派单|录入|扎账|返销|冲回|打印|读卡|工单|boss|点哪",
        ),
        (SubLibrary.CASES, r"案例|以前碰到|之前碰到|以前.{0,6}怎么处理|先例|类似的情况|遇到过"),
        (
            SubLibrary.TERMINALS,
            r"手机款|哪款手机|机型|电池|像素|光猫|机顶盒|盒子|手表|保修|三包|进水|备用机",
        ),
    )
)


def library_hints(normalized: str) -> tuple[SubLibrary, ...]:
    """The sub-libraries that the wording of a question points to.

    >>> library_hints("改套餐要提醒客户什么")
    (<SubLibrary.TIPS: 'tips'>,)
    """
    return tuple(library for library, pattern in _HINTS if pattern.search(normalized))


def amounts_of(normalized: str) -> tuple[str, ...]:
    """The amounts that a question names, as they are written in normalised text.

    >>> amounts_of("59元的套餐有几gb")
    ('59元',)
    """
    return tuple(dict.fromkeys(match.group() for match in _AMOUNT.finditer(normalized)))


def numbers_of(normalized: str) -> frozenset[str]:
    """The numbers of two and more digits in normalised text; a single digit says too little.

    >>> sorted(numbers_of("59元的套餐有几gb, 10天"))
    ['10', '59']
    """
    return frozenset(match.group() for match in _NUMBER.finditer(normalized))
