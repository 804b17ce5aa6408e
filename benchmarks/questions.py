"""Distinct questions as clerks type them: about the items, but in words of their own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from benchmarks import words
from corpora.versions import ItemVersion

_PATTERNS: Final = (
    "{s}{f}块的{p}怎么退",
    "客户问{t}多少钱",
    "{p}{f}元那档有多少流量",
    "我想把{s}{p}取消掉",
    "{t}能代办吗要带什么证件",
    "{t}",
    "{s}{p}当月生效还是次月",
    "老人用的{p}有便宜的吗{f}块左右",
    "{u}怎么处理，已经重启过了",
    "上次办的那个{s}活动什么时候到期",
    "{b}{s}和{b}别的{p}哪个划算",
    "{f}元{p}流量用完了网速变慢怎么办",
    "宽带{m}兆换成{s}的要不要违约金",
    "发什么短信退{s}{p}",
    "{t}跟客户要说清什么",
    "办{p}要满足什么条件，{w}能办不",
)


def questions(held: Sequence[ItemVersion], count: int, seed: int) -> list[str]:
    """``count`` different questions, the same from the same seed."""
    rng = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        item = rng.choice(held).item
        asked = rng.choice(_PATTERNS).format(
            t=item.title,
            s=rng.choice(words.SERIES),
            b=rng.choice(words.BRANDS),
            p=rng.choice(words.PLAN_FORMS),
            f=rng.choice(words.FEES),
            u=rng.choice(words.FAULTS),
            m=rng.choice(words.MEGABITS),
            w=rng.choice(words.CHANNELS),
        )
        found[asked] = None
    return list(found)
