"""What measures, slices and values are called in Chinese, in every table, page and workbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from corpora.types import Channel, FacetKind, SubLibrary
from eval.faqset import Kind, Split, Style
from eval.fatal import Fatal
from eval.stages import Stage
from eval.verdict import ERROR, RANKED
from retriever.answer import Outcome

STYLES: Final[Mapping[str, str]] = {
    Style.FORMAL: "书面",
    Style.COLLOQUIAL: "口语",
    Style.ELLIPTIC: "省略",
    Style.TYPO: "错别字",
    Style.PINYIN: "拼音",
    Style.CODE: "编码",
    Style.NUMBERS: "数字",
    Style.MULTI_INTENT: "多个意图",
    Style.DIALECT: "方言",
    Style.SPEECH: "语音转写",
    Style.SHORTHAND: "工单简写",
    Style.SCREEN_ERROR: "屏幕报错",
}
KINDS: Final[Mapping[str, str]] = {
    Kind.HOW_TO: "怎么办理",
    Kind.PRICE: "资费",
    Kind.CONDITION: "条件规则",
    Kind.EFFECT_DATE: "生效时间",
    Kind.COMPARISON: "对比",
    Kind.DISPUTE: "扣费争议",
    Kind.ACCOUNT: "账户查询",
    Kind.ELIGIBILITY: "能否办理",
    Kind.PROGRESS: "进度时限",
    Kind.BY_PROXY: "代办",
    Kind.CONFIRMATION: "是非确认",
    Kind.COMPLAINT: "投诉情绪",
    Kind.FAULT: "故障",
    Kind.OPERATION: "操作",
}
SPLITS: Final[Mapping[str, str]] = {
    Split.TRAIN: "训练",
    Split.DEV: "开发",
    Split.TEST: "测试",
}
OUTCOMES: Final[Mapping[str, str]] = {
    Outcome.ANSWERED: "回答",
    Outcome.CLARIFY: "反问",
    Outcome.HANDOVER: "转办",
    Outcome.UNKNOWN: "不回答",
    ERROR: "被拒绝",
    RANKED: "只排序",
}
CHANNELS: Final[Mapping[str, str]] = {
    Channel.HALL: "营业厅",
    Channel.HOTLINE: "热线",
    Channel.APP: "APP",
    Channel.SMS: "短信",
    Channel.BOSS: "BOSS界面",
}
TAGS: Final[Mapping[str, str]] = {"sibling": "同类产品之间", "polarity": "同一产品不同动作"}
MEASURES: Final[Mapping[str, str]] = {
    "right": "全部要求达到",
    "outcome": "结局正确",
    "item": "条目正确",
    "facet": "方面正确",
    "facts": "关键事实齐全",
    "not_forbidden": "没有禁说事实",
    "must_say": "必说提醒齐全",
    "preview": "推送预览正确",
    "clarify": "反问选项正确",
    "route": "转办去向正确",
    "false_answers": "误答率（越低越好）",
}
FIGURES: Final[Mapping[str, str]] = {
    "started_at": "评测时间",
    "system": "系统",
    "digest": "题集指纹",
    "fatal": "致命错误",
    "false_answer": "误答率",
    "false_abstention": "误弃率",
    "search_p95": "检索 p95（毫秒）",
    "questions": "题数",
    "reviewed": "人工看过的题",
    "right_machine": "机器判定：全部要求达到",
    "right_first": "初评：达到要求",
    "right_final": "终评：达到要求",
    "agreement": "人机一致",
    "kappa": "人机一致系数 κ（去掉碰巧一致）",
    "both_right": "人机都判对",
    "both_wrong": "人机都判错",
    "only_machine_right": "机器判对、人工判错",
    "only_people_right": "机器判错、人工判对",
    "appeals": "申诉",
    "appeals_decided": "申诉已终评",
    "appeals_upheld": "申诉后改判",
    "causes": "终评判错的原因",
    "causes_changed": "人工改过的原因",
}
SLICES: Final[Mapping[str, str]] = {
    "library": "子库",
    "style": "问法",
    "kind": "类型",
    "tag": "标签",
    "split": "划分",
    "outcome": "应有结局",
    "business_line": "业务线",
    "department": "部门",
    "city": "地市",
    "channel": "渠道",
}
_NONE: Final = "未标"
_OF_SLICE: Final[Mapping[str, Callable[[str], str]]] = {
    "library": lambda key: SubLibrary(key).label if key in set(SubLibrary) else key,
    "style": lambda key: STYLES.get(key, key),
    "kind": lambda key: KINDS.get(key, key),
    "tag": lambda key: TAGS.get(key, key),
    "split": lambda key: SPLITS.get(key, key),
    "outcome": lambda key: OUTCOMES.get(key, key),
    "channel": lambda key: CHANNELS.get(key, key),
    "city": lambda key: "不限地市" if key == "all" else key,
}


def measure_label(name: str) -> str:
    """A measure or another figure as people call it; the field's own names (Hit@1, MRR) stay.

    >>> measure_label("facts"), measure_label("Hit@1")
    ('关键事实齐全', 'Hit@1')
    """
    return MEASURES.get(name) or FIGURES.get(name, name)


def slice_label(name: str) -> str:
    """What a slice is by."""
    return SLICES.get(name, name)


def key_label(slice_name: str, key: str) -> str:
    """One key of a slice; what no vocabulary knows stays as it is.

    >>> key_label("library", "tips"), key_label("style", "none"), key_label("department", "财务部")
    ('提示信息库', '未标', '财务部')
    """
    if key in ("none", ""):
        return _NONE
    return _OF_SLICE.get(slice_name, str)(key)


def outcome_label(outcome: str) -> str:
    """One of the outcomes."""
    return OUTCOMES.get(outcome, outcome)


def facet_label(facet: str) -> str:
    """A side of an item."""
    return FacetKind(facet).label if facet in set(FacetKind) else facet


def fatal_label(kind: str) -> str:
    """A kind of fatal error."""
    return Fatal(kind).label if kind in set(Fatal) else kind


def stage_label(stage: str) -> str:
    """Where a question was lost."""
    return Stage(stage).label if stage in set(Stage) else stage
