"""The parts of an explanation: why a hit is where it is."""

from __future__ import annotations

from api.reply_parts import HitView, Label, Reply
from corpora.types import FacetKind


class FieldView(Reply):
    """片段取自条目的哪一处：标题、相似问法、哪一面的哪种说法。"""

    name: str
    label: str


class ScorePartView(Reply):
    """得分的一项；各项相加就是得分（四舍五入到四位小数）。"""

    name: str
    label: str
    value: float


class TermPartView(Reply):
    """问题的一个词项在片段里出现几次、加了多少：bm25 是对片段的，value 是对得分的。"""

    term: str
    times: int
    idf: float
    bm25: float
    value: float


class TokenMeetingView(Reply):
    """问题的一个词元（在哪个词里），和片段里与它最近的词元（在哪个词里）。"""

    token: str
    word: str
    met: str
    met_word: str
    cosine: float


class TokensView(Reply):
    """逐词对照中最差和最好的各十个；一个都没有时 why_none 说明原因。"""

    pairs: list[TokenMeetingView]
    left_out: int
    why_none: str | None


class SupportingView(Reply):
    """条目里支持它的另一条片段；看的人无权看时 text 为空。"""

    passage_id: str
    field: FieldView
    text: str | None
    score: float


class ReplacedView(Reply):
    """读法把打的字换成了什么。"""

    typed: str
    read: str


class UnderstoodView(Reply):
    """从问题里读懂了什么。"""

    normalized: str
    reading: str | None
    replaced: list[ReplacedView]
    subject: str
    facets: list[Label]
    amounts: list[str]
    numbers: list[str]
    codes: list[str]
    hints: list[Label]
    regions: list[Label]


class ExplainView(Reply):
    """为什么找到这一条：关键词分、语义分、合成分、相同的词、问的是哪一面；得分由哪些项相加；
    每个词项、每个词元的贡献；哪些片段支持它；问题被怎样理解。
    """

    passage_id: str
    lexical: float
    semantic: float
    blend: float
    terms: list[str]
    asked: list[FacetKind]
    field: FieldView
    asked_as: str
    parts: list[ScorePartView]
    term_parts: list[TermPartView]
    tokens: TokensView
    supporting: list[SupportingView]
    understood: UnderstoodView


class ExplainedHitView(HitView):
    """一条命中，带说明（explain=true）。"""

    explain: ExplainView
