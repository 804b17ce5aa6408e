"""Lints on what customers are told: length, claims, free and unlimited offers, leaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from corpora.amounts import Unit, amounts, normal
from corpora.catalogue import WARNING, Catalogue, Wording
from corpora.source import Problem
from corpora.types import FACET_CUSTOMER_LIMIT, Audience

_CONCLUSION_LIMIT: Final = 40
_STEP_LIMIT: Final = 30
_QUESTION_LIMIT: Final = 60
_SENTENCE: Final = re.compile(r"[。！？!?；;\n]")
_CLAUSE: Final = re.compile(r"[。！？!?；;，,：:、—\n“”\"（）()]")

_FORBIDDEN: Final = re.compile(r"不知道|不归我们?管|系统就(?:是)?这样")
# Claims only: 最低消费, 最多3张, 最晚5日, 最近一次, 第一步 and 第一个月 say nothing about rank.
_CLAIM: Final = re.compile(
    r"最(?:优惠|便宜|划算|实惠|合算|佳|优|强|棒|先进|齐全|全面|省钱|热门|受欢迎|值得|靠谱|稳定|流畅|清晰)"
    r"|最(?:好|快|大|新|低|高|全|省)的(?:网|信号|套餐|优惠|服务|价|速|手机|品质|资费|选择|方案)"
    r"|最低价|最高端|最高级"
    r"|第一(?![次步个条句天月年周张部项位批行页排台笔种件段格类层遍轮屏期档代日])"
    r"|(?<!不)(?<!不能)(?<!无法)(?<!不敢)保证(?!金)"
    r"|马上|立即|立刻|绝对(?!值)"
)
_OTHERS: Final = re.compile(
    r"(?:联通|中国电信|电信公司|广电|别家|友商|对家|其他运营商|别的运营商)"
    r"[^。；，！？]{0,10}(?:差|坑|骗|不如|垃圾|太贵|不好|更慢|信号弱|不靠谱)"
)
_FREE: Final = re.compile(r"(?<![不非])免费|(?<![0-9.])0元")
_LASTING: Final = re.compile(
    r"长期免费|一直免费|永久免费|本身(?:是)?免费|不收费|都免费|均免费"
    r"|免费(?:查|咨询|热线|电话|拨打|退订|取消|关闭|修改|检测|检修|维修|保修|补|换|寄|开票|撤|恢复)"
    r"|(?:查询|退订|取消|关闭|咨询|办理|开通|补打|开票|撤销|修改|申请)(?:业务|功能|都|均|也|是|全程|本身)*免费"
)
_ENDS: Final = re.compile(
    r"到期|期满|截止|截至|为止|[0-9]+(?:个)?月|[0-9]+天|[0-9]+日|首月|当月|年"
)
_AFTER: Final = re.compile(r"之后|以后|期满|到期后|第[0-9]+个?月起|起每?月?|恢复|超出|超过|再用|收")
_UNLIMITED: Final = re.compile(r"不限量|无限流量|流量不限")
_SPEED: Final = re.compile(r"限速|降速|网速|变慢|降至|降到")
_SENT_AWAY: Final = re.compile(
    r"(?<!不用)(?<!无需)(?<!不必)(?:请您?自行|(?:只能|必须|须|需要?|得)(?:您|客户|本人)?(?:亲自)?)(?:到|去|前往)"
    r"(?:就近的?|附近的?|任一|指定)?(?:自有|自营)?(?:营业厅|厅里|厅店|柜台|自助机|自助缴费机)"
)
SILENCE: Final = re.compile(
    r"(?:不|未|没有?)(?:作|做|及时)?(?:回复|回应|答复|回短信)[^。；，,]{0,6}(?:视为|默认|就算|即为?|则)(?!不|未|没)[^。；，,]{0,6}(?:同意|开通|订购|续订|办理|收费)"
    r"|到期(?:后)?(?:自动|直接|就)(?:转为?|变成|开始)(?:收费|付费|正式)"
)
_UNSPEAKABLE: Final = re.compile(
    r"https?://\S+|www\.\S+|[→←↑↓※★☆●■◆►√×÷≥≤≈]|[A-Za-z]*[a-z][A-Z]{2,}[A-Za-z]*[0-9]|(?<![0-9])(?!106)[0-9]{12,}"
)
_LEAK_LENGTH: Final = 8  # shorter clauses, 回复Y确认 for example, are nobody's secret


def forbidden_phrases(catalogue: Catalogue) -> Iterator[Problem]:
    """Words that turn a customer away."""
    for wording in catalogue.wordings:
        if found := _FORBIDDEN.search(wording.text):
            problem = f"不能说“{found[0]}”，请改成能帮客户做什么"
            yield catalogue.problem(wording.key, wording.path, problem)


def claims(catalogue: Catalogue) -> Iterator[Problem]:
    """Superlatives, promises and urging, which advertising law or good manners forbid."""
    for wording in catalogue.wordings:
        if found := list(dict.fromkeys(match[0] for match in _CLAIM.finditer(wording.text))):
            problem = f"“{'、'.join(found)}”是绝对化或承诺用语，请换成具体说法"
            yield catalogue.problem(wording.key, wording.path, problem, WARNING)


def words_against_others(catalogue: Catalogue) -> Iterator[Problem]:
    """Disparaging other operators."""
    for wording in catalogue.wordings:
        if found := _OTHERS.search(wording.text):
            problem = f"“{found[0]}”贬低其他运营商，请删去"
            yield catalogue.problem(wording.key, wording.path, problem, WARNING)


def lengths(catalogue: Catalogue) -> Iterator[Problem]:
    """Wordings, conclusions and steps too long to be heard out, questions too long to be asked."""
    for wording in catalogue.wordings:
        if problem := _too_long(wording):
            severe = not wording.is_step and len(wording.text) > FACET_CUSTOMER_LIMIT
            found = catalogue.problem(wording.key, wording.path, problem)
            yield (
                found if severe else catalogue.problem(wording.key, wording.path, problem, WARNING)
            )
    for key, item in catalogue.items:
        for path, question in item.questions():
            if (length := len(question.strip())) > _QUESTION_LIMIT:
                problem = f"问法{length}字，超过{_QUESTION_LIMIT}字，请写成提问人会说的一句话"
                yield catalogue.problem(key, path, problem, WARNING)


def _too_long(wording: Wording) -> str:
    length = len(wording.text.strip())
    if wording.is_step:
        return f"步骤{length}字，超过{_STEP_LIMIT}字，请拆开" if length > _STEP_LIMIT else ""
    if length > FACET_CUSTOMER_LIMIT:
        return f"客户话术{length}字，超过{FACET_CUSTOMER_LIMIT}字，请精简或把做法移到steps"
    conclusion = len(_SENTENCE.split(wording.text.strip(), maxsplit=1)[0])
    if conclusion > _CONCLUSION_LIMIT:
        return f"第一句{conclusion}字，超过{_CONCLUSION_LIMIT}字，请先说结论、断句"
    return ""


def free_offers(catalogue: Catalogue) -> Iterator[Problem]:
    """免费 and 0元 without the end and the price after it."""
    for wording in catalogue.wordings:
        text = normal(wording.text)
        if wording.is_step or not _FREE.search(text) or not _passing(wording, text):
            continue
        lacks = ["截止时间"] if not _ENDS.search(text) else []
        if not (_AFTER.search(text) and _has_price(text)):
            lacks.append("之后的价格")
        if lacks:
            problem = f"说免费或0元时要同时说清{'和'.join(lacks)}"
            yield catalogue.problem(wording.key, wording.path, problem, WARNING)


def _passing(wording: Wording, text: str) -> bool:
    """Whether what is free will cost later; a free query, or a service without fee, will not."""
    tariff = wording.item.tariff
    if tariff is not None and (tariff.free_months or tariff.price_after is not None):
        return True
    without_fee = tariff is not None and Decimal(0) in (tariff.monthly_fee, tariff.one_time_fee)
    return not without_fee and not _LASTING.search(text)


def _has_price(text: str) -> bool:
    return any(amount.unit is Unit.MONEY and amount.value > 0 for amount in amounts(text))


def unlimited_offers(catalogue: Catalogue) -> Iterator[Problem]:
    """不限量 without the threshold and the speed beyond it."""
    for wording in catalogue.wordings:
        text = normal(wording.text)
        if not _UNLIMITED.search(text):
            continue
        units = {amount.unit for amount in amounts(text)}
        if Unit.GB not in units or not (Unit.SPEED in units and _SPEED.search(text)):
            problem = "说不限量时要同时说清用到多少GB后限速、限到多少Mbps"
            yield catalogue.problem(wording.key, wording.path, problem, WARNING)


def sent_away(catalogue: Catalogue) -> Iterator[Problem]:
    """Telling the customer to go to a hall or to a machine; offering both is welcome."""
    for wording in catalogue.wordings:
        if found := _SENT_AWAY.search(wording.text):
            problem = f"“{found[0]}”把客户支走，请先说这里能怎么办，厅店只作为可选"
            yield catalogue.problem(wording.key, wording.path, problem, WARNING)


def silence_as_order(catalogue: Catalogue) -> Iterator[Problem]:
    """Taking silence for an order, or letting a trial turn into a charge by itself."""
    for wording in catalogue.wordings:
        if found := SILENCE.search(wording.text):
            problem = f"“{found[0]}”把不回复当成同意，请改成客户明确回复才办理"
            yield catalogue.problem(wording.key, wording.path, problem)


def read_aloud(catalogue: Catalogue) -> Iterator[Problem]:
    """What cannot be read to somebody on the phone: links, symbols, long digits, mixed case."""
    for wording in catalogue.wordings:
        if found := _UNSPEAKABLE.search(wording.text):
            problem = f"“{found[0]}”念不出来，请改成能读给客户听的说法"
            yield catalogue.problem(wording.key, wording.path, problem, WARNING)


def internal_leaks(catalogue: Catalogue) -> Iterator[Problem]:
    """Clauses of internal facets that stand in a text for customers."""
    secrets: dict[str, list[tuple[str, str]]] = {}
    for _, item in catalogue.items:
        for facet in item.facets:
            if facet.audience is Audience.INTERNAL:
                for clause in _clauses(facet.official):
                    secrets.setdefault(clause[:_LEAK_LENGTH], []).append((clause, item.id))
    for wording in catalogue.wordings:
        text, official = normal(wording.text), normal(wording.facet.official)
        for start in range(len(text) - _LEAK_LENGTH + 1):
            for clause, owner in secrets.get(text[start : start + _LEAK_LENGTH], ()):
                if text.startswith(clause, start) and clause not in official:
                    problem = f"“{clause}”是{owner}的内部口径，不能对客户说，请删去"
                    yield catalogue.problem(wording.key, wording.path, problem)


def _clauses(text: str) -> Iterator[str]:
    for clause in _CLAUSE.split(normal(text)):
        if len(clause.strip()) >= _LEAK_LENGTH:
            yield clause.strip()
