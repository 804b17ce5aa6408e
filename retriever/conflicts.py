"""Items that contradict each other about one product: shown as such, never settled in silence."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Final

from corpora.amounts import Amount, Unit, amounts, normal, tariff_amounts
from corpora.push_template import plain_number
from corpora.types import Audience, Facet, FacetKind, KnowledgeItem, SubLibrary
from retriever.answer import Conflict
from retriever.backends.protocol import Searcher
from retriever.compose import readable
from retriever.filters import Filter
from retriever.types import Hit

NEAR: Final = 0.1  # of scores: what lies nearer to the first item would nearly have answered instead
_LOOKED_AT: Final = 8  # items beside the first one
_SHORTEST_NAME: Final = 3  # shorter names, 副卡 for example, stand in other words too often
_ALL: Final = frozenset(FacetKind)

_ROLES: Final = (
    ("每月", r"每个?月|月费|月租|/月|元月"),
    ("每天", r"每天|每日|/天|日费"),
    ("每年", r"每年|年费|/年"),
    ("首月", r"首月|第1个月|头1个月"),
    ("押金", r"押金"),
    ("违约金", r"违约金"),
    ("工本费", r"工本费|手续费|补卡费|换卡费"),
    ("装机费", r"装机费|初装费|上门费|移机费"),
    ("零售价", r"零售价|裸机价|售价"),
    ("封顶", r"封顶|最多收|收到"),
    ("超出", r"超出|用超|超过后|每GB|套餐外"),
    ("预存", r"预存|存(?=[0-9])"),
    ("赠送", r"赠送|送(?=[0-9])"),
    ("年龄", r"年满|未?满(?=[0-9]{1,2}周?岁)|年龄"),
    ("生效", r"生效|起保"),
    ("截止", r"受理期|截止|到期|有效期|至(?=20)|到(?=20)"),
    ("起始", r"自(?=20)|从(?=20)"),
    ("时限", r"时限|内(?:上门|答复|到账|恢复|修复|装)"),
)
"""What a number is of, by the words before it: only numbers of one role can contradict each other."""
_ROLE: Final = re.compile("|".join(f"(?P<r{n}>{pattern})" for n, (_, pattern) in enumerate(_ROLES)))
