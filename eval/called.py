"""A question set made of the knowledge itself: each item is called by its names, and each of its facets
is asked for. Nobody has to label it.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from corpora.types import Audience, FacetKind, KnowledgeItem
from corpora.versions import ItemVersion
from eval.errors import EvalError
from eval.faqset import Expectation, FaqSet, Kind, Question, QuestionFilter, Style
from indexer.normalize import normalize
from retriever.answer import Outcome

WAYS: Final[Mapping[FacetKind, Sequence[str]]] = {
    FacetKind.OVERVIEW: (
        "{}是个啥",
        "给我讲讲{}",
        "啥叫{}呀",
        "请问{}具体是指什么",
        "{} 介绍",
        "有个叫{}的，是干嘛用的",
    ),
    FacetKind.OPEN: (
        "{}咋整上",
        "我想弄个{}",
        "{} 开通方式",
        "请问{}在哪里可以申请",
        "帮我把{}加上",
        "{}要去哪里搞啊",
    ),
    FacetKind.PRICE: (
        "{}咋收费的",
        "{} 资费",
        "请问办{}需要花费多少",
        "{}贵不贵",
        "用{}要扣几多钱",
    ),
    FacetKind.EFFECTIVE: (
        "{}啥时候生效",
        "{}管到什么时候",
        "{} 生效时间",
        "请问{}的有效期是多久",
        "办了{}几时能用",
        "{}是从哪天起算",
    ),
    FacetKind.ELIGIBILITY: (
        "{}谁都能办吗",
        "啥样的人能办{}",
        "{} 办理条件",
        "请问{}对用户有什么要求",
        "我够不够格办{}",
        "{}有没有门槛",
    ),
    FacetKind.CHECK: (
        "{}在哪儿看",
        "咋查{}",
        "{} 查询",
        "请问如何查看{}",
        "我想看下{}",
        "上哪能查到{}呀",
    ),
    FacetKind.CHANGE: (
        "{}咋改",
        "我想换一下{}",
        "{} 变更",
        "请问{}如何修改",
        "{}能给我调一下不",
        "想把{}改掉要怎么弄",
    ),
    FacetKind.CANCEL: (
        "{}咋退",
        "帮我把{}关了",
        "{} 退订",
        "请问如何取消{}",
        "我不想要{}了",
        "怎么把{}停掉",
    ),
    FacetKind.PAPERS: (
        "{}要带啥",
        "办{}要不要拿证件",
        "{} 所需证件",
        "请问办理{}需要准备哪些材料",
        "弄{}得准备哪些东西",
        "去办{}身上要带点什么",
    ),
    FacetKind.PROXY: (
        "{}能找人代办不",
        "别人能替我办{}吗",
        "{} 代办",
        "请问{}是否可以委托他人办理",
        "{}非得本人来吗",
        "办{}可不可以叫人帮忙去",
    ),
    FacetKind.FAULT: (
        "{}用不了",
        "{}咋不好使了",
        "{} 故障",
        "请问{}无法使用是什么原因",
        "我的{}坏掉了",
        "为啥{}老是不行",
    ),
    FacetKind.OPERATION: (
        "{}在系统里咋操作",
        "{}从哪个菜单进",
        "{} 操作步骤",
        "请问{}在系统中如何受理",
        "前台做{}怎么点",
        "给客户办{}走什么流程",
    ),
    FacetKind.RULES: (
        "{}是咋算的",
        "{}有啥说道",
        "{} 规则",
        "请问{}有哪些规定",
        "{}怎么个算法",
        "讲一下{}的细则",
    ),
    FacetKind.COMPARE: (
        "{}跟别的有啥不一样",
        "{}和其他的比哪个好",
        "{} 区别",
        "请问{}与同类相比有何不同",
        "{}比别的强在哪",
        "选{}还是选别的划算",
    ),
    FacetKind.WARNING: (
        "{}要跟客户说清楚啥",
        "办{}要提醒客户什么",
        "{} 注意事项",
        "请问{}需向客户作哪些提示",
        "{}有什么坑要提前讲",
        "关于{}有哪些要告知客户的",
    ),
    FacetKind.SCRIPT: (
        "{}咋跟客户说",
        "{}的话术给我一个",
        "{} 话术",
        "请问{}应如何向客户解释",
        "推{}的时候怎么开口",
        "跟客户讲{}要怎么讲才好",
    ),
    FacetKind.PARAMETERS: (
        "{}啥配置",
        "{}的参数发我看看",
        "{} 参数",
        "请问{}的硬件规格是怎样的",
        "我想了解{}的配置",
        "把{}的各项指标说一下",
    ),
    FacetKind.HANDLING: (
        "碰到{}咋整",
        "{} 处理办法",
        "请问遇到{}应当如何处置",
        "出现{}要怎么弄",
        "客户反映{}该咋办",
    ),
}
"""Plain ways to ask for what each kind of facet tells, ``{}`` for the name. They were written by somebody
who had not seen what the retriever knows of such questions, and none may be taught. Whoever works on
that leaves half of them unread (ADR 0021).
"""

_KINDS: Final = {
    FacetKind.PRICE: Kind.PRICE,
    FacetKind.EFFECTIVE: Kind.EFFECT_DATE,
    FacetKind.ELIGIBILITY: Kind.ELIGIBILITY,
    FacetKind.PROXY: Kind.BY_PROXY,
    FacetKind.FAULT: Kind.FAULT,
    FacetKind.OPERATION: Kind.OPERATION,
    FacetKind.HANDLING: Kind.OPERATION,
    FacetKind.COMPARE: Kind.COMPARISON,
    FacetKind.OPEN: Kind.HOW_TO,
    FacetKind.CANCEL: Kind.HOW_TO,
    FacetKind.CHANGE: Kind.HOW_TO,
    FacetKind.CHECK: Kind.HOW_TO,
    FacetKind.SCRIPT: Kind.HOW_TO,
}  # the others tell what holds


def called_questions(versions: Iterable[ItemVersion], day: dt.date) -> FaqSet:
    """A question for each facet that staff may read of each item that holds on ``day``: by one of the
    item's names, in one of the ``WAYS``, both drawn by a hash of item and facet. Who else has that name
    and such a facet answers as well. A local variant is asked for by its family's names, too, by
    somebody who is there. ``EvalError`` where nothing holds.
    """
    held = {one.item.id: one.item for one in versions if _holds(one, day)}
    items = [held[item_id] for item_id in sorted(held)]
    owners: dict[tuple[str, FacetKind], set[str]] = defaultdict(set)
    for item in items:
        for name, kind in product(_names(item), _kinds(item)):
            owners[normalize(name), kind].add(item.id)
    questions = []
    for item in items:
        for kind in _kinds(item):
            name, text = _drawn(f"{item.id} {kind.value}", _names(item), kind)
            others = owners[normalize(name), kind] - {item.id}
            questions.append(_question(item, kind, text, sorted(others)))
        if item.region is None or item.family not in held:
            continue
        there = QuestionFilter(region=item.region.path)
        for kind in _kinds(item):
            _, text = _drawn(f"{item.id} {kind.value} there", _names(held[item.family]), kind)
            asked = _question(item, kind, text)
            questions.append(replace(asked, id=f"{asked.id}-there", filters=there))
    if not questions:
        raise EvalError(f"在 {day} 没有有效的条目；先用 zhiku index build 发布，或换一个日期")
    note = "由知识自己写成：用条目的名字问它的各个方面；地市变体也由当地的人用通用的名字问"
    return FaqSet("called", day, "zh", tuple(questions), note)


def _drawn(seed: str, names: Sequence[str], kind: FacetKind) -> tuple[str, str]:
    """One of the names, and a question with it."""
    drawn = zlib.crc32(seed.encode())
    name = names[drawn % len(names)]
    ways = WAYS[kind]
    return name, ways[drawn // len(names) % len(ways)].replace("{}", name)


def _question(
    item: KnowledgeItem, kind: FacetKind, text: str, others: Sequence[str] = ()
) -> Question:
    return Question(
        f"{item.id}-{kind.value}",
        text,
        Expectation(Outcome.ANSWERED, (item.id, *others), kind),
        style=Style.ELLIPTIC.value,
        kind=_KINDS.get(kind, Kind.CONDITION).value,
        library=item.sub_library.value,
        group=item.id,
        weight=float(item.weight),
        department=item.owner,
    )


def _holds(held: ItemVersion, day: dt.date) -> bool:
    return held.valid_from <= day <= held.valid_to


def _names(item: KnowledgeItem) -> list[str]:
    return list(dict.fromkeys((item.title, *item.aliases)))


def _kinds(item: KnowledgeItem) -> list[FacetKind]:
    read = (facet.kind for facet in item.facets if Audience.AGENT.may_read(facet.audience))
    return [kind for kind in dict.fromkeys(read) if kind in WAYS]
